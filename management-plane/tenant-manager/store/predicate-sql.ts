import { WeftError } from '@weft/foundation/errors'
import type { Condition, Predicate } from '@weft/protocols/fabric'
import { tenantErrors } from '../errors.ts'

/** How a field of an entity is stored, and so how `=` is asked of it. `column` is SQL text of ours, never of a caller. */
type QueryField =
  | { readonly kind: 'text' | 'integer' | 'boolean'; readonly column: string }
  /** A JSON object: the path below it leads to a scalar, which is compared as text. */
  | { readonly kind: 'object'; readonly column: string }
  /** A JSON array of strings: holds the value. */
  | { readonly kind: 'list'; readonly column: string }
  /** A JSON object of arrays of strings: the array under the key holds the value. */
  | { readonly kind: 'lists'; readonly column: string }
  /** A JSON array of objects: some element satisfies the condition. `members` may be named; those that are objects themselves take a longer path. */
  | {
      readonly kind: 'elements'
      readonly column: string
      readonly members: Readonly<Record<string, 'scalar' | 'object'>>
    }

export type QueryFields = Readonly<Record<string, QueryField>>

export interface SqlCondition {
  /** An expression with placeholders from `$1`. */
  readonly sql: string
  readonly params: readonly unknown[]
}

/**
 * Turns a predicate into an SQL expression. Every name and value that came from the caller becomes a parameter.
 * @throws `tenant-manager.predicate-field` for a field that is not listed, or a value of another type.
 */
export function predicateSql(predicate: Predicate, fields: QueryFields): SqlCondition {
  const params: unknown[] = []
  const parameter = (value: unknown): string => {
    params.push(value)
    return `$${params.length}`
  }
  const parts = predicate.map((condition) => conditionSql(condition, fields, parameter))
  return { sql: parts.length === 0 ? 'true' : parts.join(' and '), params }
}

function conditionSql(condition: Condition, fields: QueryFields, parameter: (value: unknown) => string): string {
  const [first, ...rest] = condition.path
  const field = Object.hasOwn(fields, first) ? fields[first] : undefined
  if (!field) throw wrong(condition, `has no field "${first}"`)
  const text = condition.value.kind === 'boolean' ? String(condition.value.value) : condition.value.text
  switch (field.kind) {
    case 'text':
      expectDepth(condition, rest, 0)
      return `${field.column} = ${parameter(text)}::text`
    case 'integer':
      expectDepth(condition, rest, 0)
      if (condition.value.kind !== 'number') throw wrong(condition, 'is compared with a number only')
      return `${field.column} = ${parameter(text)}::numeric`
    case 'boolean':
      expectDepth(condition, rest, 0)
      if (condition.value.kind !== 'boolean') throw wrong(condition, 'is compared with TRUE or FALSE only')
      return `${field.column} = ${parameter(condition.value.value)}::boolean`
    case 'object':
      if (rest.length === 0) throw wrong(condition, 'needs a key below it')
      return `${field.column} #>> ${parameter(rest)}::text[] = ${parameter(text)}::text`
    case 'list':
      expectDepth(condition, rest, 0)
      return `${field.column} ? ${parameter(text)}::text`
    case 'lists':
      expectDepth(condition, rest, 1)
      return `${field.column} -> ${parameter(rest[0])}::text ? ${parameter(text)}::text`
    case 'elements': {
      const member = Object.hasOwn(field.members, rest[0] ?? '') ? field.members[rest[0] ?? ''] : undefined
      if (!member) throw wrong(condition, `needs one of ${Object.keys(field.members).join(', ')} below it`)
      if ((member === 'scalar') !== (rest.length === 1)) throw wrong(condition, 'has another depth')
      return `exists (select from jsonb_array_elements(${field.column}) as element where element #>> ${parameter(rest)}::text[] = ${parameter(text)}::text)`
    }
  }
}

function expectDepth(condition: Condition, rest: readonly string[], depth: number): void {
  if (rest.length !== depth) throw wrong(condition, depth === 0 ? 'takes no key below it' : 'needs one key below it')
}

function wrong(condition: Condition, why: string): WeftError {
  return new WeftError(tenantErrors['predicate-field'], {
    field: 'predicate',
    message: `line 1:${condition.column} ${condition.path.join('.')} ${why}`,
  })
}
