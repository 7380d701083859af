import { WeftError } from '@weft/foundation/errors'
import { catalogueErrors } from '../errors.ts'

const criterionOperators = ['=', '!=', 'in', 'notin', 'like', 'ilike', 'contains'] as const
type CriterionOperator = (typeof criterionOperators)[number]

/** As it comes from outside: EDC's `Criterion`. */
export interface RawCriterion {
  readonly operandLeft: string
  readonly operator: string
  readonly operandRight: unknown
}

/** As it is stored and evaluated: a plain field, a known operator, texts. */
export interface Criterion {
  readonly field: string
  readonly operator: CriterionOperator
  readonly values: readonly string[]
}

const edcNamespaces = ['https://w3id.org/edc/v0.0.1/ns/', 'edc:']

/** `'https://w3id.org/edc/v0.0.1/ns/name'`, `edc:name` and `name` are the same field; other IRIs are kept. */
export function plainField(name: string): string {
  const bare = name.startsWith("'") && name.endsWith("'") ? name.slice(1, -1) : name
  const namespace = edcNamespaces.find((prefix) => bare.startsWith(prefix) && bare.length > prefix.length)
  return namespace === undefined ? bare : bare.slice(namespace.length)
}

/**
 * Reads a criterion. @param pointer where it stands in the body
 * @throws `management.unsupported-query` for an operator or a right operand that is not understood
 */
export function readCriterion(raw: RawCriterion, pointer: string): Criterion {
  const wanted = raw.operator.toLowerCase()
  const operator = criterionOperators.find((known) => known === wanted)
  if (operator === undefined) {
    throw unsupported(`${pointer}/operator`, `The operator must be one of ${criterionOperators.join(', ')}.`)
  }
  const list = operator === 'in' || operator === 'notin'
  if (list !== Array.isArray(raw.operandRight)) {
    const needed = list ? 'an array' : 'a single value'
    throw unsupported(`${pointer}/operandRight`, `The operator ${operator} takes ${needed} as operandRight.`)
  }
  const values = list ? (raw.operandRight as unknown[]) : [raw.operandRight]
  if (values.some((value) => typeof value === 'object')) {
    throw unsupported(
      `${pointer}/operandRight`,
      'The operandRight must be a text, a number, a boolean or an array of these.',
    )
  }
  return { field: fieldOf(raw.operandLeft), operator, values: values.map(String) }
}

function fieldOf(operandLeft: string): string {
  const trimmed = operandLeft.trim()
  const privateName = /^privateProperties\.(.+)$/.exec(trimmed)?.[1]
  if (privateName !== undefined) return `privateProperties.${plainField(privateName)}`
  const publicName = /^properties\.(.+)$/.exec(trimmed)?.[1]
  return plainField(publicName ?? trimmed)
}

function unsupported(field: string, message: string): WeftError {
  return new WeftError(catalogueErrors['unsupported-query'], { field, message })
}
