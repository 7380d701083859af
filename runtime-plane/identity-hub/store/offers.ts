import { createHash } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { CredentialOffer, TokenUse } from '@weft/protocols/dcp'
import { claimTokenParams, claimTokenSql } from './seen-tokens.ts'

/** Anybody with a DID can make offers, so what is kept is limited: that many of all issuers together in one context. */
const maxOffers = 1000

/**
 * Keeps an offer as it came and claims the token that brought it, in one statement. The same offer of the same issuer is
 * kept once. `kept` is false when the context holds `maxOffers` already and this one is new.
 */
export async function keepOffer(
  tx: Transaction,
  id: ParticipantContextId,
  use: TokenUse,
  offer: CredentialOffer,
  now: number,
): Promise<{ readonly fresh: boolean; readonly kept: boolean }> {
  const text = json(offer)
  const row = await tx.one<{ fresh: boolean; kept: boolean }>(
    `with ${claimTokenSql},
     kept as (
       insert into identity_hub.received_offer (participant_context_id, issuer_did, digest, offer, received_at)
       select $1, $2, $6, $7::jsonb, $5
       where exists (select from used)
         and (select count(*) from identity_hub.received_offer where participant_context_id = $1) < ${maxOffers}
       on conflict do nothing returning digest
     )
     select exists (select from used) as fresh,
            exists (select from kept) or exists (
              select from identity_hub.received_offer
              where participant_context_id = $1 and issuer_did = $2 and digest = $6) as kept`,
    [...claimTokenParams(id, use, now), createHash('sha256').update(text).digest('base64url'), text],
  )
  return { fresh: row?.fresh ?? false, kept: row?.kept ?? false }
}
