import type { ServiceModule } from '@weft/foundation/assembly'
import { createApiClient } from '@weft/sdk'
import { type Static, Type } from 'typebox'
import { type Outcome, participantContext } from '../runtime/activity.ts'
import type { Agent } from '../runtime/agent.ts'
import { type ApiAccess, agentModule } from '../runtime/agent-module.ts'
import { baseUrl, type WithWorkload, workloadClient } from '../runtime/workload-client.ts'

export const dataPlaneAgentSettings = Type.Object({
  workload: workloadClient,
  dataPlaneUrl: baseUrl('Administration API of the data plane: http://127.0.0.1:7101/api/data-plane/v1'),
})

export type DataPlaneAgentSettings = WithWorkload<Static<typeof dataPlaneAgentSettings>>

type DataPlaneApi = {
  'PUT /participants/{participantContextId}': { path: { participantContextId: string }; answer: unknown }
}

/** Enables the participant at the data plane, which then registers itself at the control plane. */
function dataPlaneAgent(settings: DataPlaneAgentSettings, access: ApiAccess): Agent {
  const dataPlane = createApiClient<DataPlaneApi>({ baseUrl: settings.dataPlaneUrl, ...access })
  return {
    activityType: 'data-plane',
    deploy: async (activity): Promise<Outcome> => {
      const path = { participantContextId: participantContext(activity) }
      await dataPlane.call('PUT /participants/{participantContextId}', { path })
      return { kind: 'complete', outputs: {} }
    },
  }
}

/** The data plane agent as a part of a process. */
export function dataPlaneAgentModule(settings: DataPlaneAgentSettings): ServiceModule {
  return agentModule({
    name: 'data-plane-agent',
    workload: settings.workload,
    makeAgent: (access) => dataPlaneAgent(settings, access),
  })
}
