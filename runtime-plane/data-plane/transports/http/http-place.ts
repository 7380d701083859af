import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import type { HttpPlace, PlaceHeaders } from '../../domain/data-flow.ts'
import { dataPlaneErrors } from '../../domain/errors.ts'

/** An address that is being read: what is wrong with it is said with its place and its error. */
interface AddressReader {
  readonly members: Readonly<Record<string, unknown>>
  readonly refused: (member: string, message: string) => WeftError
}

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
 * Reads the HttpData address of a source, as it travels in the metadata of a start message.
 * @throws `data-plane.source-invalid` with the member's name as field
 */
export function parseHttpSource(address: unknown): { readonly place: HttpPlace; readonly headers: PlaceHeaders } {
  const reader = readerOf(address, '/metadata/dataAddress', dataPlaneErrors['source-invalid'])
  if (optionalText(reader, 'method', 'GET').toUpperCase() !== 'GET') {
    throw reader.refused('method', 'Sources are read with GET only.')
  }
  const place = {
    type: 'HttpData',
    url: placeUrl(reader),
    method: 'GET',
    proxyPath: flag(reader, 'proxyPath'),
    proxyQuery: flag(reader, 'proxyQueryParams'),
  } as const
  return { place, headers: placeHeaders(reader) }
}

/**
 * Reads the HttpData address of a consumer's destination, as it travels in the metadata of a prepare message. Data goes
 * to URLs only: a file of this machine is never a destination.
 * @throws `data-plane.destination-invalid` with the member's name as field
 */
export function parseHttpDestination(address: unknown): { readonly place: HttpPlace; readonly headers: PlaceHeaders } {
  const reader = readerOf(address, '/metadata/dataDestination', dataPlaneErrors['destination-invalid'])
  const method = optionalText(reader, 'method', 'POST').toUpperCase()
  if (method !== 'POST' && method !== 'PUT') throw reader.refused('method', 'Destinations take POST or PUT.')
  for (const name of ['proxyPath', 'proxyQueryParams']) {
    if (flag(reader, name)) throw reader.refused(name, 'A destination is one URL.')
  }
  const place = { type: 'HttpData', url: placeUrl(reader), method, proxyPath: false, proxyQuery: false } as const
  return { place, headers: placeHeaders(reader) }
}

/** What both kinds of address have in common. */
function readerOf(address: unknown, place: string, entry: CatalogueEntry): AddressReader {
  const refused = (member: string, message: string): WeftError => {
    const pointer = member.replaceAll('~', '~0').replaceAll('/', '~1')
    return new WeftError(entry, { field: member === '' ? place : `${place}/${pointer}`, message })
  }
  if (typeof address !== 'object' || address === null || Array.isArray(address)) {
    throw refused('', 'The message carries no data address of the type HttpData.')
  }
  const reader = { members: address as Readonly<Record<string, unknown>>, refused }
  if (reader.members.type !== 'HttpData') throw refused('type', 'Only addresses of the type HttpData are served.')
  for (const name of notOffered) {
    if (reader.members[name] !== undefined) {
      throw refused(name, 'This member is not supported; headers go into "header:<name>".')
    }
  }
  for (const name of ['proxyMethod', 'proxyBody']) {
    if (flag(reader, name)) throw refused(name, 'Method and body of the consumer are never passed on.')
  }
  return reader
}

function placeUrl(reader: AddressReader): string {
  const { members, refused } = reader
  const text = members.baseUrl
  if (typeof text !== 'string') throw refused('baseUrl', 'The URL is missing.')
  const url = URL.parse(text)
  if (!url) throw refused('baseUrl', 'The URL is not an absolute URL.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused('baseUrl', 'Data is at an http or https URL; files and other schemes are not served.')
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('baseUrl', 'Credentials go into a "header:<name>" member, not into the URL.')
  }
  const path = optionalText(reader, 'path', '')
  if (path !== '') {
    const below = belowPath(url.pathname, path)
    if (below === undefined) throw refused('path', 'The path must stay below the URL.')
    url.pathname = below
  }
  const query = optionalText(reader, 'queryParams', '').replace(/^\?/, '')
  if (query !== '') url.search = url.search === '' ? query : `${url.search}&${query}`
  url.hash = ''
  return url.href
}

function placeHeaders({ members, refused }: AddressReader): PlaceHeaders {
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
export function requestUrl(source: HttpPlace, below: string, query: string): string {
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

function optionalText({ members, refused }: AddressReader, name: string, absent: string): string {
  const value = members[name]
  if (value === undefined || value === null) return absent
  if (typeof value !== 'string') throw refused(name, 'This member is text.')
  return value
}

/** Addresses say yes as text; some clients send a boolean. */
function flag({ members, refused }: AddressReader, name: string): boolean {
  const value = members[name]
  if (value === undefined || value === null || value === false || value === 'false') return false
  if (value === true || value === 'true') return true
  throw refused(name, 'This member is "true" or "false".')
}
