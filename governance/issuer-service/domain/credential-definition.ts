import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type CredentialProfile, parseCredentialProfile } from '@weft/protocols/trust'
import { isClaimPath, type Mapping, type Rule, type RuleOperator, ruleOperators } from './claims.ts'

/** What an issuer can issue, and how a subject's claims come about. */
export interface CredentialDefinition {
  readonly id: string
  readonly credentialType: string
  readonly format: CredentialProfile
  readonly attestations: readonly string[]
  readonly rules: readonly Rule[]
  readonly mappings: readonly Mapping[]
  readonly validitySeconds: number
  readonly jsonSchemaUrl: string | undefined
  readonly additionalContexts: readonly string[]
  /** `manual`: somebody at the issuer has to approve each request. */
  readonly approval: 'automatic' | 'manual'
  /**
   * Whether its credentials get a place in a list of suspended ones beside the one of revoked ones. Some verifiers read one
   * place only, so it is not given where nobody asks for it.
   */
  readonly suspendable: boolean
}

/** A definition as administration clients send and read it. */
export interface CredentialDefinitionBody {
  readonly id: string
  readonly credentialType: string
  readonly format: string
  readonly attestations: string[]
  readonly rules?: { readonly type: string; readonly configuration: Record<string, unknown> }[]
  readonly mappings: {
    readonly input: string
    readonly output: string
    readonly required?: boolean | 'true' | 'false'
  }[]
  /** Seconds; existing clients send text. */
  readonly validity: number | string
  readonly jsonSchema?: string
  readonly jsonSchemaUrl?: string
  readonly additionalContext?: string[]
  readonly approval?: 'automatic' | 'manual'
  readonly suspendable?: boolean
}

const subjectPrefix = 'credentialSubject.'
const longestValiditySeconds = 10 * 366 * 86_400

/** Reads a definition. @throws `request.invalid-field` with the field's name */
export function parseCredentialDefinition(body: CredentialDefinitionBody): CredentialDefinition {
  const format = parseCredentialProfile(body.format)
  if (format === undefined) throw invalid('format', 'The formats are vc11-sl2021/jwt and vc20-bssl/jwt.')
  const validitySeconds = Number(body.validity)
  if (!Number.isSafeInteger(validitySeconds) || validitySeconds < 1 || validitySeconds > longestValiditySeconds) {
    throw invalid('validity', 'The validity is a whole number of seconds, ten years at most.')
  }
  // Clients of the reference send an empty inline schema beside the URL; a real one would have to be published.
  if (body.jsonSchema !== undefined && body.jsonSchema !== '{}' && body.jsonSchema !== '') {
    throw invalid('jsonSchema', 'A schema is given by its URL, in jsonSchemaUrl.')
  }
  return {
    id: body.id,
    credentialType: body.credentialType,
    format,
    attestations: [...new Set(body.attestations)],
    rules: (body.rules ?? []).map(parseRule),
    mappings: body.mappings.map(parseMapping),
    validitySeconds,
    jsonSchemaUrl: body.jsonSchemaUrl,
    additionalContexts: body.additionalContext ?? [],
    approval: body.approval ?? 'automatic',
    suspendable: body.suspendable ?? false,
  }
}

/** The definition as clients read it. */
export function credentialDefinitionBody(definition: CredentialDefinition): CredentialDefinitionBody {
  return {
    id: definition.id,
    credentialType: definition.credentialType,
    format: definition.format,
    attestations: [...definition.attestations],
    rules: definition.rules.map(({ type, claim, operator, value }) => ({
      type,
      configuration: { claim, operator, value },
    })),
    mappings: definition.mappings.map(({ input, output, required }) => ({
      input,
      output: subjectPrefix + output,
      required,
    })),
    validity: definition.validitySeconds,
    ...(definition.jsonSchemaUrl === undefined ? {} : { jsonSchemaUrl: definition.jsonSchemaUrl }),
    additionalContext: [...definition.additionalContexts],
    approval: definition.approval,
    suspendable: definition.suspendable,
  }
}

function parseRule(rule: NonNullable<CredentialDefinitionBody['rules']>[number], index: number): Rule {
  const field = `rules/${index}`
  if (rule.type !== 'expression') throw invalid(`${field}/type`, 'The only type of rule is "expression".')
  const { claim, operator, value } = rule.configuration
  if (typeof claim !== 'string' || !isClaimPath(claim)) {
    throw invalid(`${field}/configuration/claim`, 'A claim is named by a dotted path.')
  }
  const name = String(operator).toUpperCase()
  if (!ruleOperators.some((known) => known === name)) {
    throw invalid(`${field}/configuration/operator`, `The operators are ${ruleOperators.join(', ')}.`)
  }
  if (value === undefined) throw invalid(`${field}/configuration/value`, 'The value to compare with is missing.')
  return { type: 'expression', claim, operator: name as RuleOperator, value }
}

function parseMapping(mapping: CredentialDefinitionBody['mappings'][number], index: number): Mapping {
  const field = `mappings/${index}`
  if (!isClaimPath(mapping.input)) throw invalid(`${field}/input`, 'A claim is named by a dotted path.')
  const output = mapping.output.startsWith(subjectPrefix) ? mapping.output.slice(subjectPrefix.length) : ''
  // The subject's id is the holder's DID; nothing may replace it (DCP-26).
  if (!isClaimPath(output) || output === 'id') {
    throw invalid(`${field}/output`, 'Claims go to a path below credentialSubject, other than its id.')
  }
  return { input: mapping.input, output, required: String(mapping.required ?? false) === 'true' }
}

function invalid(field: string, message: string): WeftError {
  return new WeftError(requestErrors['invalid-field'], { field, message })
}
