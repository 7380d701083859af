import { json } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Criterion } from '../domain/criterion.ts'
import type { Query } from '../domain/query.ts'
import { catalogueErrors } from '../errors.ts'
import { criteriaHold } from './criteria-sql.ts'

/** A query as the end of a select statement, with its parameters. */
export interface QuerySql {
  /** ` where … order by … offset … limit …` */
  readonly text: string
  readonly params: readonly unknown[]
}

/**
 * Criteria over columns. Tenant isolation is not its business: the database adds the context itself, and a criterion on
 * `participantContextId` is refused as any unknown field is.
 * @param columns from the fields of the API to SQL text columns
 * @throws `management.unsupported-query` for a field that is not among them
 */
export function queryOverColumns(query: Query, columns: Readonly<Record<string, string>>): QuerySql {
  const params: unknown[] = []
  const conditions = query.criteria.map((criterion) => condition(criterion, columnOf(criterion.field, columns), params))
  return finish(query, conditions, params, query.sortField === null ? null : columnOf(query.sortField, columns))
}

/** Criteria over a search document in the column `search`, whatever members it has. */
export function queryOverDocument(query: Query): QuerySql {
  const params: unknown[] = []
  const conditions: string[] = []
  if (query.criteria.length > 0) {
    params.push(json(query.criteria))
    conditions.push(criteriaHold('search', `$${params.length}::jsonb`))
  }
  let sort: string | null = null
  if (query.sortField !== null && query.sortField !== 'createdAt') {
    params.push(query.sortField)
    sort = `search->>$${params.length}`
  }
  return finish(query, conditions, params, sort)
}

function finish(query: Query, conditions: readonly string[], params: unknown[], sort: string | null): QuerySql {
  const direction = query.descending ? 'desc' : 'asc'
  const order = sort === null ? `created_at ${direction}, id ${direction}` : `${sort} ${direction}, id ${direction}`
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
  params.push(query.offset, query.limit)
  return {
    text: `${where} order by ${order} offset $${params.length - 1}::int limit $${params.length}::int`,
    params,
  }
}

function columnOf(field: string, columns: Readonly<Record<string, string>>): string {
  const column = Object.hasOwn(columns, field) ? columns[field] : undefined
  if (column !== undefined) return column
  throw new WeftError(catalogueErrors['unsupported-query'], {
    field: 'filterExpression',
    message: `The fields of this query are ${Object.keys(columns).join(', ')}.`,
  })
}

function condition(criterion: Criterion, column: string, params: unknown[]): string {
  const value = (): string => {
    params.push(criterion.values[0] ?? '')
    return `$${params.length}`
  }
  switch (criterion.operator) {
    case '=':
      return `${column}::text = ${value()}`
    case '!=':
      return `${column}::text <> ${value()}`
    case 'like':
      return `${column}::text like ${value()}`
    case 'ilike':
      return `${column}::text ilike ${value()}`
    case 'in':
      params.push(json(criterion.values))
      return `$${params.length}::jsonb ? ${column}::text`
    case 'notin':
      params.push(json(criterion.values))
      return `not $${params.length}::jsonb ? ${column}::text`
    case 'contains':
      throw new WeftError(catalogueErrors['unsupported-query'], {
        field: 'filterExpression',
        message: 'The operator contains is for lists; the fields of this query are single values.',
      })
  }
}
