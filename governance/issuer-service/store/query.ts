import { requestErrors, WeftError } from '@weft/foundation/errors'

/** A query of administration clients: all criteria must hold. */
export interface QuerySpec {
  readonly offset?: number
  readonly limit?: number
  readonly sortField?: string
  readonly sortOrder?: 'ASC' | 'DESC'
  readonly filterExpression?: readonly {
    readonly operandLeft: string
    readonly operator: string
    readonly operandRight?: unknown
  }[]
}

/** The SQL of each field that may be asked for. A list is compared with `contains` only. */
export type QueryFields = Readonly<Record<string, { readonly sql: string; readonly list?: boolean }>>

/**
 * The clauses after `from`, with parameters from `$1`. `fields` is the whole vocabulary; `tieBreaker` makes pages stable.
 * @throws `request.invalid-field` for a field, operator or operand that is not understood
 */
export function queryClauses(
  spec: QuerySpec,
  fields: QueryFields,
  tieBreaker: string,
): { readonly sql: string; readonly params: readonly unknown[] } {
  const params: unknown[] = []
  const place = (value: unknown): string => `$${params.push(value)}`
  const conditions = (spec.filterExpression ?? []).map((criterion, index) =>
    conditionOf(
      criterion,
      fieldOf(fields, criterion.operandLeft, `filterExpression/${index}/operandLeft`),
      index,
      place,
    ),
  )
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')} `
  const sort = spec.sortField === undefined ? 'created_at' : fieldOf(fields, spec.sortField, 'sortField').sql
  const direction = spec.sortOrder === 'DESC' ? 'desc' : 'asc'
  return {
    sql: `${where}order by ${sort} ${direction}, ${tieBreaker} ${direction} offset ${place(spec.offset ?? 0)} limit ${place(spec.limit ?? 50)}`,
    params,
  }
}

type Criterion = NonNullable<QuerySpec['filterExpression']>[number]

function conditionOf(
  criterion: Criterion,
  field: QueryFields[string],
  index: number,
  place: (value: unknown) => string,
): string {
  const right = criterion.operandRight
  const operator = criterion.operator.toLowerCase()
  const refuse = (part: string, message: string): never => {
    throw new WeftError(requestErrors['invalid-field'], { field: `filterExpression/${index}/${part}`, message })
  }
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : refuse('operandRight', 'The operand is text.')
  if (field.list === true) {
    if (operator !== 'contains') return refuse('operator', 'A list is asked with contains.')
    return `${field.sql} @> array[${place(text(right))}::text]`
  }
  switch (operator) {
    case '=':
      return `${field.sql} = ${place(text(right))}`
    case '!=':
      return `${field.sql} <> ${place(text(right))}`
    case 'like':
      return `${field.sql} like ${place(text(right))}`
    case 'in':
      if (!Array.isArray(right)) return refuse('operandRight', 'The operand is a list of texts.')
      return `${field.sql} = any(${place(right.map(text))}::text[])`
    default:
      return refuse('operator', 'The operators are =, !=, in, like and, for lists, contains.')
  }
}

function fieldOf(fields: QueryFields, name: string, where: string): QueryFields[string] {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field) return field
  const known = Object.keys(fields).join(', ')
  throw new WeftError(requestErrors['invalid-field'], { field: where, message: `The fields are ${known}.` })
}
