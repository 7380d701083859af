/**
 * Renewing a credential before it expires. NONE: it never expires, or too soon. SCHEDULED: its issuer is asked at `at`,
 * again if there is an `error`. REQUESTED: its issuer was asked. FAILED: given up; somebody has to look.
 */
export type RenewalState = 'NONE' | 'SCHEDULED' | 'REQUESTED' | 'FAILED'

export interface Renewal {
  readonly state: RenewalState
  readonly at: Date | null
  /** Requests that came to nothing so far. */
  readonly attempts: number
  /** The request that is on its way, or was the last. */
  readonly holderPid: string | null
  /** Why the last request came to nothing. */
  readonly error: { readonly code: string; readonly reason: string } | null
}

/** Names this kind of process in the engine's tables. */
export const renewalProcess = 'credential_renewal'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** A credential with less life than that cannot be renewed in time. */
const shortestLifeMs = minuteMs
const maxAttempts = 30

export const noRenewal: Renewal = { state: 'NONE', at: null, attempts: 0, holderPid: null, error: null }

/** The schedule of a credential that is kept now: its issuer is asked when `share` of the life is left that it has now. */
export function firstRenewal(validUntil: Date | undefined, now: number, share: number): Renewal {
  const lifeMs = validUntil === undefined ? 0 : validUntil.getTime() - now
  if (lifeMs < shortestLifeMs) return noRenewal
  return { ...noRenewal, state: 'SCHEDULED', at: new Date(now + lifeMs * (1 - share)) }
}

/**
 * What follows a request that came to nothing: another one after a pause that doubles from five minutes to a day and
 * never takes more than half of what is left; or the end, after thirty, or when there is no life left.
 */
export function afterFailure(
  renewal: Renewal,
  error: NonNullable<Renewal['error']>,
  validUntil: Date | undefined,
  now: number,
): Renewal {
  const attempts = renewal.attempts + 1
  const leftMs = validUntil === undefined ? Number.POSITIVE_INFINITY : validUntil.getTime() - now
  const pauseMs = Math.min(5 * minuteMs * 2 ** (attempts - 1), dayMs, leftMs / 2)
  if (attempts >= maxAttempts || leftMs - pauseMs < shortestLifeMs) {
    return { ...renewal, state: 'FAILED', at: null, attempts, error }
  }
  return { ...renewal, state: 'SCHEDULED', at: new Date(now + pauseMs), attempts, error }
}
