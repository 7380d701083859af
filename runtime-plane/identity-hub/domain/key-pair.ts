import type { PublicJwk } from '@weft/protocols/trust'

/** What a key may sign: tokens and access tokens, presentations, credentials. */
export type KeyUsage = 'sign_token' | 'sign_presentation' | 'sign_credentials'

export const allKeyUsages: readonly KeyUsage[] = ['sign_token', 'sign_presentation', 'sign_credentials']

/** The public part of a key pair; the private part is in the vault partition of its participant context. */
export interface KeyPair {
  readonly id: string
  /** DID URL of the verification method: the `kid` of everything it signs. */
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly usage: readonly KeyUsage[]
  readonly createdAt: Date
}

/** Where the private part is kept in the vault partition. */
export function secretNameOfKey(keyPairId: string): string {
  return `identity-hub/key/${keyPairId}`
}

/** The key pair that signs for a usage: the first one that has it. `keyPairs` are in the order of their making. */
export function keyPairFor(keyPairs: readonly KeyPair[], usage: KeyUsage): KeyPair | undefined {
  return keyPairs.find((pair) => pair.usage.includes(usage))
}
