import { participantContextId } from '@weft/foundation/access'
import type { ServiceModule } from '@weft/foundation/assembly'
import { createApiClient } from '@weft/sdk'
import { type Static, Type } from 'typebox'
import type { Outcome } from '../runtime/activity.ts'
import type { Agent } from '../runtime/agent.ts'
import { type ApiAccess, agentModule } from '../runtime/agent-module.ts'
import { baseUrl, type WithWorkload, workloadClient } from '../runtime/workload-client.ts'

export const accessAgentSettings = Type.Object({
  workload: workloadClient,
  clientsUrl: baseUrl('Client administration of the identity provider: http://127.0.0.1:7131/clients/v1'),
  vaultUrl: baseUrl('Vault client administration of the cell: http://127.0.0.1:7103/vault/v1'),
})

export type AccessAgentSettings = WithWorkload<Static<typeof accessAgentSettings>>

type ClientsApi = {
  'PUT /clients/{clientId}': {
    path: { clientId: string }
    body: { role: 'participant'; participantContextId: string; scopes: string[] }
    answer: unknown
  }
}
type VaultApi = {
  'PUT /clients/{clientId}': { path: { clientId: string }; body: { participantContextId: string }; answer: unknown }
}

/** What a participant's own client may do: run its business, look at its identity. */
const participantScopes = ['management-api:write', 'identity-api:read']

/**
 * Gives a participant its identities: an API client at the identity provider and a vault client, with two ids that are
 * neither each other nor the participant context's. Whoever may manage clients takes the API client's secret from the
 * identity provider; this agent never sees it.
 */
function accessAgent(settings: AccessAgentSettings, access: ApiAccess): Agent {
  const clients = createApiClient<ClientsApi>({ baseUrl: settings.clientsUrl, ...access })
  const vault = createApiClient<VaultApi>({ baseUrl: settings.vaultUrl, ...access })
  return {
    activityType: 'access',
    deploy: async (activity): Promise<Outcome> => {
      // Derived, so that a second run gives the same: the profile's id without dashes.
      const contextId = participantContextId(activity.correlationId.replaceAll('-', ''), 'correlationId')
      const apiClientId = `${contextId}-api`
      const vaultClientId = `${contextId}-vault`
      await clients.call('PUT /clients/{clientId}', {
        path: { clientId: apiClientId },
        body: { role: 'participant', participantContextId: contextId, scopes: participantScopes },
      })
      await vault.call('PUT /clients/{clientId}', {
        path: { clientId: vaultClientId },
        body: { participantContextId: contextId },
      })
      return { kind: 'complete', outputs: { participantContextId: contextId, apiClientId, vaultClientId } }
    },
  }
}

/** The access agent as a part of a process. */
export function accessAgentModule(settings: AccessAgentSettings): ServiceModule {
  return agentModule({
    name: 'access-agent',
    workload: settings.workload,
    makeAgent: (access) => accessAgent(settings, access),
  })
}
