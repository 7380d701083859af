import type { Transaction } from '@weft/foundation/database'
import { schema } from './migrations.ts'

/** Enables the transaction's context; repeated is fine. */
export async function enableParticipant(tx: Transaction, at: Date): Promise<void> {
  await tx.run(
    `insert into ${schema}.participant (participant_context_id, enabled_at) values ($1, $2) on conflict do nothing`,
    [tx.contextId, at],
  )
}

/** Remembers when the control plane last took the registration. */
export async function markRegistered(tx: Transaction, at: Date): Promise<void> {
  await tx.run(`update ${schema}.participant set registered_at = $2 where participant_context_id = $1`, [
    tx.contextId,
    at,
  ])
}

/** Whether the transaction's context is enabled. */
export async function isEnabled(tx: Transaction): Promise<boolean> {
  return (await tx.one(`select 1 from ${schema}.participant`)) !== undefined
}

/** Removes the transaction's context with its flows and messages. */
export async function deleteParticipant(tx: Transaction): Promise<void> {
  await tx.run(`delete from ${schema}.data_flow where participant_context_id = $1`, [tx.contextId])
  await tx.run(`delete from ${schema}.control_plane where participant_context_id = $1`, [tx.contextId])
  await tx.run(`delete from ${schema}.used_token where participant_context_id = $1`, [tx.contextId])
  await tx.run(`delete from ${schema}.participant where participant_context_id = $1`, [tx.contextId])
}
