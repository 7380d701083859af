import type { IncomingHttpHeaders } from 'node:http'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What belongs to one connection (RFC 9110 section 7.6.1) and is never passed on. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** What speaks for the source's own origin: its cookies, its browser policies, its name. */
const originOnly = new Set(['set-cookie', 'strict-transport-security', 'alt-svc', 'server', 'x-correlation-id', 'date'])

/** What of the consumer's request reaches the source: the part asked for, and under which condition. */
const passedOn = [
  'accept',
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
]

/** Headers for the source: its own from the data address, then those of the request that choose the representation. */
export function sourceRequestHeaders(
  request: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of passedOn) {
    const value = request[name]
    if (typeof value === 'string') headers[name] = value
  }
  // Own headers win: the data address says what the source needs. Bytes travel as they are stored.
  return { ...headers, ...own, 'accept-encoding': 'identity' }
}

/** Headers of the source's answer that the consumer gets. */
export function consumerHeaders(answer: Headers): Record<string, string | string[]> {
  const named = String(answer.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(answer)) {
    const lower = name.toLowerCase()
    if (value === undefined || hopByHop.has(lower) || originOnly.has(lower) || named.includes(lower)) continue
    headers[lower] = value
  }
  return headers
}
