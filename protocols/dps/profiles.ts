import { WeftError } from '@weft/foundation/errors'
import type { DataAddress } from '../dsp/index.ts'
import { dpsErrors } from './errors.ts'

/** Values of the HTTP profile of DPS (4.8); also the endpoint types of their data addresses. */
export const httpPullProfile = 'https://w3id.org/dspace-sig/profile/http-pull'
export const httpPushProfile = 'https://w3id.org/dspace-sig/profile/http-push'

/** What connectors built on EDC call pulling and pushing over HTTP. */
export const httpDataPull = 'HttpData-PULL'
export const httpDataPush = 'HttpData-PUSH'

export type FlowDirection = 'push' | 'pull'

/**
 * The direction of a transfer profile, by its name: `…-push`, `…-pull` in any case, also with a response channel behind a
 * slash (`HttpData-PULL/HttpData`).
 * @throws `dps.unsupported-profile` when the name tells none: every profile must (4.8)
 */
export function flowDirection(profile: string): FlowDirection {
  const suffix = /-(push|pull)(?:\/[^/]+)?$/i.exec(profile)?.[1]?.toLowerCase()
  if (suffix === 'push' || suffix === 'pull') return suffix
  throw new WeftError(dpsErrors['unsupported-profile'])
}

/**
 * Whether a message may, must or must not carry a data address: it goes to the data plane that does not own it (4.5).
 * `prepare` never has one; `start` has one for push (DPS-04), `started` for pull (DPS-05).
 *
 * @throws `dps.data-address-missing`, `dps.data-address-forbidden`, `dps.unsupported-profile`
 */
export function checkDataAddress(
  message: 'prepare' | 'start' | 'started',
  profile: string,
  address: DataAddress | undefined,
): void {
  const direction = flowDirection(profile)
  const expected = message === 'start' ? direction === 'push' : message === 'started' && direction === 'pull'
  if (expected && address === undefined) {
    throw new WeftError(dpsErrors['data-address-missing'], { field: '/dataAddress' })
  }
  if (!expected && address !== undefined) {
    throw new WeftError(dpsErrors['data-address-forbidden'], { field: '/dataAddress' })
  }
}
