import { errorBody } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import { type Static, Type } from 'typebox'
import type { Cell } from '../domain/cell.ts'
import type { DataspaceProfile } from '../domain/dataspace-profile.ts'
import { deploymentStates } from '../domain/deployment-state.ts'
import type { ParticipantProfile } from '../domain/participant-profile.ts'
import type { Tenant } from '../store/tenants.ts'

const name = Type.String({ minLength: 1, maxLength: 256 })
const properties = Type.Record(Type.String(), Type.Unknown())
const timestamp = Type.String({ format: 'date-time' })
const identity = { id: Type.String(), version: Type.Integer() }

/** Nothing in the body. */
export const emptyBody = Type.Unsafe<undefined>(Type.Null({ description: 'No body.' }))
export const refusals = { '4xx': errorBody, '5xx': errorBody }

export const tenantPath = Type.Object({ tenantId: name })
export const profilePath = Type.Object({ tenantId: name, participantId: name })
export const cellPath = Type.Object({ id: name })
export const dataspaceProfilePath = Type.Object({ id: name })

export const newTenant = Type.Object({ properties: Type.Optional(properties) })
export const tenantDiff = Type.Object({
  properties: Type.Optional(Type.Union([properties, Type.Null()])),
  removed: Type.Optional(Type.Union([Type.Array(Type.String(), { maxItems: 1000 }), Type.Null()])),
})
export const tenantAnswer = Type.Object({ ...identity, properties: Type.Optional(properties) })

export const newCell = Type.Object({
  externalId: Type.Optional(Type.String({ maxLength: 256 })),
  state: Type.String({ description: `One of ${deploymentStates.join(', ')}, in any case.` }),
  stateTimestamp: timestamp,
  properties: Type.Optional(properties),
})
export const cellAnswer = Type.Object({
  ...identity,
  externalId: Type.String(),
  state: Type.String(),
  stateTimestamp: timestamp,
  properties: Type.Optional(properties),
})

const dataspaceSpec = Type.Object({
  protocolStack: Type.Optional(Type.Array(name)),
  credentialSpecs: Type.Optional(
    Type.Array(
      Type.Object({
        id: name,
        type: name,
        issuer: Type.String({ pattern: '^did:[a-z0-9]+:\\S+$', maxLength: 1024 }),
        format: name,
        role: Type.Optional(Type.String({ maxLength: 256 })),
      }),
      { maxItems: 100 },
    ),
  ),
})
export const newDataspaceProfile = Type.Object({
  dataspaceSpec: Type.Optional(dataspaceSpec),
  artifacts: Type.Optional(Type.Array(Type.String())),
  properties: Type.Optional(properties),
})
export const newDeployment = Type.Object({ profileId: Type.Optional(name), cellId: name })
export const dataspaceProfileAnswer = Type.Object({
  ...identity,
  dataspaceSpec,
  artifacts: Type.Optional(Type.Array(Type.String())),
  deployments: Type.Optional(
    Type.Array(
      Type.Object({
        ...identity,
        state: Type.String(),
        stateTimestamp: timestamp,
        cellId: Type.String(),
        externalCellId: Type.String(),
      }),
    ),
  ),
  properties: Type.Optional(properties),
})

const roles = Type.Record(Type.String(), Type.Array(name, { maxItems: 100 }))
export const newParticipantProfile = Type.Object({
  identifier: Type.String({ pattern: '^did:[a-z0-9]+:\\S+$', maxLength: 1024, description: 'DID of the participant.' }),
  cellId: Type.Optional(Type.String({ description: 'The cell to go to; the first that fits when absent or empty.' })),
  dataspaceProfileIds: Type.Optional(
    Type.Array(name, { maxItems: 100, description: 'All of them when absent or empty.' }),
  ),
  participantRoles: Type.Optional(roles),
  vpaProperties: Type.Optional(
    Type.Object(
      {
        'cfm.connector': Type.Optional(properties),
        'cfm.credentialservice': Type.Optional(properties),
        'cfm.dataplane': Type.Optional(properties),
        'cfm.issuer': Type.Optional(properties),
      },
      { additionalProperties: false },
    ),
  ),
  properties: Type.Optional(properties),
})
export const participantProfileAnswer = Type.Object({
  ...identity,
  identifier: Type.String(),
  tenantId: Type.String(),
  participantRoles: roles,
  vpas: Type.Array(
    Type.Object({
      ...identity,
      state: Type.String(),
      stateTimestamp: timestamp,
      type: Type.String(),
      cellId: Type.String(),
      properties: Type.Optional(properties),
    }),
  ),
  properties: Type.Optional(properties),
  error: Type.Boolean(),
  errorCode: Type.Optional(Type.String()),
  errorDetail: Type.Optional(Type.String()),
})

export function showTenant({ id, version, properties }: Tenant): Static<typeof tenantAnswer> {
  return { id, version, ...unlessEmpty(properties) }
}

export function showCell(cell: Cell): Static<typeof cellAnswer> {
  const { id, version, state, stateTimestamp, properties } = cell
  return {
    id,
    version,
    externalId: cell.externalId ?? '',
    state,
    stateTimestamp: stateTimestamp.toISOString(),
    ...unlessEmpty(properties),
  }
}

export function showDataspaceProfile(profile: DataspaceProfile): Static<typeof dataspaceProfileAnswer> {
  const { id, version, dataspaceSpec, artifacts, deployments, properties } = profile
  return {
    id,
    version,
    dataspaceSpec,
    ...(artifacts.length === 0 ? {} : { artifacts }),
    ...(deployments.length === 0 ? {} : { deployments }),
    ...unlessEmpty(properties),
  } as Static<typeof dataspaceProfileAnswer>
}

export function showProfile(profile: ParticipantProfile): Static<typeof participantProfileAnswer> {
  const { id, version, identifier, tenantId, participantRoles, vpas, properties, error, errorCode, errorDetail } =
    profile
  return {
    id,
    version,
    identifier,
    tenantId,
    participantRoles: participantRoles as Record<string, string[]>,
    vpas: vpas.map((vpa) => ({
      id: vpa.id,
      version: vpa.version,
      state: vpa.state,
      stateTimestamp: vpa.stateTimestamp,
      type: vpa.type,
      cellId: vpa.cellId,
      ...unlessEmpty(vpa.properties),
    })),
    ...unlessEmpty(properties),
    error,
    ...(errorCode === null ? {} : { errorCode }),
    ...(errorDetail === null ? {} : { errorDetail }),
  }
}

/** Clients of the fabric find empty maps left out. */
function unlessEmpty(properties: JsonObject): { properties?: Record<string, unknown> } {
  return Object.keys(properties).length === 0 ? {} : { properties }
}
