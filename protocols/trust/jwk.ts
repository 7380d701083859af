import { WeftError } from '@weft/foundation/errors'
import { exportJWK, generateKeyPair } from 'jose'
import { trustErrors } from './errors.ts'
import { isObject } from './json.ts'

/** What keys are made for; verification takes more. */
export type GeneratedAlgorithm = 'ES256' | 'EdDSA'

export type SigningAlgorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'

/** A public key that signatures are checked with: elliptic curve, Ed25519 or RSA. */
export interface PublicJwk {
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
}

/** A private key of an elliptic curve or Ed25519. Secret: belongs into a vault. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
}

export interface GeneratedKey {
  readonly publicJwk: PublicJwk
  readonly privateJwk: PrivateJwk
}

/** A private key with the DID URL (`<did>#<fragment>`) under which its public half is published. */
export interface SigningKey {
  readonly kid: string
  readonly privateJwk: PrivateJwk
}

const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const
const curveAlgorithms: ReadonlyMap<string, SigningAlgorithm> = new Map([
  ['EC/P-256', 'ES256'],
  ['EC/P-384', 'ES384'],
  ['EC/P-521', 'ES512'],
  ['OKP/Ed25519', 'EdDSA'],
])
const acceptedAlgorithms: ReadonlySet<unknown> = new Set([...curveAlgorithms.values(), ...rsaAlgorithms])
/** RFC 7518 section 3.3. */
export const minimumModulusBits = 2048

/** Whether tokens may be signed so at all (DCP-49): asymmetric, and no `none`. */
export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return acceptedAlgorithms.has(value)
}

/** What a key may sign: its type and curve decide, and `alg`, `use`, `key_ops` where it has them (RFC 7517 section 4). */
export function algorithmsOf(jwk: PublicJwk): readonly SigningAlgorithm[] {
  if (jwk.use !== undefined && jwk.use !== 'sig') return []
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes('verify') && !jwk.key_ops.includes('sign')) return []
  const curve = curveAlgorithms.get(`${jwk.kty}/${jwk.crv}`)
  const fitting = curve ? [curve] : jwk.kty === 'RSA' ? rsaAlgorithms : []
  return jwk.alg === undefined ? fitting : fitting.filter((algorithm) => algorithm === named(jwk.alg))
}

/** Makes a key pair; ES256 (P-256) when nothing is said, since every partner can read it. */
export async function generateSigningKey(algorithm: GeneratedAlgorithm = 'ES256'): Promise<GeneratedKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  const privateJwk = parsePrivateJwk(await exportJWK(pair.privateKey))
  return { privateJwk, publicJwk: publicJwkOf(privateJwk) }
}

/** The half of a key that may be published. */
export function publicJwkOf(jwk: PrivateJwk): PublicJwk {
  const { d: _secret, key_ops: _operations, ...published } = jwk
  return published
}

/** Reads a public JWK; refuses symmetric keys and private members. @throws `trust.key-invalid` */
export function parsePublicJwk(json: unknown): PublicJwk {
  if (!isObject(json) || 'd' in json || 'k' in json) throw invalid()
  return publicMembers(json)
}

/** Reads a private JWK, such as one that a vault kept as text and `JSON.parse` gave back. @throws `trust.key-invalid` */
export function parsePrivateJwk(json: unknown): PrivateJwk {
  if (!isObject(json) || typeof json.d !== 'string' || json.kty === 'RSA') throw invalid()
  return { ...publicMembers(json), d: json.d }
}

function publicMembers(json: Readonly<Record<string, unknown>>): PublicJwk {
  const jwk: Record<string, unknown> = {}
  for (const name of ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'] as const) {
    const value = json[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') throw invalid()
    jwk[name] = value
  }
  if (Array.isArray(json.key_ops)) jwk.key_ops = json.key_ops.filter((item) => typeof item === 'string')
  const read = jwk as unknown as PublicJwk
  if (algorithmsOf(read).length === 0 || !hasMaterial(read)) throw invalid()
  return read
}

function hasMaterial({ kty, x, y, n, e }: PublicJwk): boolean {
  if (kty === 'RSA') return e !== undefined && modulusBits(n ?? '') >= minimumModulusBits
  return x !== undefined && (kty === 'OKP' || y !== undefined)
}

function modulusBits(n: string): number {
  const bytes = Buffer.from(n, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24
}

/** RFC 9864 renames EdDSA with this curve. */
function named(algorithm: string | undefined): string | undefined {
  return algorithm === 'Ed25519' ? 'EdDSA' : algorithm
}

function invalid(): WeftError {
  return new WeftError(trustErrors['key-invalid'])
}
