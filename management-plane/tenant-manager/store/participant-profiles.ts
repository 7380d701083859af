import { json, type Transaction } from '@weft/foundation/database'
import type { Page } from '@weft/foundation/http'
import type { Found, Predicate } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import type { DataspaceProfileId, ManifestId, ParticipantProfileId, TenantId } from '../domain/ids.ts'
import type { ParticipantProfile, Vpa } from '../domain/participant-profile.ts'
import { schema } from './migrations.ts'
import { page } from './page.ts'
import { predicateSql, type QueryFields } from './predicate-sql.ts'

const table = `${schema}.participant_profile`

const fields: QueryFields = {
  id: { kind: 'text', column: 'id' },
  version: { kind: 'integer', column: 'version' },
  identifier: { kind: 'text', column: 'identifier' },
  tenantId: { kind: 'text', column: 'tenant_id' },
  dataspaceProfileIds: { kind: 'list', column: 'dataspace_profile_ids' },
  participantRoles: { kind: 'lists', column: 'participant_roles' },
  vpas: {
    kind: 'elements',
    column: 'vpas',
    members: {
      id: 'scalar',
      version: 'scalar',
      state: 'scalar',
      stateTimestamp: 'scalar',
      type: 'scalar',
      cellId: 'scalar',
      externalCellId: 'scalar',
      properties: 'object',
    },
  },
  error: { kind: 'boolean', column: 'error' },
  errorCode: { kind: 'text', column: 'error_code' },
  errorDetail: { kind: 'text', column: 'error_detail' },
  properties: { kind: 'object', column: 'properties' },
}

interface ProfileRow {
  readonly id: ParticipantProfileId
  readonly version: number
  readonly tenant_id: TenantId
  readonly identifier: string
  readonly dataspace_profile_ids: readonly DataspaceProfileId[]
  readonly participant_roles: Readonly<Record<string, readonly string[]>>
  readonly vpas: readonly Vpa[]
  readonly properties: JsonObject
  readonly error: boolean
  readonly error_code: string | null
  readonly error_detail: string | null
}

/** Stores a new profile and its pending deployment. False when another profile has its identifier. */
export async function insertProfile(
  tx: Transaction,
  profile: ParticipantProfile,
  manifestId: ManifestId,
): Promise<boolean> {
  const inserted = await tx.run(
    `with profile as (
       insert into ${table} (id, version, tenant_id, identifier, dataspace_profile_ids, participant_roles, vpas, properties, error)
       values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb, false)
       on conflict (identifier) do nothing returning id)
     insert into ${schema}.deployment (manifest_id, participant_profile_id, state) select $9, id, 'pending' from profile`,
    [
      profile.id,
      profile.version,
      profile.tenantId,
      profile.identifier,
      json(profile.dataspaceProfileIds),
      json(profile.participantRoles),
      json(profile.vpas),
      json(profile.properties),
      manifestId,
    ],
  )
  return inserted > 0
}

export async function findProfiles(
  tx: Transaction,
  predicate: Predicate,
  wanted: Page,
): Promise<Found<ParticipantProfile>> {
  const found = await page<ProfileRow>(tx, { table, order: 'id', where: predicateSql(predicate, fields), page: wanted })
  return { ...found, items: found.items.map(fromRow) }
}

export async function profileOfTenant(
  tx: Transaction,
  tenantId: string,
  id: string,
): Promise<ParticipantProfile | undefined> {
  const row = await tx.one<ProfileRow>(`select * from ${table} where id = $1 and tenant_id = $2`, [id, tenantId])
  return row && fromRow(row)
}

/** How far a deployment is; only `pending` ones still change their profile. */
type DeploymentOutcome = 'pending' | 'active' | 'error'

export interface Deployment {
  readonly state: DeploymentOutcome
  readonly profile: ParticipantProfile
}

/** The deployment that a manifest started, with its profile; both locked until the transaction ends. */
export async function lockDeployment(tx: Transaction, manifestId: ManifestId): Promise<Deployment | undefined> {
  const row = await tx.one<ProfileRow & { readonly deployment_state: DeploymentOutcome }>(
    `select profile.*, deployment.state as deployment_state
       from ${schema}.deployment join ${table} profile on profile.id = deployment.participant_profile_id
      where deployment.manifest_id = $1 for update`,
    [manifestId],
  )
  return row && { state: row.deployment_state, profile: fromRow(row) }
}

/** Writes what results change of a profile that the transaction has locked. */
export async function storeResult(tx: Transaction, profile: ParticipantProfile): Promise<void> {
  const { id, vpas, properties, error, errorCode, errorDetail } = profile
  await tx.run(
    `update ${table} set version = version + 1, vpas = $2::jsonb, properties = $3::jsonb, error = $4, error_code = $5,
       error_detail = $6 where id = $1`,
    [id, json(vpas), json(properties), error, errorCode, errorDetail],
  )
}

export async function closeDeployment(
  tx: Transaction,
  manifestId: ManifestId,
  state: 'active' | 'error',
): Promise<void> {
  await tx.run(`update ${schema}.deployment set state = $2 where manifest_id = $1`, [manifestId, state])
}

function fromRow(row: ProfileRow): ParticipantProfile {
  return {
    id: row.id,
    version: row.version,
    tenantId: row.tenant_id,
    identifier: row.identifier,
    dataspaceProfileIds: row.dataspace_profile_ids,
    participantRoles: row.participant_roles,
    vpas: row.vpas,
    properties: row.properties,
    error: row.error,
    errorCode: row.error_code,
    errorDetail: row.error_detail,
  }
}
