import type { GeneratedAlgorithm, PublicJwk } from '@weft/protocols/trust'

/** What a key may sign: tokens and access tokens, presentations, credentials. */
export type KeyUsage = 'sign_token' | 'sign_presentation' | 'sign_credentials'

export const allKeyUsages: readonly KeyUsage[] = ['sign_token', 'sign_presentation', 'sign_credentials']

/**
 * CREATED: made, not used yet. ACTIVATED: signs. ROTATED: signs no more and has no private part; stays published until
 * what it signed has run out. REVOKED: neither signs nor is published (DCP-45).
 */
export type KeyPairState = 'CREATED' | 'ACTIVATED' | 'ROTATED' | 'REVOKED'

/** Names this kind of process in the engine's tables: the history of a key pair. */
export const keyPairProcess = 'key_pair'

/** The public part of a key pair; the private part is in the vault partition of its participant context. */
export interface KeyPair {
  readonly id: string
  /** DID URL of the verification method: the `kid` of everything it signs. */
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly usage: readonly KeyUsage[]
  readonly state: KeyPairState
  /** Signs where several could. */
  readonly isDefault: boolean
  /** The pair whose place this one takes when it is activated. */
  readonly replaces: string | null
  /** When a rotated key leaves the DID document. */
  readonly publishedUntil: Date | null
  readonly createdAt: Date
}

/** A key pair that the hub shall make. */
export interface KeyRequest {
  /** The part of the DID URL behind `#`. */
  readonly fragment: string
  readonly usage: readonly KeyUsage[]
  readonly algorithm: GeneratedAlgorithm
}

/** Where the private part is kept in the vault partition. */
export function secretNameOfKey(keyPairId: string): string {
  return `identity-hub/key/${keyPairId}`
}

/**
 * The key pair that signs for a usage: of the active ones that have it the default one, or else the oldest. `keyPairs`
 * are in the order of their making.
 */
export function keyPairFor(keyPairs: readonly KeyPair[], usage: KeyUsage): KeyPair | undefined {
  const usable = keyPairs.filter((pair) => pair.state === 'ACTIVATED' && pair.usage.includes(usage))
  return usable.find((pair) => pair.isDefault) ?? usable[0]
}

/** Whether signatures of a key are to be believed: it signs, or what it signed has not run out (DCP-45). */
export function isPublished(pair: Pick<KeyPair, 'state' | 'publishedUntil'>, now: number): boolean {
  if (pair.state === 'ACTIVATED') return true
  return pair.state === 'ROTATED' && pair.publishedUntil !== null && pair.publishedUntil.getTime() > now
}

/** A key that waits for its DID document, which somebody else hosts, to show it. */
function isPending(pair: Pick<KeyPair, 'state' | 'replaces'>): boolean {
  return pair.state === 'CREATED' && pair.replaces !== null
}

/** The keys of the DID document as whoever hosts it shall publish it: those that wait for it as well. */
export function keysToPublish(keyPairs: readonly KeyPair[], now: number): readonly KeyPair[] {
  return keyPairs.filter((pair) => isPublished(pair, now) || isPending(pair))
}

/** A key of the same kind as the one that it follows. */
export function successorRequest(of: KeyPair, fragment: string): KeyRequest {
  return { fragment, usage: of.usage, algorithm: of.publicJwk.kty === 'OKP' ? 'EdDSA' : 'ES256' }
}

const minuteMs = 60_000
/**
 * Nothing that a key of the hub signs lives longer: tokens five minutes, presentations two; the rest is for clocks and
 * for documents in partners' caches.
 */
const shortestPublicationMs = 10 * minuteMs
const usualPublicationMs = 24 * 60 * minuteMs

/** Until when a key that is rotated now stays published; never less than what it signed lives (DCP-45). */
export function publishedUntil(now: number, askedMs: number | undefined): Date {
  return new Date(now + Math.max(askedMs ?? usualPublicationMs, shortestPublicationMs))
}
