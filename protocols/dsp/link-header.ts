/** Where the neighbouring pages of a catalog are; relative references are allowed. */
export interface CatalogLinks {
  readonly next?: string
  readonly previous?: string
}

/** The value of a `Link` header (DSP-15), or undefined without neighbours. */
export function buildLinkHeader(links: CatalogLinks): string | undefined {
  const parts = (['next', 'previous'] as const).flatMap((relation) => {
    const target = links[relation]
    return target === undefined ? [] : [`<${target}>; rel="${relation}"`]
  })
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** Longest header that is read; what is longer has no links. */
const longest = 16_384

/**
 * Reads `Link` headers (RFC 8288), several or one with several links. `prev`, which EDC sends, is `previous`. What is no
 * link is skipped: paging is optional.
 */
export function parseLinkHeader(header: string | readonly string[] | undefined): CatalogLinks {
  const text = (typeof header === 'string' ? [header] : (header ?? [])).join(', ')
  const links: { next?: string; previous?: string } = {}
  if (text.length > longest) return links
  // A target ends at the first ">"; parameters are taken up to the next comma that starts another target.
  for (const link of text.matchAll(/<([^<>]*)>([^<]*)/g)) {
    const [, target = '', parameters = ''] = link
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters)
    for (const relation of (relations?.[1] ?? relations?.[2] ?? '').toLowerCase().split(/\s+/)) {
      if (relation === 'next') links.next ??= target.trim()
      if (relation === 'previous' || relation === 'prev') links.previous ??= target.trim()
    }
  }
  return links
}
