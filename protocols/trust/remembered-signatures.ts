import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { PublicJwk } from './jwk.ts'
import type { ParsedJwt } from './jwt.ts'

/** Resolves when the key made the signature, and throws otherwise. */
export type SignatureCheck = (jwt: ParsedJwt, publicJwk: PublicJwk) => Promise<void>

/**
 * A check that is made once for the same token and the same key: that one made the other never changes. Whether the key is
 * the right one, and whatever depends on time, is for the caller to find out each time. Refusals are not remembered.
 * @param max signatures that are remembered; those that were not seen for longest are forgotten first
 */
export function rememberSignatures(check: SignatureCheck, max: number): SignatureCheck {
  const remembered = new LRUCache<string, true>({ max })
  return async (jwt, publicJwk) => {
    const name = nameOf(jwt, publicJwk)
    if (remembered.get(name)) return
    await check(jwt, publicJwk)
    remembered.set(name, true)
  }
}

/** Of the exact text, signature and all, and of everything in the key that a check looks at. */
function nameOf({ token }: ParsedJwt, { kty, crv, x, y, n, e, alg, use, key_ops }: PublicJwk): string {
  return hash('sha256', JSON.stringify([token, kty, crv, x, y, n, e, alg, use, key_ops]), 'base64')
}
