import { isJsonObject, type JsonObject } from '@weft/protocols/policy'
import type { CredentialSpec } from './dataspace-profile.ts'
import { type ManifestId, newId } from './ids.ts'
import type { DeploymentResult, ParticipantProfile } from './participant-profile.ts'

/** Subjects on which tenant manager and provision manager meet. */
export const subjects = {
  request: 'fabric.orchestration.request',
  progress: 'fabric.orchestration.progress',
  response: 'fabric.orchestration.response',
} as const

const deployType = 'cfm.orchestration.vpa.deploy'

/** What the provision manager is asked to run. */
export interface OrchestrationManifest {
  readonly id: ManifestId
  /** The participant profile. */
  readonly correlationId: string
  readonly orchestrationType: typeof deployType
  readonly payload: JsonObject
}

/**
 * The manifest that deploys a pending profile. The payload has what agents need and nothing secret; `cfm.tenant.id`
 * travels so that the runtime can put it into its log lines as an opaque id.
 */
export function deployManifest(
  profile: ParticipantProfile,
  credentials: readonly CredentialSpec[],
): OrchestrationManifest {
  return {
    id: newId(),
    correlationId: profile.id,
    orchestrationType: deployType,
    payload: {
      'cfm.participant.id': profile.identifier,
      'cfm.tenant.id': profile.tenantId,
      'cfm.vpa.data': profile.vpas.map(({ id, type, cellId, externalCellId, properties }) => ({
        id,
        vpaType: type,
        cellId,
        externalCellId,
        properties,
      })),
      'cfm.vpa.credentials': credentials.map(({ id, type, issuer, format, role }) => ({
        id,
        type,
        issuer,
        format,
        role: role ?? '',
      })),
    },
  }
}

/** Some activity of an orchestration is done. */
export interface Progress {
  readonly manifestId: ManifestId
  /** VPAs of which no activity is outstanding. */
  readonly vpaTypes: readonly string[]
}

/** An orchestration ended. */
export interface Response {
  readonly manifestId: ManifestId
  readonly result: DeploymentResult
}

/** Whether a message is about a deployment of ours; other orchestrations use the same subjects. */
export function isAboutDeployment(body: JsonObject): boolean {
  return body.orchestrationType === deployType
}

/** Reads a progress message; undefined when it is none. */
export function readProgress(body: JsonObject): Progress | undefined {
  const { manifestId, vpaTypes } = body
  if (typeof manifestId !== 'string' || !isTextList(vpaTypes)) return undefined
  return { manifestId: manifestId as ManifestId, vpaTypes }
}

/** Reads a response; undefined when it is none. */
export function readResponse(body: JsonObject): Response | undefined {
  const { manifestId, success, properties, errorCode, errorDetail } = body
  if (typeof manifestId !== 'string' || typeof success !== 'boolean') return undefined
  const outputs = isJsonObject(properties) ? properties : {}
  return {
    manifestId: manifestId as ManifestId,
    result: success
      ? { success, properties: outputs }
      : {
          success,
          properties: outputs,
          errorCode: typeof errorCode === 'string' ? errorCode : 'tenant-manager.deployment-failed',
          errorDetail:
            typeof errorDetail === 'string' && errorDetail !== ''
              ? errorDetail
              : 'The deployment failed without a reason.',
        },
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
