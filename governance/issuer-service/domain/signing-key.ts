import type { GeneratedAlgorithm, PublicJwk, PublishedKey } from '@weft/protocols/trust'

/**
 * ACTIVE signs. RETIRED signs no more; what it signed is still good. EXPIRED signed nothing that is still valid, and is
 * published no more. REVOKED may have been used by somebody else: nothing that it signed counts (DCP-45).
 */
export type KeyState = 'ACTIVE' | 'RETIRED' | 'REVOKED' | 'EXPIRED'

/** A key of an issuer, without its private half. */
export interface IssuerKey {
  /** DID URL. */
  readonly kid: string
  readonly algorithm: GeneratedAlgorithm
  readonly publicJwk: PublicJwk
  readonly state: KeyState
  readonly createdAt: Date
  /** When it left ACTIVE. */
  readonly endedAt: Date | null
}

/** The part of `kid` that names the key within its DID. */
export function fragmentOf(kid: string): string {
  return kid.slice(kid.indexOf('#') + 1)
}

/** Name of the vault entry with the private half. The first key of an issuer had a place of its own before there were others. */
export function vaultNameOf(kid: string): string {
  const fragment = fragmentOf(kid)
  return fragment === 'key-1' ? 'issuer-service/signing-key' : `issuer-service/signing-key/${fragment}`
}

/** Keys as the DID document shows them: a retired one proves old credentials, and nothing else. */
export function publishedKeys(keys: readonly Pick<IssuerKey, 'kid' | 'publicJwk' | 'state'>[]): PublishedKey[] {
  return keys.flatMap(({ kid, publicJwk, state }) => {
    if (state === 'ACTIVE') return [{ kid, publicJwk }]
    return state === 'RETIRED' ? [{ kid, publicJwk, relationships: ['assertionMethod'] }] : []
  })
}
