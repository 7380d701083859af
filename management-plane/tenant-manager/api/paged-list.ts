import { WeftError } from '@weft/foundation/errors'
import { linkHeader } from '@weft/foundation/http'
import { type Static, Type } from 'typebox'
import { type Predicate, readPredicate } from '../domain/predicate.ts'
import { tenantErrors } from '../errors.ts'
import type { Found, Page } from '../store/page.ts'

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

export const listQuery = Type.Object(pageFields)

export const queryBody = Type.Object({
  predicate: Type.String({
    description: 'Conditions `path = value` joined by AND, or `true`. Strings in single quotes.',
    examples: ["properties.region = 'eu' AND vpas.state = 'active'"],
  }),
  ...pageFields,
})

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

/** Reads a predicate of a request. @throws `tenant-manager.predicate-syntax`, `.predicate-unsupported` */
export function predicateOf(text: string): Predicate {
  const reading = readPredicate(text)
  if (!reading.fault) return reading.predicate
  const entry = tenantErrors[reading.fault.kind === 'syntax' ? 'predicate-syntax' : 'predicate-unsupported']
  throw new WeftError(entry, { field: 'predicate', message: `Client error: ${reading.fault.message}` })
}
