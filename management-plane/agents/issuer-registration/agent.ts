import type { ServiceModule } from '@weft/foundation/assembly'
import { createApiClient } from '@weft/sdk'
import { type Static, Type } from 'typebox'
import { type JsonObject, type Outcome, participantDid, vpaOf } from '../runtime/activity.ts'
import type { Agent } from '../runtime/agent.ts'
import { type ApiAccess, agentModule } from '../runtime/agent-module.ts'
import { baseUrl, type WithWorkload, workloadClient } from '../runtime/workload-client.ts'

export const issuerRegistrationAgentSettings = Type.Object({
  workload: workloadClient,
  issuerAdminUrl: baseUrl('Administration API of the issuer service: http://127.0.0.1:7111/api/issuer/v1beta'),
  issuerContextId: Type.String({
    minLength: 1,
    default: 'issuer',
    description: 'The issuer at whom holders are registered.',
  }),
})

export type IssuerRegistrationAgentSettings = WithWorkload<Static<typeof issuerRegistrationAgentSettings>>

type IssuerAdminApi = {
  'POST /participants/{participantContextId}/holders': {
    path: { participantContextId: string }
    body: { holderId: string; did: string; name: string; properties: JsonObject }
    answer: unknown
  }
}

/**
 * Registers the participant as a holder at the issuer, with the properties of its `cfm.issuer` VPA: what the issuer's
 * attestations are made from.
 */
function issuerRegistrationAgent(settings: IssuerRegistrationAgentSettings, access: ApiAccess): Agent {
  const issuer = createApiClient<IssuerAdminApi>({ baseUrl: settings.issuerAdminUrl, ...access })
  return {
    activityType: 'issuer-registration',
    deploy: async (activity): Promise<Outcome> => {
      const did = participantDid(activity)
      const properties = vpaOf(activity, 'cfm.issuer')?.properties ?? {}
      const name = [activity.data['cfm.participant.holdername'], properties.name].find(isText) ?? did
      await issuer.call('POST /participants/{participantContextId}/holders', {
        path: { participantContextId: settings.issuerContextId },
        body: { holderId: did, did, name, properties },
      })
      return { kind: 'complete', outputs: {} }
    },
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** The issuer registration agent as a part of a process. */
export function issuerRegistrationAgentModule(settings: IssuerRegistrationAgentSettings): ServiceModule {
  return agentModule({
    name: 'issuer-registration-agent',
    workload: settings.workload,
    makeAgent: (access) => issuerRegistrationAgent(settings, access),
  })
}
