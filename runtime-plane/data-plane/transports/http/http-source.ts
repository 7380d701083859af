import { WeftError } from '@weft/foundation/errors'
import type { HttpSource, SourceHeaders } from '../../domain/data-flow.ts'
import { dataPlaneErrors } from '../../domain/errors.ts'

const place = '/metadata/dataAddress'
/** Members that change what is fetched in ways not offered here: refused rather than ignored. */
const notOffered = ['body', 'authKey', 'authCode', 'secretName']
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 section 5.5 names the characters that no field value has.
const forbiddenInHeader = /[\u0000-\u0008\u000A-\u001F\u007F]/
/** What belongs to the connection or is decided for each request. */
const ownHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'keep-alive',
  'range',
  'if-range',
  'accept-encoding',
])

/**
 * Reads the HttpData address that travels in the metadata of a start message.
 * @throws `data-plane.source-invalid` with the member's name as field
 */
export function parseHttpSource(address: unknown): { readonly source: HttpSource; readonly headers: SourceHeaders } {
  if (typeof address !== 'object' || address === null || Array.isArray(address)) {
    throw refused('', 'The start message carries no data address of the source.')
  }
  const members = address as Readonly<Record<string, unknown>>
  if (members.type !== 'HttpData') throw refused('type', 'Only sources of the type HttpData are served.')
  if (optionalText(members, 'method', 'GET').toUpperCase() !== 'GET') {
    throw refused('method', 'Sources are read with GET only.')
  }
  for (const name of notOffered) {
    if (members[name] !== undefined)
      throw refused(name, 'This member is not supported; headers go into "header:<name>".')
  }
  for (const name of ['proxyMethod', 'proxyBody']) {
    if (flag(members, name)) throw refused(name, 'Method and body of the consumer are never passed on.')
  }
  return {
    source: {
      type: 'HttpData',
      url: sourceUrl(members),
      proxyPath: flag(members, 'proxyPath'),
      proxyQuery: flag(members, 'proxyQueryParams'),
    },
    headers: sourceHeaders(members),
  }
}

function sourceUrl(members: Readonly<Record<string, unknown>>): string {
  const text = members.baseUrl
  if (typeof text !== 'string') throw refused('baseUrl', 'The URL of the source is missing.')
  const url = URL.parse(text)
  if (!url) throw refused('baseUrl', 'The URL of the source is not an absolute URL.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused('baseUrl', 'A source is an http or https URL; files and other schemes are never a source.')
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('baseUrl', 'Credentials of the source go into a "header:<name>" member, not into its URL.')
  }
  const path = optionalText(members, 'path', '')
  if (path !== '') {
    const below = belowPath(url.pathname, path)
    if (below === undefined) throw refused('path', 'The path must stay below the URL of the source.')
    url.pathname = below
  }
  const query = optionalText(members, 'queryParams', '').replace(/^\?/, '')
  if (query !== '') url.search = url.search === '' ? query : `${url.search}&${query}`
  url.hash = ''
  return url.href
}

function sourceHeaders(members: Readonly<Record<string, unknown>>): SourceHeaders {
  const headers: Record<string, string> = {}
  for (const [member, value] of Object.entries(members)) {
    if (!member.startsWith('header:')) continue
    const name = member.slice('header:'.length).toLowerCase()
    if (!headerName.test(name)) throw refused(member, 'This is not the name of an HTTP header.')
    if (ownHeaders.has(name)) throw refused(member, 'This header is set for each request and cannot be fixed.')
    if (typeof value !== 'string' || forbiddenInHeader.test(value)) {
      throw refused(member, 'The value of a header is text in one line.')
    }
    headers[name] = value
  }
  return headers
}

/**
 * The URL to fetch for a request to the data endpoint: `below` is the raw path after the flow id (`''` or `/…`),
 * `query` the raw query (`''` or `?…`). A query that is not proxied has no effect, as partners add their own.
 * @throws `data-plane.path-not-offered` for a path that is not proxied or leaves the source
 */
export function requestUrl(source: HttpSource, below: string, query: string): string {
  const url = new URL(source.url)
  if (below !== '' && below !== '/') {
    const path = source.proxyPath ? belowPath(url.pathname, below) : undefined
    if (path === undefined) throw new WeftError(dataPlaneErrors['path-not-offered'])
    url.pathname = path
  }
  if (source.proxyQuery && query.length > 1) url.search = url.search === '' ? query : `${url.search}&${query.slice(1)}`
  return url.href
}

/** `base` extended by `path`, or undefined where the result would leave `base` or hides a separator or dot segment. */
function belowPath(base: string, path: string): string | undefined {
  if (path.includes('\\') || path.includes('?') || path.includes('#')) return undefined
  const segments = path.replace(/^\//, '').split('/')
  for (const segment of segments) {
    const plain = decoded(segment)
    if (plain === undefined || plain === '.' || plain === '..' || /[/\\\0]/.test(plain)) return undefined
  }
  return `${base.replace(/\/$/, '')}/${segments.join('/')}`
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function optionalText(members: Readonly<Record<string, unknown>>, name: string, absent: string): string {
  const value = members[name]
  if (value === undefined || value === null) return absent
  if (typeof value !== 'string') throw refused(name, 'This member is text.')
  return value
}

/** Addresses say yes as text; some clients send a boolean. */
function flag(members: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = members[name]
  if (value === undefined || value === null || value === false || value === 'false') return false
  if (value === true || value === 'true') return true
  throw refused(name, 'This member is "true" or "false".')
}

function refused(member: string, message: string): WeftError {
  const pointer = member.replaceAll('~', '~0').replaceAll('/', '~1')
  return new WeftError(dataPlaneErrors['source-invalid'], {
    field: member === '' ? place : `${place}/${pointer}`,
    message,
  })
}
