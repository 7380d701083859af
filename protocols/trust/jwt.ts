import { WeftError } from '@weft/foundation/errors'
import { CompactSign, compactVerify, errors } from 'jose'
import { trustErrors } from './errors.ts'
import { importPrivateKey, importPublicKey } from './imported-keys.ts'
import { isObject, type JsonObject, parseJsonStrictly } from './json.ts'
import { algorithmsOf, isSigningAlgorithm, type PublicJwk, type SigningAlgorithm, type SigningKey } from './jwk.ts'

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
const base64url = /^[A-Za-z0-9_-]+$/
/** A header that brings its own key, or rules that we do not know, is refused (DCP-49; RFC 7515 section 4.1.11). */
const refusedHeaders = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'zip'] as const
const encoder = new TextEncoder()

/**
 * Signs claims as a compact JWS. The header is `alg` (by the key), `kid` and, where given, `typ`: partners want no more.
 * @throws `trust.key-invalid`
 */
export async function signJwt(claims: JwtClaims, key: SigningKey, typ?: string): Promise<string> {
  const algorithm = algorithmsOf(key.privateJwk)[0]
  if (algorithm === undefined) throw new WeftError(trustErrors['key-invalid'])
  return new CompactSign(encoder.encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: algorithm, kid: key.kid, ...(typ === undefined ? {} : { typ }) })
    .sign(await importPrivateKey(key.privateJwk, algorithm))
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
  try {
    await compactVerify(jwt.token, key, { algorithms: [jwt.algorithm] })
  } catch (cause) {
    if (cause instanceof errors.JOSEError) throw new WeftError(trustErrors['signature-invalid'], { cause })
    throw cause
  }
}

function decodeObject(part: string): JsonObject {
  let value: unknown
  try {
    value = parseJsonStrictly(new TextDecoder('utf-8', { fatal: true }).decode(decodePart(part)))
  } catch {
    // The cause is left out: it would quote the token.
    throw malformed()
  }
  if (!isObject(value)) throw malformed()
  return value
}

function decodePart(part: string): Buffer {
  if (!base64url.test(part)) throw malformed()
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw malformed()
  return bytes
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 1024
}

function malformed(): WeftError {
  return new WeftError(trustErrors['token-malformed'])
}
