import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { KeyPair, KeyPairState } from '../domain/key-pair.ts'

/** A key pair as the database writes it into JSON. */
export type KeyPairJson = Omit<KeyPair, 'createdAt' | 'publishedUntil'> & {
  readonly createdAt: string
  readonly publishedUntil: string | null
}

const asJson = `jsonb_build_object(
  'id', id, 'kid', kid, 'publicJwk', public_jwk, 'usage', usage, 'state', state, 'isDefault', is_default,
  'replaces', replaces, 'publishedUntil', published_until, 'createdAt', created_at)`

/** SQL: all key pairs of the participant that a table alias names, in the order of their making. */
export function keyPairsOf(alias: string): string {
  return `coalesce((select jsonb_agg(${asJson} order by position) from identity_hub.key_pair k
    where k.participant_context_id = ${alias}.participant_context_id), '[]')`
}

export function keyPairOf(row: KeyPairJson): KeyPair {
  return {
    ...row,
    createdAt: new Date(row.createdAt),
    publishedUntil: row.publishedUntil === null ? null : new Date(row.publishedUntil),
  }
}

/** Adds key pairs in their order, behind those that there are. */
export async function insertKeyPairs(
  tx: Transaction,
  id: ParticipantContextId,
  keyPairs: readonly KeyPair[],
): Promise<void> {
  await tx.run(
    `insert into identity_hub.key_pair (participant_context_id, id, kid, public_jwk, usage, state, is_default, replaces,
                                        position, created_at)
     select $1, pair->>'id', pair->>'kid', pair->'publicJwk', pair->'usage', pair->>'state',
            (pair->>'isDefault')::boolean, pair->>'replaces',
            n + coalesce((select max(position) from identity_hub.key_pair where participant_context_id = $1), 0),
            (pair->>'createdAt')::timestamptz
     from jsonb_array_elements($2::jsonb) with ordinality as pairs(pair, n)`,
    [id, json(keyPairs)],
  )
}

export async function listKeyPairs(
  tx: Transaction,
  id: ParticipantContextId,
  page: { readonly offset: number; readonly limit: number },
): Promise<KeyPair[]> {
  const rows = await tx.rows<{ pair: KeyPairJson }>(
    `select ${asJson} as pair from identity_hub.key_pair
     where participant_context_id = $1 order by position offset $2 limit $3`,
    [id, page.offset, page.limit],
  )
  return rows.map((row) => keyPairOf(row.pair))
}

export async function findKeyPair(
  tx: Transaction,
  id: ParticipantContextId,
  keyPairId: string,
): Promise<KeyPair | undefined> {
  const row = await tx.one<{ pair: KeyPairJson }>(
    `select ${asJson} as pair from identity_hub.key_pair where participant_context_id = $1 and id = $2`,
    [id, keyPairId],
  )
  return row && keyPairOf(row.pair)
}

/** All key pairs of a context, locked until the transaction ends: one change of keys at a time. */
export async function lockKeyPairs(tx: Transaction, id: ParticipantContextId): Promise<KeyPair[]> {
  await tx.run('select 1 from identity_hub.participant where participant_context_id = $1 for update', [id])
  const rows = await tx.rows<{ pair: KeyPairJson }>(
    `select ${asJson} as pair from identity_hub.key_pair where participant_context_id = $1 order by position`,
    [id],
  )
  return rows.map((row) => keyPairOf(row.pair))
}

/** Takes a key pair to a state; whoever does it holds the lock of `lockKeyPairs`. */
export async function moveKeyPair(
  tx: Transaction,
  id: ParticipantContextId,
  keyPairId: string,
  to: { readonly state: KeyPairState; readonly isDefault: boolean; readonly publishedUntil: Date | null },
): Promise<void> {
  await tx.run(
    `update identity_hub.key_pair set state = $3, is_default = $4, published_until = $5
     where participant_context_id = $1 and id = $2`,
    [id, keyPairId, to.state, to.isDefault, to.publishedUntil],
  )
}

/** No key pair of the context is the default one afterwards. */
export async function clearDefault(tx: Transaction, id: ParticipantContextId): Promise<void> {
  await tx.run('update identity_hub.key_pair set is_default = false where participant_context_id = $1 and is_default', [
    id,
  ])
}

/** What is shown of keys that are over. */
const keptAfterTheEnd = 50

/** Deletes the oldest of the keys that neither sign nor are published any more. */
export async function forgetEndedKeyPairs(tx: Transaction, id: ParticipantContextId, now: number): Promise<void> {
  await tx.run(
    `delete from identity_hub.key_pair where participant_context_id = $1 and id in (
       select id from identity_hub.key_pair
       where participant_context_id = $1 and (state = 'REVOKED' or state = 'ROTATED' and published_until <= $2)
       order by position desc offset ${keptAfterTheEnd})`,
    [id, new Date(now)],
  )
}
