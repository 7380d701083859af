import type { JwtClaims } from '../trust/index.ts'

/** Of clocks that differ; far below the 60 s that partners test with (DCP-09, DCP-11, X-10). */
export const leewaySeconds = 10

/** Longest life of a partner's token (DCP-50). */
export const maxLifetimeSeconds = 600

export type TimeFault = 'missing' | 'expired' | 'early'

/**
 * Compares the times of a token with the clock (DCP-09, DCP-11): `exp` in the past, `nbf` or `iat` in the future.
 * @param now milliseconds since the epoch
 * @returns undefined when all that are there are fine; `missing` also for one that is no number
 */
export function timeFault(claims: JwtClaims, now: number, required: readonly ('exp' | 'iat')[]): TimeFault | undefined {
  const seconds = now / 1000
  for (const name of ['exp', 'nbf', 'iat'] as const) {
    const value = claims[name]
    if (value === undefined && !required.some((needed) => needed === name)) continue
    if (typeof value !== 'number' || !Number.isFinite(value)) return 'missing'
    if (name === 'exp' && value <= seconds - leewaySeconds) return 'expired'
    if (name !== 'exp' && value > seconds + leewaySeconds) return 'early'
  }
  return undefined
}

/** Whether `aud` is this receiver: alone, or among others in an array. */
export function isAddressedTo(aud: unknown, receiver: string): boolean {
  return Array.isArray(aud) ? aud.includes(receiver) : aud === receiver
}
