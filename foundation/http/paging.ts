import { type Static, Type } from 'typebox'

/** Largest page that any list gives. */
const maxLimit = 500
const defaultLimit = 50

/** Query schema of a paged list: `offset` from 0 (default 0), `limit` 1 to 500 (default 50). */
export const pageQuery = Type.Object({
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLimit, default: defaultLimit })),
})

export interface Page {
  readonly offset: number
  readonly limit: number
}

/** The page that a query which passed `pageQuery` asks for. */
export function pageOf(query: Static<typeof pageQuery>): Page {
  return { offset: query.offset ?? 0, limit: query.limit ?? defaultLimit }
}

/**
 * `Link` header (RFC 8288) of a page: `first`, `prev` and `next` where they exist, `last` where the total is known.
 * `requestUrl` is the request's path and query; the other query parameters are kept. Undefined when the list has one page.
 */
export function linkHeader(
  requestUrl: string,
  page: Page,
  extent: { readonly total: number } | { readonly more: boolean },
): string | undefined {
  const links: string[] = []
  const add = (rel: string, offset: number): void => {
    const [path = '', query = ''] = requestUrl.split('?', 2)
    const params = new URLSearchParams(query)
    params.set('offset', String(offset))
    params.set('limit', String(page.limit))
    links.push(`<${path}?${params}>; rel="${rel}"`)
  }
  const more = 'total' in extent ? page.offset + page.limit < extent.total : extent.more
  if (page.offset > 0) {
    add('first', 0)
    add('prev', Math.max(0, page.offset - page.limit))
  }
  if (more) add('next', page.offset + page.limit)
  if ('total' in extent && extent.total > page.limit) {
    add('last', Math.floor((extent.total - 1) / page.limit) * page.limit)
  }
  return links.length > 0 ? links.join(', ') : undefined
}
