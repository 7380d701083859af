import { hash } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import { type CryptoKey, importJWK } from 'jose'
import { LRUCache } from 'lru-cache'
import { trustErrors } from './errors.ts'
import { minimumModulusBits, type PrivateJwk, type PublicJwk, type SigningAlgorithm } from './jwk.ts'
import { type JwsKey, jwsKey } from './jws.ts'

/** Importing a key costs 13 to 43 µs, a third of a verification; the same few keys come again with every message. */
const imported = new LRUCache<string, Promise<JwsKey>>({ max: 4096 })

/** @throws `trust.key-invalid` when the numbers are no key, such as a point that is not on its curve */
export function importPublicKey(jwk: PublicJwk, algorithm: SigningAlgorithm): Promise<JwsKey> {
  const { kty, crv, x, y, n, e } = jwk
  // Every member is in the name, in its place: a key that has members of another kind of key must not pass for that one.
  const name = `public ${algorithm} ${JSON.stringify([kty, crv, x, y, n, e])}`
  return importOnce(name, { kty, crv, x, y, n, e }, algorithm)
}

/** @throws `trust.key-invalid` */
export function importPrivateKey(jwk: PrivateJwk, algorithm: SigningAlgorithm): Promise<JwsKey> {
  const { kty, crv, x, y, d } = jwk
  // A digest, so that the cache holds the secret in no other form than the key object.
  const digest = hash('sha256', JSON.stringify([kty, crv, x, y, d]), 'base64')
  return importOnce(`private ${algorithm} ${digest}`, { kty, crv, x, y, d }, algorithm)
}

type KeyMembers = { readonly [name: string]: string | undefined; readonly kty: string }

function importOnce(name: string, members: KeyMembers, algorithm: SigningAlgorithm): Promise<JwsKey> {
  const known = imported.get(name)
  if (known) return known
  const key = importKey(members, algorithm)
  imported.set(name, key)
  key.catch(() => imported.delete(name))
  return key
}

async function importKey(members: KeyMembers, algorithm: SigningAlgorithm): Promise<JwsKey> {
  let ready: JwsKey
  try {
    const present = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
    const webKey = await importJWK({ ...present, kty: members.kty }, algorithm, { extractable: true })
    ready = jwsKey(webKey as CryptoKey, algorithm)
  } catch {
    // The cause is left out: it could quote the key.
    throw new WeftError(trustErrors['key-invalid'])
  }
  const { modulusLength } = ready.key.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined && modulusLength < minimumModulusBits) {
    throw new WeftError(trustErrors['key-invalid'])
  }
  return ready
}
