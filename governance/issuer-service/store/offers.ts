import { json, type Transaction } from '@weft/foundation/database'
import type { Did } from '@weft/protocols/trust'
import { schema } from './migrations.ts'
import { type QueryFields, type QuerySpec, queryClauses } from './query.ts'

export type OfferState = 'PENDING' | 'SENT' | 'FAILED'

/** Credentials that a holder was told it may ask for. */
export interface Offer {
  readonly id: string
  readonly holderId: string
  readonly holderDid: Did
  readonly definitionIds: readonly string[]
  /** `reissue`, `proof-key-revocation`, or another. */
  readonly reason: string
  readonly state: OfferState
  readonly errorCode: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

const columns = `id, holder_id as "holderId", holder_did as "holderDid", definition_ids as "definitionIds", reason, state,
  error_code as "errorCode", created_at as "createdAt", updated_at as "updatedAt"`
const fields: QueryFields = {
  id: { sql: 'id' },
  holderId: { sql: 'holder_id' },
  state: { sql: 'state' },
  reason: { sql: 'reason' },
}
/** An offer that has ended is kept for a quarter. */
const keptDays = 92
/** What is cleared at a time, so that no call pays for a long pause. */
const clearedAtOnce = 100

/** Adds an offer that is to be sent. Old ones are cleared on the way. */
export async function insertOffer(
  tx: Transaction,
  offer: Omit<Offer, 'state' | 'errorCode' | 'createdAt' | 'updatedAt'>,
  at: Date,
): Promise<void> {
  await tx.run(
    `delete from ${schema}.credential_offer where id in (
       select id from ${schema}.credential_offer
       where created_at < $1::timestamptz - interval '${keptDays} days' and state <> 'PENDING'
       order by created_at limit ${clearedAtOnce} for update skip locked)`,
    [at],
  )
  await tx.run(
    `insert into ${schema}.credential_offer
       (participant_context_id, id, holder_id, holder_did, definition_ids, reason, state, created_at, updated_at)
     values ($1, $2, $3, $4, $5::jsonb, $6, 'PENDING', $7, $7)`,
    [tx.contextId, offer.id, offer.holderId, offer.holderDid, json(offer.definitionIds), offer.reason, at],
  )
}

export function readOffer(tx: Transaction, id: string): Promise<Offer | undefined> {
  return tx.one<Offer>(`select ${columns} from ${schema}.credential_offer where id = $1`, [id])
}

/** False when the offer has ended before. */
export async function endOffer(
  tx: Transaction,
  id: string,
  end: { readonly state: Exclude<OfferState, 'PENDING'>; readonly errorCode: string | null },
  at: Date,
): Promise<boolean> {
  const changed = await tx.run(
    `update ${schema}.credential_offer set state = $2, error_code = $3, updated_at = $4
     where id = $1 and state = 'PENDING'`,
    [id, end.state, end.errorCode, at],
  )
  return changed === 1
}

export function queryOffers(tx: Transaction, spec: QuerySpec): Promise<readonly Offer[]> {
  const { sql, params } = queryClauses(spec, fields, 'id')
  return tx.rows<Offer>(`select ${columns} from ${schema}.credential_offer ${sql}`, params)
}
