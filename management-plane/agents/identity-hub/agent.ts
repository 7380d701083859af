import type { ServiceModule } from '@weft/foundation/assembly'
import { createApiClient } from '@weft/sdk'
import { type Static, Type } from 'typebox'
import { type Outcome, participantContext, participantDid } from '../runtime/activity.ts'
import type { Agent } from '../runtime/agent.ts'
import { type ApiAccess, agentModule } from '../runtime/agent-module.ts'
import { baseUrl, type WithWorkload, workloadClient } from '../runtime/workload-client.ts'

const placeholder = '{participantContextId}'

function urlTemplate(description: string) {
  return Type.String({
    pattern: '^https?://.*\\{participantContextId\\}',
    description: `${description}; ${placeholder} is replaced.`,
  })
}

export const identityHubAgentSettings = Type.Object({
  workload: workloadClient,
  identityUrl: baseUrl('Identity API of the cell: http://127.0.0.1:7101/api/identity/v1beta'),
  credentialServiceUrl: urlTemplate(
    'Public URL of a credential service: http://localhost:7100/credentials/v1/participants/{participantContextId}',
  ),
  dataServiceUrl: urlTemplate(
    'Public URL of a DSP version endpoint: http://localhost:7100/dsp/{participantContextId}/.well-known/dspace-version',
  ),
})

export type IdentityHubAgentSettings = WithWorkload<Static<typeof identityHubAgentSettings>>

type IdentityApi = {
  'POST /participants': {
    body: {
      participantContextId: string
      did: string
      active: boolean
      provisionStsAccount: boolean
      keys: { keyId: string; keyGeneratorParams: { algorithm: 'EC'; curve: 'secp256r1' } }[]
      serviceEndpoints: { id: string; type: string; serviceEndpoint: string }[]
    }
    answer: unknown
  }
}

/**
 * Creates the participant context at the identity hub: DID, key pair (made there), and the two services that partners
 * look up in the DID document. No STS account is asked for: the control plane gets tokens with its own workload client.
 */
function identityHubAgent(settings: IdentityHubAgentSettings, access: ApiAccess): Agent {
  const identity = createApiClient<IdentityApi>({ baseUrl: settings.identityUrl, ...access })
  return {
    activityType: 'identity-hub',
    deploy: async (activity): Promise<Outcome> => {
      const participantContextId = participantContext(activity)
      const did = participantDid(activity)
      const service = (type: string, id: string, template: string) => ({
        id: `${did}#${id}`,
        type,
        serviceEndpoint: template.replaceAll(placeholder, participantContextId),
      })
      await identity.call('POST /participants', {
        body: {
          participantContextId,
          did,
          active: true,
          provisionStsAccount: false,
          keys: [{ keyId: `${did}#key-1`, keyGeneratorParams: { algorithm: 'EC', curve: 'secp256r1' } }],
          serviceEndpoints: [
            service('CredentialService', 'credential-service', settings.credentialServiceUrl),
            service('DataService', 'data-service', settings.dataServiceUrl),
          ],
        },
      })
      return { kind: 'complete', outputs: {} }
    },
  }
}

/** The identity hub agent as a part of a process. */
export function identityHubAgentModule(settings: IdentityHubAgentSettings): ServiceModule {
  return agentModule({
    name: 'identity-hub-agent',
    workload: settings.workload,
    makeAgent: (access) => identityHubAgent(settings, access),
  })
}
