import { json, type Transaction } from '@weft/foundation/database'
import type { Page } from '@weft/foundation/http'
import type { Found } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import type { DataspaceDeployment, DataspaceProfile, DataspaceSpec } from '../domain/dataspace-profile.ts'
import type { DataspaceProfileId } from '../domain/ids.ts'
import { schema } from './migrations.ts'
import { page } from './page.ts'

const table = `${schema}.dataspace_profile`

interface DataspaceProfileRow {
  readonly id: DataspaceProfileId
  readonly version: number
  readonly dataspace_spec: DataspaceSpec
  readonly artifacts: readonly string[]
  readonly deployments: readonly DataspaceDeployment[]
  readonly properties: JsonObject
}

export async function insertDataspaceProfile(tx: Transaction, profile: DataspaceProfile): Promise<void> {
  await tx.run(
    `insert into ${table} (id, version, dataspace_spec, artifacts, deployments, properties)
     values ($1, $2, $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb)`,
    [
      profile.id,
      profile.version,
      json(profile.dataspaceSpec),
      json(profile.artifacts),
      json(profile.deployments),
      json(profile.properties),
    ],
  )
}

export async function findDataspaceProfiles(tx: Transaction, wanted: Page): Promise<Found<DataspaceProfile>> {
  const where = { sql: 'true', params: [] }
  const found = await page<DataspaceProfileRow>(tx, { table, order: 'created_at, id', where, page: wanted })
  return { ...found, items: found.items.map(fromRow) }
}

/** Every dataspace profile, oldest first, or those of the ids; kept from being deleted before the transaction ends. */
export async function keepDataspaceProfiles(tx: Transaction, ids: readonly string[]): Promise<DataspaceProfile[]> {
  const where = ids.length === 0 ? '' : 'where id = any($1::text[])'
  const sql = `select * from ${table} ${where} order by created_at, id for key share`
  return (await tx.rows<DataspaceProfileRow>(sql, ids.length === 0 ? [] : [ids])).map(fromRow)
}

export async function dataspaceProfileById(
  tx: Transaction,
  id: string,
  lock: 'for update' | '' = '',
): Promise<DataspaceProfile | undefined> {
  const row = await tx.one<DataspaceProfileRow>(`select * from ${table} where id = $1 ${lock}`, [id])
  return row && fromRow(row)
}

/** Replaces the deployments of a profile that the transaction has locked. */
export async function storeDeployments(
  tx: Transaction,
  id: DataspaceProfileId,
  deployments: readonly DataspaceDeployment[],
): Promise<void> {
  const sql = `update ${table} set version = version + 1, deployments = $2::jsonb where id = $1`
  await tx.run(sql, [id, json(deployments)])
}

/** Deletes a dataspace profile. `in-use` while participants are deployed under it. */
export async function deleteDataspaceProfile(tx: Transaction, id: string): Promise<'deleted' | 'unknown' | 'in-use'> {
  const found = await tx.one<{ used: boolean }>(
    `select exists (select from ${schema}.participant_profile where dataspace_profile_ids ? $1) as used
       from ${table} where id = $1 for update`,
    [id],
  )
  if (!found) return 'unknown'
  if (found.used) return 'in-use'
  await tx.run(`delete from ${table} where id = $1`, [id])
  return 'deleted'
}

function fromRow(row: DataspaceProfileRow): DataspaceProfile {
  const { id, version, artifacts, deployments, properties } = row
  return { id, version, dataspaceSpec: row.dataspace_spec, artifacts, deployments, properties }
}
