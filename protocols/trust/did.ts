import { WeftError } from '@weft/foundation/errors'
import { LRUCache } from 'lru-cache'
import { trustErrors } from './errors.ts'

declare const brand: unique symbol

/** A canonical did:web: host in lower case, port written `%3A`, no needless escapes. Compare with `===`. */
export type Did = string & { readonly [brand]: 'Did' }

const maxLength = 512
const methodSyntax = /^did:([a-z0-9]+):/
/** Registered name or IPv4 address; whether it is one that URLs would rewrite is seen by comparing with the URL. */
const hostSyntax =
  /^(?<name>\[::1\]|[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*)(:(?<port>[1-9][0-9]{0,4}))?$/
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const ipv4 = /^[0-9]+(\.[0-9]+){3}$/
/** Nothing that could end a segment or mean something else in a URL once it is decoded. */
const segmentSyntax = /^(?!.*\.\.)[A-Za-z0-9._~!$&'()*+,;=:-]+$/

/** A message is asked a dozen times who it is from and for; the same few partners come again. Refusals are not kept. */
const canonicalForms = new LRUCache<string, Did>({ max: 10_000 })

/**
 * Reads a did:web identifier (section 3.12 of the facts: rules of the method specification, DCP-48) and brings it into
 * canonical form; two spellings of one DID are equal afterwards.
 * @param field the name of the value, for the error
 * @throws `trust.did-invalid`, `trust.did-method-unsupported`
 */
export function parseDid(text: unknown, field?: string): Did {
  if (typeof text !== 'string' || text.length > maxLength) throw invalid(field)
  const known = canonicalForms.get(text)
  if (known !== undefined) return known
  const did = readDid(text, field)
  canonicalForms.set(text, did)
  return did
}

function readDid(text: string, field: string | undefined): Did {
  const method = methodSyntax.exec(text)?.[1]
  if (method === undefined) throw invalid(field)
  if (method !== 'web') throw new WeftError(trustErrors['did-method-unsupported'], { field })
  const [host = '', ...path] = text
    .slice('did:web:'.length)
    .split(':')
    .map((part) => decodeOnce(part, field))
  return canonical(host, path, field)
}

/** Whether a text is a did:web identifier in canonical form. */
export function isDid(text: unknown): text is Did {
  try {
    return parseDid(text) === text
  } catch {
    return false
  }
}

/**
 * The DID of what is published under a public URL: `didWeb('http://localhost:7100', 'acme')` is
 * `did:web:localhost%3A7100:acme`. A path of the URL comes first.
 * @throws `trust.did-invalid`
 */
export function didWeb(publicUrl: string, ...path: readonly string[]): Did {
  if (!URL.canParse(publicUrl)) throw invalid(undefined)
  const url = new URL(publicUrl)
  const prefix = url.pathname.split('/').filter((segment) => segment !== '')
  return canonical(url.host, [...prefix.map((segment) => decodeOnce(segment, undefined)), ...path], undefined)
}

/** Where the document of a DID is: https, and plain http for the loopback hosts only (DCP-47, DCP-48). */
export function didDocumentUrl(did: Did): string {
  const [host = '', ...path] = did.slice('did:web:'.length).split(':').map(decodeURIComponent)
  return urlOf(host, path)
}

/** Whether a URL may be called with credentials: https, or http to a loopback host; no user info (DCP-47). */
export function isSecureUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && loopbackHosts.has(hostname))
}

function canonical(host: string, path: readonly string[], field: string | undefined): Did {
  const lowerCased = host.toLowerCase()
  const { name, port } = hostSyntax.exec(lowerCased)?.groups ?? {}
  if (name === undefined || (ipv4.test(name) && !loopbackHosts.has(name))) throw invalid(field)
  if (path.some((segment) => !segmentSyntax.test(segment) || segment === '.')) throw invalid(field)
  requireSameHost(name, port, urlOf(lowerCased, path), field)
  return `did:web:${[lowerCased, ...path].map(encodePart).join(':')}` as Did
}

/** URLs rewrite some hosts (`0x7f.1` to `127.0.0.1`, IDN to punycode): a DID never leads to a host that it does not say. */
function requireSameHost(name: string, port: string | undefined, url: string, field: string | undefined): void {
  if (!URL.canParse(url)) throw invalid(field)
  const { hostname, port: urlPort, protocol } = new URL(url)
  const defaultPort = protocol === 'https:' ? '443' : '80'
  if (hostname !== name || (urlPort || defaultPort) !== (port ?? defaultPort)) throw invalid(field)
}

function urlOf(host: string, path: readonly string[]): string {
  const scheme = loopbackHosts.has(host.replace(/:[0-9]+$/, '')) ? 'http' : 'https'
  const folder = path.length === 0 ? '.well-known' : path.map(encodeURIComponent).join('/')
  return `${scheme}://${host}/${folder}/did.json`
}

/** DID syntax allows letters, digits, `.`, `-`, `_`; everything else is escaped. */
function encodePart(part: string): string {
  return encodeURIComponent(part).replace(/[!~*'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decodeOnce(part: string, field: string | undefined): string {
  if (!/^([A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$/.test(part)) throw invalid(field)
  try {
    return decodeURIComponent(part)
  } catch (cause) {
    throw new WeftError(trustErrors['did-invalid'], { field, cause })
  }
}

function invalid(field: string | undefined): WeftError {
  return new WeftError(trustErrors['did-invalid'], { field })
}
