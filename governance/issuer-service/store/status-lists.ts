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
 * Gives a credential a place in the list that new ones of the transaction's context go to. `full`: all lists are half
 * full; half of a list stays free so that a random index is found at the first or second try. `taken`: the index was given
 * away before, be it long ago.
 * @param random at least 0, below 2^31; lists have a power of two as their size, so each index is as likely as the others
 */
export async function takePlace(
  tx: Transaction,
  credentialId: string,
  { kind, purpose, random }: Pick<StoredStatusList, 'kind' | 'purpose'> & { readonly random: number },
): Promise<'taken' | 'full' | undefined> {
  const row = await tx.one<{ lists: number; entries: number }>(
    `with list as (
       update ${schema}.status_list set allocated = allocated + 1
       where id = (select id from ${schema}.status_list where kind = $3 and purpose = $4 and allocated < size / 2
                   order by created_at limit 1 for update)
       returning id, size),
     entry as (
       insert into ${schema}.status_entry (participant_context_id, credential_id, purpose, list_id, list_index)
       select $1, $2, $4, id, $5::integer % size from list
       on conflict (participant_context_id, list_id, list_index) do nothing returning 1)
     select (select count(*) from list)::int as lists, (select count(*) from entry)::int as entries`,
    [tx.contextId, credentialId, kind, purpose, random],
  )
  if (row?.lists !== 1) return 'full'
  return row.entries === 1 ? undefined : 'taken'
}

/** Waits until nobody else opens a list for the transaction's context. */
export async function lockListOpening(tx: Transaction): Promise<void> {
  await tx.run(`select from ${schema}.issuer for no key update`)
}

export async function hasOpenList(
  tx: Transaction,
  { kind, purpose }: Pick<StoredStatusList, 'kind' | 'purpose'>,
): Promise<boolean> {
  const found = await tx.run(
    `select from ${schema}.status_list where kind = $1 and purpose = $2 and allocated < size / 2 limit 1`,
    [kind, purpose],
  )
  return found > 0
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
