import { WeftError } from '@weft/foundation/errors'
import type { Condition, Predicate } from '@weft/protocols/fabric'
import { provisionErrors } from '../errors.ts'

/** The SQL type that a queryable column is compared in. `name` is SQL text of ours, never of a caller. */
export interface QueryColumn {
  readonly name: string
  readonly type: 'text' | 'numeric' | 'timestamptz'
}

export interface SqlCondition {
  /** An expression with placeholders from `$1`. */
  readonly sql: string
  readonly params: readonly unknown[]
}

/**
 * Turns a predicate into an SQL expression. Every value that came from the caller becomes a parameter.
 * @throws `provision-manager.predicate-field` for a field that is not listed, or a value of another type.
 */
export function predicateSql(predicate: Predicate, columns: Readonly<Record<string, QueryColumn>>): SqlCondition {
  const parts: string[] = []
  const params: string[] = []
  for (const condition of predicate) {
    const name = condition.path.join('.')
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined
    if (!column) throw wrong(condition, 'is no field that can be queried')
    params.push(valueFor(condition, column))
    parts.push(`${column.name} = $${params.length}::${column.type}`)
  }
  return { sql: parts.length === 0 ? 'true' : parts.join(' and '), params }
}

function valueFor(condition: Condition, column: QueryColumn): string {
  const { value } = condition
  if (value.kind === 'boolean') throw wrong(condition, 'is compared with a string or a number only')
  if (column.type === 'numeric' && value.kind !== 'number') throw wrong(condition, 'is compared with a number only')
  if (column.type !== 'timestamptz') return value.text
  const time = new Date(value.text)
  if (Number.isNaN(time.getTime())) throw wrong(condition, 'is compared with a time as RFC 3339 writes it')
  return time.toISOString()
}

function wrong(condition: Condition, why: string): WeftError {
  return new WeftError(provisionErrors['predicate-field'], {
    field: 'predicate',
    message: `line 1:${condition.column} ${condition.path.join('.')} ${why}`,
  })
}
