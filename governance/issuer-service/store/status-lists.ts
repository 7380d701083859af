import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { schema } from './migrations.ts'

/** A status list as it is kept. */
export interface StoredStatusList {
  readonly id: string
  readonly participantContextId: ParticipantContextId
  readonly purpose: 'revocation'
  readonly bits: Uint8Array
  /** Rises with every change of a bit. */
  readonly version: number
}

/**
 * The list that new credentials of the transaction's context go to, locked; undefined when all are half full. Half of
 * a list stays free so that a random index is found at the first or second try.
 */
export async function lockOpenList(
  tx: Transaction,
): Promise<{ readonly id: string; readonly size: number } | undefined> {
  return tx.one<{ id: string; size: number }>(
    `select id, size from ${schema}.status_list where purpose = 'revocation' and allocated < size / 2
     order by created_at limit 1 for update`,
  )
}

export async function insertList(
  tx: Transaction,
  list: { readonly id: string; readonly bits: Uint8Array },
  at: Date,
): Promise<void> {
  await tx.run(
    `insert into ${schema}.status_list (participant_context_id, id, purpose, size, bits, created_at)
     values ($1, $2, 'revocation', $3, $4, $5)`,
    [tx.contextId, list.id, list.bits.length * 8, list.bits, at],
  )
}

export async function countAllocation(tx: Transaction, listId: string): Promise<void> {
  await tx.run(`update ${schema}.status_list set allocated = allocated + 1 where id = $1`, [listId])
}

/** Sets one bit: index 0 is the most significant bit of the first byte (DCP-43). */
export async function setStatusBit(tx: Transaction, listId: string, index: number): Promise<void> {
  await tx.run(
    `update ${schema}.status_list
     set bits = set_byte(bits, $2::integer, get_byte(bits, $2::integer) | $3::integer), version = version + 1
     where id = $1`,
    [listId, index >> 3, 0x80 >> (index & 7)],
  )
}

/** A list's issuer and version, whatever the context: lists are public. */
export function findListVersion(
  database: ServiceDatabase,
  id: string,
): Promise<{ readonly participantContextId: ParticipantContextId; readonly version: number } | undefined> {
  return database.system('issuer-service.status-list', (tx) =>
    tx.one(
      `select participant_context_id as "participantContextId", version from ${schema}.status_list where id = $1`,
      [id],
    ),
  )
}

/** A list with its bits, of the transaction's context. */
export async function readList(tx: Transaction, id: string): Promise<StoredStatusList | undefined> {
  const row = await tx.one<{
    id: string
    participant_context_id: ParticipantContextId
    purpose: 'revocation'
    bits: Uint8Array
    version: number
  }>(`select id, participant_context_id, purpose, bits, version from ${schema}.status_list where id = $1`, [id])
  return (
    row && {
      id: row.id,
      participantContextId: row.participant_context_id,
      purpose: row.purpose,
      bits: row.bits,
      version: row.version,
    }
  )
}
