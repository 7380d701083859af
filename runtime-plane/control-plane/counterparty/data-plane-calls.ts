import { createWorkloadTokens, type ParticipantContextId, type WorkloadTokens } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { internalCalls, type OutboundClient } from '@weft/foundation/http'
import type { Vault } from '@weft/foundation/secrets'
import { type DpsCall, exchangeToken } from '@weft/protocols/dps'
import type { Clock } from '@weft/protocols/trust'
import { LRUCache } from 'lru-cache'
import type { DataPlane, DataPlaneAuthorization } from '../domain/data-plane.ts'
import { serviceErrors } from '../errors.ts'

/** What a signal to a data plane of a participant needs: its address and a token that it accepts. */
export interface DataPlaneCalls {
  /**
   * @throws `access.workload-token-refused`, what exchanging a token and the outbound client throw,
   *   `control-plane.data-plane-secret-missing`
   */
  to(contextId: ParticipantContextId, plane: DataPlane): Promise<DpsCall>
}

export interface DataPlaneCallsOptions {
  readonly outbound: OutboundClient
  readonly vault: Vault
  /** This service's own tokens: for data planes of the same deployment, and what brokers exchange. */
  readonly workloadTokens: WorkloadTokens
  readonly controlPlaneId: string
  readonly clock: Clock
}

const mostTokens = 1000
/** A token is not used in its last moments, so that it does not expire on its way. */
const renewBeforeMs = 10_000

/** Calls with the token that the registration of the data plane asks for (DPS 4.7). */
export function createDataPlaneCalls(options: DataPlaneCallsOptions): DataPlaneCalls {
  const { outbound, vault, workloadTokens, controlPlaneId, clock } = options
  // By the name of the secret, which is new with each registration.
  const clients = new LRUCache<string, WorkloadTokens>({ max: mostTokens })
  const exchanged = new LRUCache<string, { readonly token: string; readonly until: number }>({ max: mostTokens })

  const clientToken = async (
    contextId: ParticipantContextId,
    authorization: Extract<DataPlaneAuthorization, { type: 'oauth2_client_credentials' }>,
  ): Promise<string> => {
    const key = `${contextId} ${authorization.secretRef}`
    const known = clients.get(key)
    if (known) return known.token()
    const clientSecret = await vault.partition(contextId).get(authorization.secretRef)
    if (clientSecret === undefined) throw new WeftError(serviceErrors['data-plane-secret-missing'])
    const { tokenEndpoint: tokenUrl, clientId } = authorization
    const tokens = createWorkloadTokens({ tokenUrl, clientId, clientSecret, outbound, now: clock })
    clients.set(key, tokens)
    return tokens.token()
  }

  /** Kept by whom it is for; our own credential is taken anew for each exchange. */
  const exchangedToken = async (tokenExchangeEndpoint: string, audience: string): Promise<string> => {
    const key = JSON.stringify([tokenExchangeEndpoint, audience])
    const known = exchanged.get(key)
    if (known && known.until > clock()) return known.token
    const { token, expiresInSeconds } = await exchangeToken((request) => outbound.send(request), {
      tokenExchangeEndpoint,
      subjectToken: await workloadTokens.token(),
      resource: controlPlaneId,
      audience,
    })
    exchanged.set(key, { token, until: clock() + expiresInSeconds * 1000 - renewBeforeMs })
    return token
  }

  return {
    to: async (contextId, { id, endpoint, authorization }) => {
      switch (authorization.type) {
        case 'workload':
          // Only a service of the deployment can have registered a plane that takes our own token: it may stand inside.
          return { outbound: internalCalls(outbound), endpoint, token: await workloadTokens.token() }
        case 'oauth2_client_credentials':
          return { outbound, endpoint, token: await clientToken(contextId, authorization) }
        case 'oauth2_token_exchange':
          return { outbound, endpoint, token: await exchangedToken(authorization.tokenExchangeEndpoint, id) }
      }
    },
  }
}
