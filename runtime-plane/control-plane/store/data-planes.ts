import { json, type Transaction } from '@weft/foundation/database'
import type { DataPlane, DataPlaneAuthorization } from '../domain/data-plane.ts'
import { contextOf } from './rows.ts'

interface DataPlaneRow {
  readonly id: string
  readonly endpoint: string
  readonly profiles: readonly string[]
  readonly labels: readonly string[]
  readonly authorization: DataPlaneAuthorization
  readonly registered_by: string | null
  readonly created_at: Date
}

const columns = 'id, endpoint, profiles, labels, "authorization", registered_by, created_at'

/** Registers a data plane, or replaces what was registered under its id (DPS-13). */
export async function putDataPlane(tx: Transaction, plane: Omit<DataPlane, 'createdAt'>): Promise<void> {
  await tx.run(
    `insert into control_plane.data_plane
       (participant_context_id, id, endpoint, profiles, labels, "authorization", registered_by)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, $7)
     on conflict (participant_context_id, id) do update set endpoint = excluded.endpoint, profiles = excluded.profiles,
       labels = excluded.labels, "authorization" = excluded."authorization", registered_by = excluded.registered_by`,
    [
      contextOf(tx),
      plane.id,
      plane.endpoint,
      json(plane.profiles),
      json(plane.labels),
      json(plane.authorization),
      plane.registeredBy,
    ],
  )
}

/** The data planes of the context, oldest first. */
export async function listDataPlanes(tx: Transaction): Promise<DataPlane[]> {
  const rows = await tx.rows<DataPlaneRow>(`select ${columns} from control_plane.data_plane order by created_at, id`)
  return rows.map(dataPlaneOfRow)
}

export async function findDataPlane(tx: Transaction, id: string): Promise<DataPlane | undefined> {
  const row = await tx.one<DataPlaneRow>(`select ${columns} from control_plane.data_plane where id = $1`, [id])
  return row && dataPlaneOfRow(row)
}

/** Whether a transfer that has not ended runs on the data plane. */
export async function isDataPlaneInUse(tx: Transaction, id: string): Promise<boolean> {
  const row = await tx.one<{ used: boolean }>(
    `select exists (select from control_plane.transfer_process
                    where data_plane_id = $1 and state not in ('COMPLETED', 'TERMINATED')) as used`,
    [id],
  )
  return row?.used === true
}

export async function deleteDataPlane(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.run('delete from control_plane.data_plane where id = $1', [id])) > 0
}

function dataPlaneOfRow(row: DataPlaneRow): DataPlane {
  return {
    id: row.id,
    endpoint: row.endpoint,
    profiles: row.profiles,
    labels: row.labels,
    authorization: row.authorization,
    registeredBy: row.registered_by,
    createdAt: row.created_at,
  }
}
