import { createWorkloadTokens, type ParticipantContextId, type WorkloadTokens } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { internalCalls, type OutboundClient } from '@weft/foundation/http'
import type { Vault } from '@weft/foundation/secrets'
import type { DpsCall } from '@weft/protocols/dps'
import { LRUCache } from 'lru-cache'
import type { DataPlane } from '../domain/data-plane.ts'
import { serviceErrors } from '../errors.ts'

/** What a signal to a data plane of a participant needs: its address and a token that it accepts. */
export interface DataPlaneCalls {
  /** @throws `access.workload-token-refused`, what the outbound client throws, `control-plane.data-plane-secret-missing` */
  to(contextId: ParticipantContextId, plane: DataPlane): Promise<DpsCall>
}

export interface DataPlaneCallsOptions {
  readonly outbound: OutboundClient
  readonly vault: Vault
  /** This service's own tokens, for data planes of the same deployment. */
  readonly workloadTokens: WorkloadTokens
}

const mostClients = 1000

/** Calls with this service's own token, or with one of the client that the data plane registered (DPS 4.7). */
export function createDataPlaneCalls(options: DataPlaneCallsOptions): DataPlaneCalls {
  const { outbound, vault } = options
  // By the name of the secret, which is new with each registration.
  const clients = new LRUCache<string, WorkloadTokens>({ max: mostClients })
  const tokensFor = async (contextId: ParticipantContextId, plane: DataPlane): Promise<WorkloadTokens> => {
    const { authorization } = plane
    if (authorization.type === 'workload') return options.workloadTokens
    const key = `${contextId} ${authorization.secretRef}`
    const known = clients.get(key)
    if (known) return known
    const clientSecret = await vault.partition(contextId).get(authorization.secretRef)
    if (clientSecret === undefined) throw new WeftError(serviceErrors['data-plane-secret-missing'])
    const { tokenEndpoint: tokenUrl, clientId } = authorization
    const tokens = createWorkloadTokens({ tokenUrl, clientId, clientSecret, outbound })
    clients.set(key, tokens)
    return tokens
  }
  return {
    to: async (contextId, plane) => ({
      // Only a service of the deployment can have registered a plane that takes our own token: it may stand inside.
      outbound: plane.authorization.type === 'workload' ? internalCalls(outbound) : outbound,
      endpoint: plane.endpoint,
      token: await (await tokensFor(contextId, plane)).token(),
    }),
  }
}
