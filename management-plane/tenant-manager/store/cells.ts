import { json, type Transaction } from '@weft/foundation/database'
import type { Page } from '@weft/foundation/http'
import type { Found } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import type { Cell } from '../domain/cell.ts'
import type { DeploymentState } from '../domain/deployment-state.ts'
import type { CellId } from '../domain/ids.ts'
import { schema } from './migrations.ts'
import { page } from './page.ts'

const table = `${schema}.cell`

interface CellRow {
  readonly id: CellId
  readonly version: number
  readonly external_id: string | null
  readonly state: DeploymentState
  readonly state_timestamp: Date
  readonly properties: JsonObject
}

/** Stores a cell. False when another one has its external id. */
export async function insertCell(tx: Transaction, cell: Cell): Promise<boolean> {
  const sql = `insert into ${table} (id, version, external_id, state, state_timestamp, properties)
    values ($1, $2, $3, $4, $5, $6::jsonb) on conflict (external_id) do nothing`
  const { id, version, externalId, state, stateTimestamp, properties } = cell
  return (await tx.run(sql, [id, version, externalId, state, stateTimestamp, json(properties)])) > 0
}

export async function findCells(tx: Transaction, wanted: Page): Promise<Found<Cell>> {
  const found = await page<CellRow>(tx, { table, order: 'id', where: { sql: 'true', params: [] }, page: wanted })
  return { ...found, items: found.items.map(fromRow) }
}

/** Every cell, the one longest in its state first: where new participants go. */
export async function allCells(tx: Transaction): Promise<Cell[]> {
  return (await tx.rows<CellRow>(`select * from ${table} order by state_timestamp, id`)).map(fromRow)
}

/** A cell by its id, which nobody can delete before the transaction ends. */
export async function keepCell(tx: Transaction, id: string): Promise<Cell | undefined> {
  const row = await tx.one<CellRow>(`select * from ${table} where id = $1 for key share`, [id])
  return row && fromRow(row)
}

/** Deletes a cell. `in-use` while a VPA or a dataspace is deployed to it. */
export async function deleteCell(tx: Transaction, id: string): Promise<'deleted' | 'unknown' | 'in-use'> {
  const found = await tx.one<{ used: boolean }>(
    `select exists (select from ${schema}.participant_profile where vpas @> $2::jsonb)
         or exists (select from ${schema}.dataspace_profile where deployments @> $2::jsonb) as used
       from ${table} where id = $1 for update`,
    [id, json([{ cellId: id }])],
  )
  if (!found) return 'unknown'
  if (found.used) return 'in-use'
  await tx.run(`delete from ${table} where id = $1`, [id])
  return 'deleted'
}

function fromRow(row: CellRow): Cell {
  const { id, version, state, properties } = row
  return { id, version, externalId: row.external_id, state, stateTimestamp: row.state_timestamp, properties }
}
