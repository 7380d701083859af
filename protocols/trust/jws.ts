import { constants, KeyObject, type SigningOptions, sign, verify } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { SigningAlgorithm } from './jwk.ts'

interface Scheme {
  /** Null where the algorithm has a digest of its own. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly options: Readonly<SigningOptions>
  /** How long a signature is; absent where the key decides. */
  readonly length?: number
  /**
   * Whether the operation is made at once. P-256 and Ed25519 take a tenth of a millisecond, less than handing the work to
   * another thread costs this one. The larger curves take ten times as long, and an RSA key can be made to take a hundred
   * times: those must not hold up everybody else.
   */
  readonly atOnce: boolean
}

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants
const ecdsa: SigningOptions = { dsaEncoding: 'ieee-p1363' }
const pkcs1: SigningOptions = { padding: RSA_PKCS1_PADDING }
/** The salt is as long as the digest (RFC 7518 section 3.5). */
const pss = (saltLength: number): SigningOptions => ({ padding: RSA_PKCS1_PSS_PADDING, saltLength })

const schemes: Readonly<Record<SigningAlgorithm, Scheme>> = {
  ES256: { digest: 'sha256', options: ecdsa, length: 64, atOnce: true },
  ES384: { digest: 'sha384', options: ecdsa, length: 96, atOnce: false },
  ES512: { digest: 'sha512', options: ecdsa, length: 132, atOnce: false },
  EdDSA: { digest: null, options: {}, length: 64, atOnce: true },
  RS256: { digest: 'sha256', options: pkcs1, atOnce: false },
  RS384: { digest: 'sha384', options: pkcs1, atOnce: false },
  RS512: { digest: 'sha512', options: pkcs1, atOnce: false },
  PS256: { digest: 'sha256', options: pss(32), atOnce: false },
  PS384: { digest: 'sha384', options: pss(48), atOnce: false },
  PS512: { digest: 'sha512', options: pss(64), atOnce: false },
}

/** A key for one algorithm. */
export interface JwsKey {
  readonly algorithm: SigningAlgorithm
  readonly key: KeyObject
}

/**
 * Makes a key ready for signatures.
 * @param webKey of the type and curve of the algorithm
 */
export function jwsKey(webKey: CryptoKey, algorithm: SigningAlgorithm): JwsKey {
  // The options are read off the key itself. An object around key and options would first be taken for a key, twice, with
  // errors that are thrown and caught each time: a quarter of what a signature takes.
  return { algorithm, key: Object.assign(KeyObject.from(webKey), schemes[algorithm].options) }
}

/** Makes the signature of a JWS as RFC 7518 section 3 and RFC 8037 section 3.1 write it. */
export async function signBytes(bytes: Buffer, { key, algorithm }: JwsKey): Promise<Buffer> {
  const { digest, atOnce } = schemes[algorithm]
  if (atOnce) return sign(digest, bytes, key)
  return await new Promise((resolve, reject) => {
    sign(digest, bytes, key, (error, signature) => (error ? reject(error) : resolve(signature)))
  })
}

/** Whether it is the signature of these bytes. */
export async function isSignatureOf(bytes: Buffer, signature: Buffer, { key, algorithm }: JwsKey): Promise<boolean> {
  const { digest, length, atOnce } = schemes[algorithm]
  if (length !== undefined && signature.length !== length) return false
  if (atOnce) return verify(digest, bytes, key, signature)
  return await new Promise((resolve, reject) => {
    verify(digest, bytes, key, signature, (error, fits) => (error ? reject(error) : resolve(fits)))
  })
}
