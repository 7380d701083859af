import type { JsonObject } from '@weft/foundation/processes'
import type { PlaneTokenRule } from '@weft/protocols/dps'

/** How the data plane is called, and by which keys it proves its own calls (4.7); without secrets. */
export type DataPlaneAuthorization =
  /** A service of this deployment: both sides use the deployment's workload tokens. */
  | { readonly type: 'workload' }
  | {
      readonly type: 'oauth2_client_credentials'
      readonly tokenEndpoint: string
      readonly clientId: string
      /** Name of the vault secret that holds the client's secret. */
      readonly secretRef: string
      readonly jwks?: JsonObject
      readonly jwksUri?: string
    }
  | {
      readonly type: 'oauth2_token_exchange'
      readonly tokenExchangeEndpoint: string
      readonly issuer: string
      readonly jwksUri: string
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

/** The keys that prove the data plane's own calls; undefined when it calls with a token of the deployment. */
export function keysOf(authorization: DataPlaneAuthorization): PlaneTokenRule | undefined {
  if (authorization.type === 'workload') return undefined
  if (authorization.type === 'oauth2_token_exchange') return authorization
  // The profile lets the signature go unchecked where no keys are registered; here a token always proves something.
  return authorization.jwks === undefined && authorization.jwksUri === undefined ? undefined : authorization
}

/** As whom a data plane calls that proves itself with keys of its own. No client id of the deployment looks like it. */
export function ownKeysCaller(id: string): string {
  return `data-plane:${id}`
}

/** Whether the caller of a callback is the data plane that it speaks for (DPS-18). */
export function isDataPlane(
  plane: DataPlane,
  caller: { readonly subject: string; readonly clientId: string },
): boolean {
  const keys = keysOf(plane.authorization)
  if (keys !== undefined && caller.clientId === ownKeysCaller(plane.id)) return true
  if (plane.registeredBy !== null) return caller.clientId === plane.registeredBy
  // Whom only a participant has named must prove itself, unless the deployment's own identity provider knows its client.
  if (keys !== undefined || plane.authorization.type !== 'oauth2_client_credentials') return false
  const known = [plane.id, plane.authorization.clientId]
  return known.includes(caller.clientId) || known.includes(caller.subject)
}

function hasLabels(plane: DataPlane, labels: readonly string[]): boolean {
  return labels.every((label) => plane.labels.includes(label))
}
