import type { ServiceModule } from '@weft/foundation/assembly'
import { Type } from 'typebox'
import { type AccessAgentSettings, accessAgentModule, accessAgentSettings } from './access/agent.ts'
import {
  type ControlPlaneAgentSettings,
  controlPlaneAgentModule,
  controlPlaneAgentSettings,
} from './control-plane/agent.ts'
import {
  type CredentialOnboardingAgentSettings,
  credentialOnboardingAgentModule,
  credentialOnboardingAgentSettings,
} from './credential-onboarding/agent.ts'
import { type DataPlaneAgentSettings, dataPlaneAgentModule, dataPlaneAgentSettings } from './data-plane/agent.ts'
import {
  type IdentityHubAgentSettings,
  identityHubAgentModule,
  identityHubAgentSettings,
} from './identity-hub/agent.ts'
import {
  type IssuerRegistrationAgentSettings,
  issuerRegistrationAgentModule,
  issuerRegistrationAgentSettings,
} from './issuer-registration/agent.ts'

/** Settings of all agents, for a process that runs them together. */
export const agentsSettings = Type.Object({
  access: accessAgentSettings,
  controlPlane: controlPlaneAgentSettings,
  identityHub: identityHubAgentSettings,
  issuerRegistration: issuerRegistrationAgentSettings,
  credentialOnboarding: credentialOnboardingAgentSettings,
  dataPlane: dataPlaneAgentSettings,
})

export interface AgentsSettings {
  readonly access: AccessAgentSettings
  readonly controlPlane: ControlPlaneAgentSettings
  readonly identityHub: IdentityHubAgentSettings
  readonly issuerRegistration: IssuerRegistrationAgentSettings
  readonly credentialOnboarding: CredentialOnboardingAgentSettings
  readonly dataPlane: DataPlaneAgentSettings
}

/**
 * All agents, each a module of its own with its own workload client. Together in one process they share its memory: a
 * shape for trying and testing; in production each module runs in a process that has its settings only.
 */
export function agentsModules(settings: AgentsSettings): ServiceModule[] {
  return [
    accessAgentModule(settings.access),
    controlPlaneAgentModule(settings.controlPlane),
    identityHubAgentModule(settings.identityHub),
    issuerRegistrationAgentModule(settings.issuerRegistration),
    credentialOnboardingAgentModule(settings.credentialOnboarding),
    dataPlaneAgentModule(settings.dataPlane),
  ]
}
