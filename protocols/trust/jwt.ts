import { WeftError } from '@weft/foundation/errors'
import { trustErrors } from './errors.ts'
import { importPrivateKey, importPublicKey } from './imported-keys.ts'
import { isObject, type JsonObject, parseJsonStrictly } from './json.ts'
import { algorithmsOf, isSigningAlgorithm, type PublicJwk, type SigningAlgorithm, type SigningKey } from './jwk.ts'
import { isSignatureOf, signBytes } from './jws.ts'

export type JwtClaims = JsonObject

/** A token that was taken apart. Nothing of it is proven until `verifyJwt` or `verifySignature` returned. */
export interface ParsedJwt {
  readonly token: string
  readonly algorithm: SigningAlgorithm
  readonly kid: string | undefined
  readonly typ: string | undefined
  readonly claims: JwtClaims
}

/** A presentation holds whole credentials. */
const maxTokenLength = 256 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })
/** A header that brings its own key, or rules that we do not know, is refused (DCP-49; RFC 7515 section 4.1.11). */
const refusedHeaders = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'zip'] as const

/**
 * Signs claims as a compact JWS. The header is `alg` (by the key), `kid` and, where given, `typ`: partners want no more.
 * @throws `trust.key-invalid`
 */
export async function signJwt(claims: JwtClaims, key: SigningKey, typ?: string): Promise<string> {
  const algorithm = algorithmsOf(key.privateJwk)[0]
  if (algorithm === undefined) throw new WeftError(trustErrors['key-invalid'])
  const header = { alg: algorithm, kid: key.kid, ...(typ === undefined ? {} : { typ }) }
  const input = `${encodeObject(header)}.${encodeObject(claims)}`
  const signature = await signBytes(Buffer.from(input), await importPrivateKey(key.privateJwk, algorithm))
  return `${input}.${signature.toString('base64url')}`
}

/**
 * Takes a compact JWS apart and proves nothing. Only the canonical spelling is read: three parts, base64url without
 * padding or spare bits, JSON objects without duplicate keys.
 * @throws `trust.token-malformed`, `trust.algorithm-refused`
 */
export function parseJwt(token: unknown): ParsedJwt {
  if (typeof token !== 'string' || token.length > maxTokenLength) throw malformed()
  const parts = token.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) throw malformed()
  decodePart(signature)
  const { alg, kid, typ, ...others } = decodeObject(header)
  if (!isSigningAlgorithm(alg)) throw new WeftError(trustErrors['algorithm-refused'])
  if (refusedHeaders.some((name) => Object.hasOwn(others, name))) throw malformed()
  if ((kid !== undefined && !isShortText(kid)) || (typ !== undefined && !isShortText(typ))) throw malformed()
  return { token, algorithm: alg, kid, typ, claims: decodeObject(payload) }
}

/** Checks a signature with a key that is known to be the right one. @throws `trust.algorithm-refused`, `trust.signature-invalid`, `trust.key-invalid` */
export async function verifySignature(jwt: ParsedJwt, publicJwk: PublicJwk): Promise<void> {
  // The key decides what it is used for, never the token (RFC 8725 section 3.1).
  if (!algorithmsOf(publicJwk).includes(jwt.algorithm)) throw new WeftError(trustErrors['algorithm-refused'])
  const key = await importPublicKey(publicJwk, jwt.algorithm)
  const end = jwt.token.lastIndexOf('.')
  const signature = Buffer.from(jwt.token.slice(end + 1), 'base64url')
  const isGenuine = await isSignatureOf(Buffer.from(jwt.token.slice(0, end)), signature, key)
  if (!isGenuine) throw new WeftError(trustErrors['signature-invalid'])
}

function encodeObject(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decodeObject(part: string): JsonObject {
  let value: unknown
  try {
    value = parseJsonStrictly(utf8.decode(decodePart(part)))
  } catch {
    // The cause is left out: it would quote the token.
    throw malformed()
  }
  if (!isObject(value)) throw malformed()
  return value
}

function decodePart(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  // The decoder passes over whatever is not base64url, so that what it made of it is spelled otherwise.
  if (part === '' || bytes.toString('base64url') !== part) throw malformed()
  return bytes
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 1024
}

function malformed(): WeftError {
  return new WeftError(trustErrors['token-malformed'])
}
