import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { dpsErrors, type HttpAccess, readHttpAddress, renewToken } from '@weft/protocols/dps'
import type { DataAddress } from '@weft/protocols/dsp'
import type { ClientTokens } from './client-tokens.ts'
import type { DataFlow } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import type { Peer } from './domain/transport.ts'
import type { PlaceSecrets } from './place-secrets.ts'

/** The counterparties' endpoints that this data plane uses itself, with their tokens. */
export interface PeerAccess {
  /** Keeps an address that was checked; returns the name of its vault entry. @throws `dps.invalid-data-address` */
  keep(contextId: ParticipantContextId, profile: string, address: DataAddress): Promise<string>
  of(flow: DataFlow): Peer
}

/** What is kept of a counterparty's address: what it said, and how long its token is good. */
interface KeptAccess {
  readonly access: HttpAccess
  /** Milliseconds since the epoch; null where the address says nothing. */
  readonly expiresAt: number | null
}

/** Renewed that long before it expires, so that no request starts with a token that ends on its way. */
const renewBeforeMs = 30_000

/** Addresses in the vault; tokens are renewed one at a time for each flow, since a refresh token is good once (DPS-23). */
export function createPeerAccess(options: {
  readonly placeSecrets: PlaceSecrets
  readonly outbound: OutboundClient
  readonly clientTokens: ClientTokens
  readonly clock: () => number
}): PeerAccess {
  const { placeSecrets, outbound, clientTokens, clock } = options
  const renewing = new Map<string, Promise<KeptAccess>>()

  const expiryOf = (seconds: number | undefined): number | null =>
    seconds === undefined ? null : clock() + seconds * 1000

  const renew = async (flow: DataFlow, name: string, { access }: KeptAccess): Promise<KeptAccess> => {
    const { renewal, token, endpoint } = access
    // Without a way to renew, the token is used for as long as the provider takes it.
    if (!renewal || token === undefined) throw new WeftError(dpsErrors['renewal-refused'])
    const renewed = await renewToken((request) => outbound.send(request), {
      refreshEndpoint: renewal.refreshEndpoint ?? endpoint,
      refreshToken: renewal.refreshToken,
      clientToken: await clientTokens.make(flow.participant, flow.counterparty, token),
    })
    const next: KeptAccess = {
      access: {
        ...access,
        token: renewed.accessToken,
        renewal: { ...renewal, refreshToken: renewed.refreshToken ?? renewal.refreshToken },
      },
      expiresAt: expiryOf(renewed.expiresIn),
    }
    await placeSecrets.replace(flow.participantContextId, name, next)
    return next
  }

  const renewOnce = (flow: DataFlow, name: string, kept: KeptAccess): Promise<KeptAccess> => {
    const running = renewing.get(name)
    if (running) return running
    const started = renew(flow, name, kept).finally(() => renewing.delete(name))
    renewing.set(name, started)
    return started
  }

  return {
    keep: (contextId, profile, address) => {
      const access = readHttpAddress(profile, address)
      const kept: KeptAccess = { access, expiresAt: expiryOf(access.renewal?.expiresIn) }
      return placeSecrets.keep(contextId, kept)
    },
    of: (flow) => ({
      access: async (renewNow = false) => {
        const name = flow.peerSecret
        const kept = (await placeSecrets.read(flow.participantContextId, name)) as KeptAccess | undefined
        if (name === null || !kept)
          throw new WeftError(dataPlaneErrors['source-refused'], { detail: 'no address kept' })
        const { renewal } = kept.access
        const lifeMs = (renewal?.expiresIn ?? 0) * 1000
        const early = Math.min(renewBeforeMs, lifeMs / 2)
        const isOld = renewal !== undefined && kept.expiresAt !== null && kept.expiresAt - early <= clock()
        return isOld || renewNow ? (await renewOnce(flow, name, kept)).access : kept.access
      },
    }),
  }
}
