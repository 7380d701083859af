import type { ProvisionManagerApi } from '../generated/provision-manager.ts'

/** Where a running platform is reached and with which of the operator's clients. The demo knows nothing else of it. */
export interface Platform {
  readonly identityProvider: {
    /** Its issuer URL, `http://localhost:7130`; the token endpoint is `/token` below it. */
    readonly publicUrl: string
    readonly adminUrl: string
  }
  readonly runtime: { readonly publicUrl: string; readonly adminUrl: string }
  readonly governance: { readonly publicUrl: string; readonly adminUrl: string }
  readonly fabric: {
    readonly adminUrl: string
    /** What the agents of this platform can do, and how they deploy a participant: the operator stores both once. */
    readonly activityDefinitions: readonly ActivityDefinition[]
    readonly orchestrationTemplate: OrchestrationTemplate
  }
  /** The operator's administrator: may do everything through the administration APIs. */
  readonly admin: ClientCredentials
  /** The operator's provisioner: onboards, sees nothing of a participant's business. */
  readonly provisioner: ClientCredentials
}

/** The origins that a client of the platform calls. */
export function originsOf(platform: Platform): string[] {
  return [
    platform.identityProvider.publicUrl,
    platform.identityProvider.adminUrl,
    platform.runtime.publicUrl,
    platform.runtime.adminUrl,
    platform.governance.publicUrl,
    platform.governance.adminUrl,
    platform.fabric.adminUrl,
  ]
}

type ActivityDefinition = ProvisionManagerApi['POST /activity-definitions']['body']
type OrchestrationTemplate = ProvisionManagerApi['POST /orchestration-definitions']['body']

export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

/** The dataspace profile that the demo trades under: the last segment of every DSP address. */
export const dataspaceProfile = 'http-dsp-profile-2025-1'
