import type { Did } from '../trust/index.ts'

/** One use of a token id. Ids are unique for a receiver and an issuer only. */
export interface TokenUse {
  readonly receiver: Did
  readonly issuer: Did
  readonly jti: string
  /** After this the token is refused as expired, and the use may be forgotten. */
  readonly expiresAt: Date
}

/** Remembers which tokens were used (DCP-10). Implemented over a database that all replicas share. */
export interface ReplayGuard {
  /** One atomic insert-if-absent by receiver, issuer and jti; false when it was there. */
  claim(use: TokenUse): Promise<boolean>
}

/** For receivers that do more with the message before they can answer. */
export interface ReleasableReplayGuard extends ReplayGuard {
  /**
   * Takes a claim back, after a fault of ours: partners repeat a request that got a 5xx with the same token (section
   * 10). Never after an answer below 500.
   */
  release(use: TokenUse): Promise<void>
}
