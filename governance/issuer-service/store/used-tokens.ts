import type { Transaction } from '@weft/foundation/database'
import type { TokenUse } from '@weft/protocols/dcp'
import { schema } from './migrations.ts'

/** What is cleared at a time, so that no request pays for a long pause. */
const clearedAtOnce = 100

/**
 * Remembers one use of a token in the transaction that acts on it, so that a fault of ours gives the token back (partners
 * repeat with the same one). False when it was used before (DCP-10). Uses whose tokens have expired are cleared on the way.
 */
export async function claimToken(tx: Transaction, use: TokenUse, now: Date): Promise<boolean> {
  const inserted = await tx.run(
    `with cleared as (
       delete from ${schema}.used_token where (participant_context_id, sender_did, jti) in (
         select participant_context_id, sender_did, jti from ${schema}.used_token
         where expires_at < $1 order by expires_at limit ${clearedAtOnce} for update skip locked))
     insert into ${schema}.used_token (participant_context_id, sender_did, jti, expires_at) values ($2, $3, $4, $5)
     on conflict do nothing`,
    [now, tx.contextId, use.issuer, use.jti, use.expiresAt],
  )
  return inserted === 1
}
