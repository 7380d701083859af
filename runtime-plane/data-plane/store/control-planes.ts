import { json, type Transaction } from '@weft/foundation/database'
import type { ControlPlane } from '../domain/control-plane.ts'
import { schema } from './migrations.ts'

interface PlaneRow {
  readonly id: string
  readonly endpoint: string
  readonly registration: { readonly authorization: ControlPlane['authorization'] }
  readonly secret: string | null
  readonly registered_by: string
}

const columns = 'id, endpoint, registration, secret, registered_by'

/** The control plane with this id, or undefined. `lock` keeps others from changing it until the commit. */
export async function findControlPlane(tx: Transaction, id: string, lock = false): Promise<ControlPlane | undefined> {
  const row = await tx.one<PlaneRow>(
    `select ${columns} from ${schema}.control_plane where id = $1${lock ? ' for update' : ''}`,
    [id],
  )
  return row && planeOf(row)
}

/** The control plane that a client is: the one with the client's id, else the last one that it registered. */
export async function findControlPlaneOf(tx: Transaction, client: string): Promise<ControlPlane | undefined> {
  const row = await tx.one<PlaneRow>(
    `select ${columns} from ${schema}.control_plane where registered_by = $1
     order by id = $1 desc, updated_at desc limit 1`,
    [client],
  )
  return row && planeOf(row)
}

/** Adds or replaces a control plane (DPS-13). */
export async function saveControlPlane(tx: Transaction, plane: ControlPlane, at: Date): Promise<void> {
  await tx.run(
    `insert into ${schema}.control_plane (participant_context_id, ${columns}, updated_at)
     values ($1, $2, $3, $4::jsonb, $5, $6, $7)
     on conflict (participant_context_id, id) do update
     set endpoint = excluded.endpoint, registration = excluded.registration, secret = excluded.secret,
         updated_at = excluded.updated_at`,
    [
      tx.contextId,
      plane.id,
      plane.endpoint,
      json({ authorization: plane.authorization }),
      plane.secret,
      plane.registeredBy,
      at,
    ],
  )
}

export async function deleteControlPlane(tx: Transaction, id: string): Promise<void> {
  await tx.run(`delete from ${schema}.control_plane where id = $1`, [id])
}

/** How many control planes the context has. */
export async function countControlPlanes(tx: Transaction): Promise<number> {
  const row = await tx.one<{ count: number }>(`select count(*)::int as count from ${schema}.control_plane`)
  return row?.count ?? 0
}

/** Names of the vault entries of all control planes of the context. */
export async function controlPlaneSecrets(tx: Transaction): Promise<readonly string[]> {
  const rows = await tx.rows<{ secret: string }>(`select secret from ${schema}.control_plane where secret is not null`)
  return rows.map((row) => row.secret)
}

function planeOf(row: PlaneRow): ControlPlane {
  return {
    id: row.id,
    endpoint: row.endpoint,
    authorization: row.registration.authorization,
    secret: row.secret,
    registeredBy: row.registered_by,
  }
}
