import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import { linkHeader, type Page } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { type Predicate, readPredicate } from './predicate.ts'

export interface Found<Entity> {
  readonly items: readonly Entity[]
  /** How many there are on all pages. */
  readonly total: number
}

/** Clients of the fabric expect a list without a limit to be whole, so the largest page is a large one. */
const largestPage = 10_000

const pageFields = {
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Entities to skip; default 0.' }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: `Entities on a page; 0, none and more than ${largestPage} mean ${largestPage}.`,
    }),
  ),
}

/** Query schema of a list. */
export const listQuery = Type.Object(pageFields)

/** Body schema of a query, with a predicate that makes sense there. */
export function queryBody(example: string) {
  return Type.Object({
    predicate: Type.String({
      description: 'Conditions `path = value` joined by AND, or `true`. Strings in single quotes.',
      examples: [example],
    }),
    ...pageFields,
  })
}

/** Header schemas of a page. */
export const pageHeaders = {
  'X-Total-Count': { type: 'integer', description: 'Entities on all pages.' },
  Link: { type: 'string', description: 'RFC 8288: first, prev, next, last; absent when there is one page.' },
}

export function pageOf(wanted: Static<typeof listQuery>): Page {
  const limit = wanted.limit ?? 0
  return { offset: wanted.offset ?? 0, limit: limit === 0 ? largestPage : Math.min(limit, largestPage) }
}

/** Headers that tell where a page stands in its list. */
export function headersOf(url: string, page: Page, found: Found<unknown>): Record<string, string> {
  const link = linkHeader(url, page, { total: found.total })
  return { 'x-total-count': String(found.total), ...(link === undefined ? {} : { link }) }
}

/** How a service refuses what is no predicate, or one that it does not evaluate. */
interface PredicateErrors {
  readonly 'predicate-syntax': CatalogueEntry
  readonly 'predicate-unsupported': CatalogueEntry
}

/** Reads a predicate of a request. @throws one of `errors` */
export function predicateOf(text: string, errors: PredicateErrors): Predicate {
  const reading = readPredicate(text)
  if (!reading.fault) return reading.predicate
  const entry = errors[reading.fault.kind === 'syntax' ? 'predicate-syntax' : 'predicate-unsupported']
  throw new WeftError(entry, { field: 'predicate', message: `Client error: ${reading.fault.message}` })
}
