import { createWorkloadTokens, type ParticipantContextId, type WorkloadTokens } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { internalCalls, type OutboundClient } from '@weft/foundation/http'
import type { Vault } from '@weft/foundation/secrets'
import { type DpsCall, exchangeToken } from '@weft/protocols/dps'
import { LRUCache } from 'lru-cache'
import type { ControlPlane } from './domain/control-plane.ts'
import { dataPlaneErrors } from './domain/errors.ts'

/** What a call to a control plane needs: its address, and a token that it accepts. */
export interface ControlPlaneCalls {
  /** The deployment's own. @throws `access.workload-token-refused`, what the outbound client throws */
  toOwn(contextId: ParticipantContextId): Promise<DpsCall>
  /** One that registered. @throws `data-plane.control-plane-secret-missing`, and what getting a token throws */
  to(contextId: ParticipantContextId, plane: ControlPlane): Promise<DpsCall>
}

const mostTokens = 1_000
/** A token is not used in its last moments, so that it does not expire on its way. */
const renewBeforeMs = 10_000

export function createControlPlaneCalls(options: {
  readonly outbound: OutboundClient
  readonly vault: Vault
  readonly tokens: WorkloadTokens
  /** The deployment's control plane's signaling API. */
  readonly controlPlaneUrl: string
  readonly dataplaneId: string
  readonly clock: () => number
}): ControlPlaneCalls {
  const { outbound, vault, tokens, dataplaneId, clock } = options
  const inside = internalCalls(outbound)
  // By the name of the secret, which is new with each registration.
  const clients = new LRUCache<string, WorkloadTokens>({ max: mostTokens })
  const exchanged = new LRUCache<string, { readonly token: string; readonly until: number }>({ max: mostTokens })

  const clientToken = async (
    contextId: ParticipantContextId,
    { secret }: ControlPlane,
    authorization: Extract<ControlPlane['authorization'], { type: 'oauth2_client_credentials' }>,
  ): Promise<string> => {
    const key = `${contextId} ${secret}`
    const known = clients.get(key)
    if (known) return known.token()
    const clientSecret = secret === null ? undefined : await vault.partition(contextId).get(secret)
    if (clientSecret === undefined) throw new WeftError(dataPlaneErrors['control-plane-secret-missing'])
    const { tokenEndpoint: tokenUrl, clientId } = authorization
    const made = createWorkloadTokens({ tokenUrl, clientId, clientSecret, outbound, now: clock })
    clients.set(key, made)
    return made.token()
  }

  /** Cached by whom it is for (4.7); our own credential is taken anew for each exchange. */
  const exchangedToken = async (endpoint: string, audience: string): Promise<string> => {
    const key = JSON.stringify([endpoint, audience])
    const known = exchanged.get(key)
    if (known && known.until > clock()) return known.token
    const { token, expiresInSeconds } = await exchangeToken((request) => outbound.send(request), {
      tokenExchangeEndpoint: endpoint,
      subjectToken: await tokens.token(),
      resource: dataplaneId,
      audience,
    })
    exchanged.set(key, { token, until: clock() + expiresInSeconds * 1000 - renewBeforeMs })
    return token
  }

  return {
    toOwn: async (contextId) => ({
      outbound: inside,
      endpoint: `${options.controlPlaneUrl.replace(/\/$/, '')}/participants/${contextId}`,
      token: await tokens.token(),
    }),
    to: async (contextId, plane) => {
      const { authorization, endpoint } = plane
      switch (authorization.type) {
        case 'workload':
          // Only a service of the deployment can have registered without keys: it may stand inside.
          return { outbound: inside, endpoint, token: await tokens.token() }
        case 'oauth2_client_credentials':
          return { outbound, endpoint, token: await clientToken(contextId, plane, authorization) }
        case 'oauth2_token_exchange':
          return { outbound, endpoint, token: await exchangedToken(authorization.tokenExchangeEndpoint, plane.id) }
      }
    },
  }
}
