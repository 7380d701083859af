import type { ServiceModule } from '@weft/foundation/assembly'
import { createApiClient } from '@weft/sdk'
import { type Static, Type } from 'typebox'
import { fabricIds, type JsonObject, type Outcome, participantContext, participantDid } from '../runtime/activity.ts'
import type { Agent } from '../runtime/agent.ts'
import { type ApiAccess, agentModule } from '../runtime/agent-module.ts'
import { baseUrl, type WithWorkload, workloadClient } from '../runtime/workload-client.ts'

export const controlPlaneAgentSettings = Type.Object({
  workload: workloadClient,
  managementUrl: baseUrl('Management API of the cell: http://127.0.0.1:7101/api/management/v5beta'),
  profiles: Type.Array(Type.String(), {
    minItems: 1,
    default: ['http-dsp-profile-2025-1'],
    description: 'Dataspace profiles of the control plane that participants speak.',
  }),
})

export type ControlPlaneAgentSettings = WithWorkload<Static<typeof controlPlaneAgentSettings>>

type ManagementApi = {
  'POST /participants': { body: JsonObject; answer: unknown }
  'PUT /participants/{participantContextId}/profiles': {
    path: { participantContextId: string }
    body: JsonObject
    answer: unknown
  }
}

const context = { '@context': ['https://w3id.org/edc/connector/management/v2'] }

/** Creates the participant context at the control plane and lets it speak the dataspace profiles. */
function controlPlaneAgent(settings: ControlPlaneAgentSettings, access: ApiAccess): Agent {
  const management = createApiClient<ManagementApi>({ baseUrl: settings.managementUrl, ...access })
  return {
    activityType: 'control-plane',
    deploy: async (activity): Promise<Outcome> => {
      const participantContextId = participantContext(activity)
      await management.call('POST /participants', {
        body: {
          ...context,
          '@type': 'ParticipantContext',
          '@id': participantContextId,
          identity: participantDid(activity),
          properties: fabricIds(activity, 'cfm.connector'),
          state: 'ACTIVATED',
        },
      })
      await management.call('PUT /participants/{participantContextId}/profiles', {
        path: { participantContextId },
        body: { ...context, '@type': 'AssociateDataspaceProfile', profiles: settings.profiles },
      })
      return { kind: 'complete', outputs: {} }
    },
  }
}

/** The control plane agent as a part of a process. */
export function controlPlaneAgentModule(settings: ControlPlaneAgentSettings): ServiceModule {
  return agentModule({
    name: 'control-plane-agent',
    workload: settings.workload,
    makeAgent: (access) => controlPlaneAgent(settings, access),
  })
}
