import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import type { StatusListKind, StatusPurpose } from '@weft/protocols/trust'
import type { StatusPlace } from './credentials.ts'
import { schema } from './migrations.ts'

/** A status list as it is kept. */
export interface StoredStatusList {
  readonly id: string
  readonly participantContextId: ParticipantContextId
  readonly kind: StatusListKind
  readonly purpose: StatusPurpose
  readonly bits: Uint8Array
  /** Rises with every change of what is published. */
  readonly version: number
}

/**
 * Counts one more entry in the list that new credentials of the transaction's context go to; undefined when all are half
 * full. Half of a list stays free so that a random index is found at the first or second try.
 */
export async function takeFromOpenList(
  tx: Transaction,
  { kind, purpose }: Pick<StoredStatusList, 'kind' | 'purpose'>,
): Promise<{ readonly id: string; readonly size: number } | undefined> {
  return tx.one<{ id: string; size: number }>(
    `update ${schema}.status_list set allocated = allocated + 1
     where id = (select id from ${schema}.status_list where kind = $1 and purpose = $2 and allocated < size / 2
                 order by created_at limit 1 for update)
     returning id, size`,
    [kind, purpose],
  )
}

/** Waits until nobody else opens a list for the transaction's context. */
export async function lockListOpening(tx: Transaction): Promise<void> {
  await tx.run(`select from ${schema}.issuer for no key update`)
}

export async function insertList(
  tx: Transaction,
  list: Pick<StoredStatusList, 'id' | 'kind' | 'purpose' | 'bits'>,
  at: Date,
): Promise<void> {
  await tx.run(
    `insert into ${schema}.status_list (participant_context_id, id, kind, purpose, size, bits, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [tx.contextId, list.id, list.kind, list.purpose, list.bits.length * 8, list.bits, at],
  )
}

/** Gives a credential a place in a list; false when the index was given away before, be it long ago. */
export async function insertEntry(
  tx: Transaction,
  credentialId: string,
  { purpose, listId, index }: Omit<StatusPlace, 'kind'>,
): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.status_entry (participant_context_id, credential_id, purpose, list_id, list_index)
     values ($1, $2, $3, $4, $5) on conflict (participant_context_id, list_id, list_index) do nothing`,
    [tx.contextId, credentialId, purpose, listId, index],
  )
  return inserted === 1
}

/** Writes one bit: index 0 is the most significant bit of the first byte (DCP-43). */
export async function writeListBit(tx: Transaction, { listId, index }: StatusPlace, isSet: boolean): Promise<void> {
  const mask = 0x80 >> (index & 7)
  const [operator, operand] = isSet ? ['|', mask] : ['&', 0xff & ~mask]
  await tx.run(
    `update ${schema}.status_list
     set bits = set_byte(bits, $2::integer, get_byte(bits, $2::integer) ${operator} $3::integer), version = version + 1
     where id = $1`,
    [listId, index >> 3, operand],
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
export function readList(tx: Transaction, id: string): Promise<StoredStatusList | undefined> {
  return tx.one<StoredStatusList>(
    `select id, participant_context_id as "participantContextId", kind, purpose, bits, version
     from ${schema}.status_list where id = $1`,
    [id],
  )
}
