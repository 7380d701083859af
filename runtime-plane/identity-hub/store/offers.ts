import { createHash } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { CredentialObject, CredentialOffer, TokenUse } from '@weft/protocols/dcp'
import type { Did } from '@weft/protocols/trust'
import type { OfferState, ReceivedOffer } from '../domain/credential-offer.ts'
import { claimTokenParams, claimTokenSql } from './seen-tokens.ts'

/** Anybody with a DID can make offers, so what waits is limited: that many of all issuers together in one context. */
const maxOffers = 1000
const maxOffersOfIssuer = 100
/** Offers that nobody has to deal with any more. */
const maxEnded = 200

const waits = "state in ('RECEIVED', 'OPEN')"

export interface KeptOffer {
  readonly id: string
  /** The token that brought it was not used before. */
  readonly fresh: boolean
  /** It is held: new, or known already. */
  readonly kept: boolean
  /** It is to be looked at: new, or come again after it had been dealt with. */
  readonly begun: boolean
}

/** Keeps an offer as it came and claims the token that brought it, in one statement. */
export async function keepOffer(
  tx: Transaction,
  id: ParticipantContextId,
  use: TokenUse,
  offer: CredentialOffer,
  now: number,
): Promise<KeptOffer> {
  const text = json(offer)
  const digest = createHash('sha256').update(text).digest('base64url')
  const same = 'participant_context_id = $1 and issuer_did = $2 and digest = $6'
  const row = await tx.one<{ fresh: boolean; kept: boolean; begun: boolean }>(
    `with ${claimTokenSql},
     room as (
       select count(*) < ${maxOffers} and count(*) filter (where issuer_did = $2) < ${maxOffersOfIssuer} as is_left
       from identity_hub.received_offer where participant_context_id = $1 and ${waits}),
     known as (select state from identity_hub.received_offer where ${same}),
     kept as (
       insert into identity_hub.received_offer as o (participant_context_id, issuer_did, digest, offer, received_at)
       select $1, $2, $6, $7::jsonb, $5
       where exists (select from used) and ((select is_left from room) or exists (select from known))
       on conflict (participant_context_id, issuer_did, digest) do update
         set state = 'RECEIVED', received_at = excluded.received_at, holder_pid = null, error = null, completed = null
         where o.state <> 'RECEIVED'
       returning digest
     )
     select exists (select from used) as fresh, exists (select from kept) as begun,
            exists (select from kept) or exists (select from known) as kept`,
    [...claimTokenParams(id, use, now), digest, text],
  )
  return { id: digest, fresh: row?.fresh ?? false, kept: row?.kept ?? false, begun: row?.begun ?? false }
}

interface OfferRow {
  readonly digest: string
  readonly issuer_did: Did
  readonly offer: CredentialOffer
  readonly completed: readonly CredentialObject[] | null
  readonly state: OfferState
  readonly holder_pid: string | null
  readonly error: ReceivedOffer['error']
  readonly received_at: Date
}

const columns = 'digest, issuer_did, offer, completed, state, holder_pid, error, received_at'

/** Offers of one context, the newest first. */
export async function listOffers(
  tx: Transaction,
  id: ParticipantContextId,
  page: { readonly offset: number; readonly limit: number },
): Promise<ReceivedOffer[]> {
  const rows = await tx.rows<OfferRow>(
    `select ${columns} from identity_hub.received_offer where participant_context_id = $1
     order by received_at desc, digest offset $2 limit $3`,
    [id, page.offset, page.limit],
  )
  return rows.map((row) => offerOf(id, row))
}

export async function findOffer(
  tx: Transaction,
  id: ParticipantContextId,
  offerId: string,
  options: { readonly lock: boolean } = { lock: false },
): Promise<ReceivedOffer | undefined> {
  const row = await tx.one<OfferRow>(
    `select ${columns} from identity_hub.received_offer
     where participant_context_id = $1 and digest = $2${options.lock ? ' for update' : ''}`,
    [id, offerId],
  )
  return row && offerOf(id, row)
}

/** Writes where an offer is; whoever does it holds its lock. */
export async function setOffer(
  tx: Transaction,
  offer: Pick<ReceivedOffer, 'participantContextId' | 'id' | 'state' | 'credentials' | 'holderPid' | 'error'>,
): Promise<void> {
  await tx.run(
    `update identity_hub.received_offer set state = $3, completed = $4::jsonb, holder_pid = $5, error = $6::jsonb
     where participant_context_id = $1 and digest = $2`,
    [
      offer.participantContextId,
      offer.id,
      offer.state,
      json(offer.credentials),
      offer.holderPid,
      offer.error && json(offer.error),
    ],
  )
}

/** False when there is none. */
export async function deleteOffer(tx: Transaction, id: ParticipantContextId, offerId: string): Promise<boolean> {
  const sql = 'delete from identity_hub.received_offer where participant_context_id = $1 and digest = $2'
  return (await tx.run(sql, [id, offerId])) > 0
}

/** Deletes the oldest offers that are dealt with. */
export async function forgetEndedOffers(tx: Transaction, id: ParticipantContextId): Promise<void> {
  await tx.run(
    `delete from identity_hub.received_offer where participant_context_id = $1 and digest in (
       select digest from identity_hub.received_offer where participant_context_id = $1 and not (${waits})
       order by received_at desc, digest offset ${maxEnded})`,
    [id],
  )
}

function offerOf(id: ParticipantContextId, row: OfferRow): ReceivedOffer {
  return {
    participantContextId: id,
    id: row.digest,
    issuerDid: row.issuer_did,
    state: row.state,
    credentials: row.completed ?? row.offer.credentials ?? [],
    holderPid: row.holder_pid,
    error: row.error,
    receivedAt: row.received_at,
  }
}
