import type { JsonObject } from '@weft/protocols/policy'
import type { DeploymentState } from './deployment-state.ts'
import { type CellId, type DataspaceProfileId, newId, type ParticipantProfileId, type TenantId } from './ids.ts'

/** The virtual participant agents that every profile has, in this order. */
const vpaTypes = ['cfm.connector', 'cfm.credentialservice', 'cfm.dataplane', 'cfm.issuer'] as const
type VpaType = (typeof vpaTypes)[number]

/** The name under `properties` that holds what the deployment put out. */
const vpaStateProperty = 'cfm.vpa.state'

export interface Vpa {
  readonly id: string
  readonly version: number
  readonly type: VpaType
  readonly state: DeploymentState
  /** RFC 3339; when `state` was taken. */
  readonly stateTimestamp: string
  readonly cellId: CellId
  readonly externalCellId: string
  readonly properties: JsonObject
}

export interface ParticipantProfile {
  readonly id: ParticipantProfileId
  readonly version: number
  readonly tenantId: TenantId
  /** The participant's DID. */
  readonly identifier: string
  readonly dataspaceProfileIds: readonly DataspaceProfileId[]
  readonly participantRoles: Readonly<Record<string, readonly string[]>>
  readonly vpas: readonly Vpa[]
  readonly properties: JsonObject
  readonly error: boolean
  readonly errorCode: string | null
  readonly errorDetail: string | null
}

/** What somebody asks for when a participant shall be deployed. */
export interface ProfileRequest {
  readonly identifier: string
  readonly cellId?: string
  readonly dataspaceProfileIds?: readonly string[]
  readonly participantRoles?: Readonly<Record<string, readonly string[]>>
  readonly vpaProperties?: Readonly<Partial<Record<VpaType, JsonObject>>>
  readonly properties?: JsonObject
}

export interface ProfileTarget {
  readonly tenantId: TenantId
  readonly cell: { readonly id: CellId; readonly externalId: string | null }
  readonly dataspaceProfileIds: readonly DataspaceProfileId[]
}

/** A profile whose four VPAs wait to be deployed to one cell. */
export function pendingProfile(request: ProfileRequest, target: ProfileTarget, at: Date): ParticipantProfile {
  return {
    id: newId(),
    version: 0,
    tenantId: target.tenantId,
    identifier: request.identifier,
    dataspaceProfileIds: target.dataspaceProfileIds,
    participantRoles: request.participantRoles ?? {},
    vpas: vpaTypes.map((type) => ({
      id: newId(),
      version: 0,
      type,
      state: 'pending',
      stateTimestamp: at.toISOString(),
      cellId: target.cell.id,
      externalCellId: target.cell.externalId ?? '',
      properties: request.vpaProperties?.[type] ?? {},
    })),
    properties: request.properties ?? {},
    error: false,
    errorCode: null,
    errorDetail: null,
  }
}

/** How a deployment ended. */
export type DeploymentResult =
  | { readonly success: true; readonly properties: JsonObject }
  | {
      readonly success: false
      readonly properties: JsonObject
      readonly errorCode: string
      readonly errorDetail: string
    }

/** The profile after some VPAs are known to be deployed; the same object when that changes nothing. */
export function withActiveVpas(profile: ParticipantProfile, types: readonly string[], at: Date): ParticipantProfile {
  return withVpaStates(profile, (vpa) => (types.includes(vpa.type) ? 'active' : vpa.state), at)
}

/**
 * The profile after its deployment ended. Success makes every VPA active. A failure leaves the active ones as they
 * are, since they do run, and marks the others, with the reason on the profile. Outputs are kept in both cases.
 */
export function withDeploymentResult(
  profile: ParticipantProfile,
  result: DeploymentResult,
  at: Date,
): ParticipantProfile {
  const moved = withVpaStates(profile, () => (result.success ? 'active' : 'error'), at)
  return {
    ...moved,
    properties: { ...moved.properties, [vpaStateProperty]: result.properties },
    ...(result.success ? {} : { error: true, errorCode: result.errorCode, errorDetail: result.errorDetail }),
  }
}

/** Moves pending VPAs only: what is active, or failed, stays so and keeps its time. */
function withVpaStates(profile: ParticipantProfile, next: (vpa: Vpa) => DeploymentState, at: Date): ParticipantProfile {
  const vpas = profile.vpas.map((vpa) => {
    const state = vpa.state === 'pending' ? next(vpa) : vpa.state
    return state === vpa.state ? vpa : { ...vpa, state, stateTimestamp: at.toISOString(), version: vpa.version + 1 }
  })
  return vpas.every((vpa, index) => vpa === profile.vpas[index]) ? profile : { ...profile, vpas }
}
