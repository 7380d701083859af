import { WeftError } from '@weft/foundation/errors'
import { catalogueErrors } from '../errors.ts'
import { type Criterion, type RawCriterion, readCriterion } from './criterion.ts'

export const maxQueryLimit = 500

/** EDC's QuerySpec as it comes from outside. */
export interface RawQuery {
  readonly offset?: number
  readonly limit?: number
  readonly sortField?: string
  readonly sortOrder?: 'ASC' | 'DESC'
  readonly filterExpression?: readonly RawCriterion[]
}

export interface Query {
  readonly offset: number
  readonly limit: number
  /** A field of the object; by creation when absent. */
  readonly sortField: string | null
  readonly descending: boolean
  readonly criteria: readonly Criterion[]
}

/** Reads a QuerySpec; null stands for the first 50. @throws `management.unsupported-query` */
export function readQuery(raw: RawQuery | null | undefined): Query {
  const limit = raw?.limit ?? 50
  if (limit > maxQueryLimit) {
    throw new WeftError(catalogueErrors['unsupported-query'], {
      field: 'limit',
      message: `The limit must not be above ${maxQueryLimit}.`,
    })
  }
  const criteria = (raw?.filterExpression ?? []).map((one, index) => readCriterion(one, `/filterExpression/${index}`))
  return {
    offset: raw?.offset ?? 0,
    limit,
    sortField: raw?.sortField ?? null,
    descending: raw?.sortOrder === 'DESC',
    criteria,
  }
}
