/** Who calls the data plane how: with this service's own token, or with one that the data plane's own client gets. */
export type DataPlaneAuthorization =
  | { readonly type: 'workload' }
  | {
      readonly type: 'oauth2_client_credentials'
      readonly tokenEndpoint: string
      readonly clientId: string
      /** Name of the vault secret that holds the client's secret. */
      readonly secretRef: string
    }

/** A data plane that serves one participant context. */
export interface DataPlane {
  readonly id: string
  /** Base of the signaling calls: `/dataflows/…` is below it. */
  readonly endpoint: string
  /** Transfer types: formats of distributions. */
  readonly profiles: readonly string[]
  readonly labels: readonly string[]
  readonly authorization: DataPlaneAuthorization
  /** Client id of the caller that registered it over signaling: the only one whose callbacks count (DPS-18). */
  readonly registeredBy: string | null
  readonly createdAt: Date
}

/** EDC's data planes register the address of their flows, DPS's the base above it; the base is kept. */
export function endpointBase(endpoint: string): string {
  return endpoint.replace(/\/+$/, '').replace(/\/dataflows$/, '')
}

/** The first data plane, by registration, that serves the transfer type and has every label that the asset asks for. */
export function selectDataPlane(
  dataPlanes: readonly DataPlane[],
  transferType: string,
  labels: readonly string[],
): DataPlane | undefined {
  return dataPlanes.find((plane) => plane.profiles.includes(transferType) && hasLabels(plane, labels))
}

/** The formats under which an asset can be had: what the data planes serve that have all of its labels. */
export function formatsFor(dataPlanes: readonly DataPlane[], labels: readonly string[]): readonly string[] {
  return [...new Set(dataPlanes.filter((plane) => hasLabels(plane, labels)).flatMap((plane) => plane.profiles))]
}

/** Whether the caller of a callback is the data plane that it speaks for (DPS-18). */
export function isDataPlane(
  plane: DataPlane,
  caller: { readonly subject: string; readonly clientId: string },
): boolean {
  if (plane.registeredBy !== null) return caller.clientId === plane.registeredBy
  const known =
    plane.authorization.type === 'oauth2_client_credentials' ? [plane.id, plane.authorization.clientId] : [plane.id]
  return known.includes(caller.clientId) || known.includes(caller.subject)
}

function hasLabels(plane: DataPlane, labels: readonly string[]): boolean {
  return labels.every((label) => plane.labels.includes(label))
}
