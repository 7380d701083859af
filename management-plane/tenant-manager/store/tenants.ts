import { json, type Transaction } from '@weft/foundation/database'
import type { Page } from '@weft/foundation/http'
import type { Found, Predicate } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import type { TenantId } from '../domain/ids.ts'
import { schema } from './migrations.ts'
import { page } from './page.ts'
import { predicateSql, type QueryFields } from './predicate-sql.ts'

export interface Tenant {
  readonly id: TenantId
  readonly version: number
  readonly properties: JsonObject
}

const table = `${schema}.tenant`

const fields: QueryFields = {
  id: { kind: 'text', column: 'id' },
  version: { kind: 'integer', column: 'version' },
  properties: { kind: 'object', column: 'properties' },
}

export async function insertTenant(tx: Transaction, tenant: Tenant): Promise<void> {
  await tx.run(`insert into ${table} (id, version, properties) values ($1, $2, $3::jsonb)`, [
    tenant.id,
    tenant.version,
    json(tenant.properties),
  ])
}

export function findTenants(tx: Transaction, predicate: Predicate, wanted: Page): Promise<Found<Tenant>> {
  return page<Tenant>(tx, { table, order: 'id', where: predicateSql(predicate, fields), page: wanted })
}

/** A tenant by its id. With `keep`, nobody can delete it before the transaction ends. */
export function tenantById(tx: Transaction, id: string, keep = false): Promise<Tenant | undefined> {
  return tx.one<Tenant>(`select * from ${table} where id = $1 ${keep ? 'for key share' : ''}`, [id])
}

/** Merges top-level keys, then deletes those in `removed`. False when there is no such tenant. */
export async function patchTenant(
  tx: Transaction,
  id: string,
  diff: { readonly properties: JsonObject; readonly removed: readonly string[] },
): Promise<boolean> {
  const sql = `update ${table} set version = version + 1, properties = (properties || $2::jsonb) - $3::text[] where id = $1`
  return (await tx.run(sql, [id, json(diff.properties), diff.removed])) > 0
}

/** Deletes a tenant. `in-use` while it has participant profiles. */
export async function deleteTenant(tx: Transaction, id: string): Promise<'deleted' | 'unknown' | 'in-use'> {
  const found = await tx.one<{ used: boolean }>(`select true as used from ${table} where id = $1 for update`, [id])
  if (!found) return 'unknown'
  const sql = `delete from ${table} where id = $1 and not exists (select from ${schema}.participant_profile where tenant_id = $1)`
  return (await tx.run(sql, [id])) > 0 ? 'deleted' : 'in-use'
}
