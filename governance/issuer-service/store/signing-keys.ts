import { json, type Transaction } from '@weft/foundation/database'
import type { IssuerKey, KeyState } from '../domain/signing-key.ts'
import { schema } from './migrations.ts'

const columns = `kid, algorithm, public_jwk as "publicJwk", state, created_at as "createdAt", ended_at as "endedAt"`

/** @throws `database.duplicate` while another key is active */
export async function insertKey(
  tx: Transaction,
  key: Pick<IssuerKey, 'kid' | 'algorithm' | 'publicJwk'>,
  at: Date,
): Promise<void> {
  await tx.run(
    `insert into ${schema}.signing_key (participant_context_id, kid, algorithm, public_jwk, state, created_at)
     values ($1, $2, $3, $4::jsonb, 'ACTIVE', $5)`,
    [tx.contextId, key.kid, key.algorithm, json(key.publicJwk), at],
  )
}

/** The keys of the transaction's context, the newest first; at most 500. */
export function listKeys(tx: Transaction): Promise<readonly IssuerKey[]> {
  return tx.rows<IssuerKey>(`select ${columns} from ${schema}.signing_key order by created_at desc, kid limit 500`)
}

/**
 * The key that signs now, which nobody else replaces before the transaction ends. The lock is apart from the row: whoever
 * waited for the row would find the old key retired, and the new one not in its view.
 */
export async function lockActiveKey(tx: Transaction): Promise<IssuerKey | undefined> {
  await tx.run(`select pg_advisory_xact_lock(hashtextextended('issuer-service.signing-key ' || $1, 0))`, [tx.contextId])
  return tx.one<IssuerKey>(`select ${columns} from ${schema}.signing_key where state = 'ACTIVE' for update`)
}

export function lockKey(tx: Transaction, kid: string): Promise<IssuerKey | undefined> {
  return tx.one<IssuerKey>(`select ${columns} from ${schema}.signing_key where kid = $1 for update`, [kid])
}

/** The state of a key that stays so until the transaction ends. */
export async function holdKeyState(tx: Transaction, kid: string): Promise<KeyState | undefined> {
  const row = await tx.one<{ state: KeyState }>(`select state from ${schema}.signing_key where kid = $1 for share`, [
    kid,
  ])
  return row?.state
}

export async function moveKey(tx: Transaction, kid: string, to: Exclude<KeyState, 'ACTIVE'>, at: Date): Promise<void> {
  await tx.run(`update ${schema}.signing_key set state = $2, ended_at = coalesce(ended_at, $3) where kid = $1`, [
    kid,
    to,
    at,
  ])
}

/** Status lists are signed anew, since the key of the last signature signs no more. */
export async function renewLists(tx: Transaction): Promise<void> {
  await tx.run(`update ${schema}.status_list set version = version + 1`)
}

/** Remembers which key signed the credentials of a request. */
export async function writeSigner(tx: Transaction, processId: string, kid: string): Promise<void> {
  await tx.run(`update ${schema}.issued_credential set signing_kid = $2 where process_id = $1`, [processId, kid])
}

/** When the last credential with a signature of the key ends; null where there is none. */
export async function lastValidUntil(tx: Transaction, kid: string): Promise<Date | null> {
  const row = await tx.one<{ last: Date | null }>(
    `select max(valid_until) as last from ${schema}.issued_credential where signing_kid = $1`,
    [kid],
  )
  return row?.last ?? null
}

export interface ConcernedHolder {
  readonly holderId: string
  readonly definitionIds: readonly string[]
}

/** Holders of credentials with a signature of the key that would be valid still, by id, after the given one. */
export function holdersConcerned(
  tx: Transaction,
  kid: string,
  page: { readonly now: Date; readonly after: string; readonly limit: number },
): Promise<readonly ConcernedHolder[]> {
  return tx.rows<ConcernedHolder>(
    `select holder_id as "holderId", jsonb_agg(distinct definition_id) as "definitionIds"
     from ${schema}.issued_credential
     where signing_kid = $1 and revoked_at is null and valid_until > $2 and holder_id > $3
     group by holder_id order by holder_id limit $4`,
    [kid, page.now, page.after, page.limit],
  )
}
