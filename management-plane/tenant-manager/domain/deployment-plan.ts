import type { Cell } from './cell.ts'
import type { CredentialSpec, DataspaceProfile } from './dataspace-profile.ts'
import type { ProfileRequest } from './participant-profile.ts'

/** Where a participant goes and what it needs there. */
export interface DeploymentPlan {
  readonly cell: Cell
  readonly dataspaceProfiles: readonly DataspaceProfile[]
  readonly credentials: readonly CredentialSpec[]
}

/** Why there is no plan: the request names something unknown, or no cell can take the participant now. */
export type PlanFault =
  | { readonly kind: 'unknown-dataspace-profile'; readonly field: string; readonly id: string }
  | { readonly kind: 'no-dataspace-profile' }
  | { readonly kind: 'unknown-cell'; readonly id: string }
  | { readonly kind: 'no-active-cell'; readonly id?: string }

/**
 * Chooses dataspace profiles, cell and credentials of a new participant.
 * Without `dataspaceProfileIds` it joins every dataspace. The cell is the one asked for, else the first that fits: it is
 * active, and one of the dataspaces is actively deployed to it.
 */
export function planDeployment(
  request: ProfileRequest,
  cells: readonly Cell[],
  profiles: readonly DataspaceProfile[],
): DeploymentPlan | { readonly fault: PlanFault } {
  const asked = request.dataspaceProfileIds ?? []
  const known = new Set<string>(profiles.map(({ id }) => id))
  const unknown = asked.findIndex((id) => !known.has(id))
  if (unknown >= 0) return unknownProfile(`/dataspaceProfileIds/${unknown}`, asked[unknown] ?? '')
  const chosen = asked.length === 0 ? profiles : profiles.filter((profile) => asked.includes(profile.id))
  if (chosen.length === 0) return { fault: { kind: 'no-dataspace-profile' } }
  const stranger = Object.keys(request.participantRoles ?? {}).find(
    (id) => !chosen.some((profile) => profile.id === id),
  )
  if (stranger !== undefined) return unknownProfile(`/participantRoles/${stranger}`, stranger)

  const wanted = request.cellId
  if (wanted !== undefined && !cells.some((cell) => cell.id === wanted))
    return { fault: { kind: 'unknown-cell', id: wanted } }
  const cell = cells.find((one) => (wanted === undefined || one.id === wanted) && takes(one, chosen))
  if (!cell) return { fault: { kind: 'no-active-cell', ...(wanted === undefined ? {} : { id: wanted }) } }
  return { cell, dataspaceProfiles: chosen, credentials: credentialsFor(chosen, request.participantRoles ?? {}) }
}

function takes(cell: Cell, profiles: readonly DataspaceProfile[]): boolean {
  if (cell.state !== 'active') return false
  return profiles.some(({ deployments }) => deployments.some((one) => one.cellId === cell.id && one.state === 'active'))
}

/** Per dataspace, in order: what everybody needs, and what the participant's roles in it need. */
function credentialsFor(
  profiles: readonly DataspaceProfile[],
  roles: Readonly<Record<string, readonly string[]>>,
): CredentialSpec[] {
  return profiles.flatMap((profile) =>
    (profile.dataspaceSpec.credentialSpecs ?? []).filter(
      ({ role }) => role === undefined || role === '' || roles[profile.id]?.includes(role),
    ),
  )
}

function unknownProfile(field: string, id: string): { readonly fault: PlanFault } {
  return { fault: { kind: 'unknown-dataspace-profile', field, id } }
}
