import { deployType } from './runtime/activity.ts'

/** An activity definition as the provision manager's API takes it. */
export interface ActivityDefinitionBody {
  readonly type: string
  readonly description: string
}

/** An orchestration template as the provision manager's API takes it. */
export interface OrchestrationTemplateBody {
  readonly id: string
  readonly description: string
  readonly activities: Readonly<Record<string, readonly ActivityBody[]>>
}

interface ActivityBody {
  readonly id: string
  readonly type: string
  readonly dependsOn: readonly string[]
  readonly vpaType?: string
}

/** What the agents of this package can do; to be posted to `/activity-definitions` before the template. */
export const defaultActivityDefinitions: readonly ActivityDefinitionBody[] = [
  { type: 'access', description: 'API client and vault client of a participant' },
  { type: 'control-plane', description: 'Participant context at the control plane' },
  { type: 'identity-hub', description: 'DID, key pair and services at the identity hub' },
  { type: 'issuer-registration', description: 'Holder at the issuer' },
  { type: 'credential-onboarding', description: 'Credentials requested and issued' },
  { type: 'data-plane', description: 'Participant at the data plane' },
]

/**
 * How a participant is deployed; to be posted to `/orchestration-definitions`. The id is fixed, so that posting it again
 * replaces it.
 */
export const defaultOrchestrationTemplate: OrchestrationTemplateBody = {
  id: 'weft-participant',
  description: 'Deploys the four virtual participant agents of a participant',
  activities: {
    [deployType]: [
      activity('access', []),
      activity('control-plane', ['access'], 'cfm.connector'),
      activity('identity-hub', ['access'], 'cfm.credentialservice'),
      activity('issuer-registration', ['access'], 'cfm.issuer'),
      activity('credential-onboarding', ['identity-hub', 'issuer-registration'], 'cfm.credentialservice'),
      activity('data-plane', ['control-plane'], 'cfm.dataplane'),
    ],
  },
}

function activity(type: string, dependsOn: readonly string[], vpaType?: string): ActivityBody {
  return { id: type, type, dependsOn, ...(vpaType === undefined ? {} : { vpaType }) }
}
