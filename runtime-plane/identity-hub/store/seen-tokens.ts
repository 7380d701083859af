import type { ParticipantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import type { TokenUse } from '@weft/protocols/dcp'

/**
 * SQL that claims one use of a token (DCP-10): `used` has a row when the token is new to this context and sender. The
 * same statement forgets two expired tokens for each one that comes, so that what is kept stays in proportion to the
 * traffic without any timer. Takes $1 context, $2 issuer, $3 jti, $4 end of retention, $5 now.
 */
export const claimTokenSql = `
  used as (
    insert into identity_hub.seen_token (participant_context_id, issuer, jti, expires_at) values ($1, $2, $3, $4)
    on conflict do nothing returning jti
  ),
  forgotten as (
    delete from identity_hub.seen_token
    where participant_context_id = $1 and (issuer, jti) in (
      select issuer, jti from identity_hub.seen_token where participant_context_id = $1 and expires_at < $5
      order by expires_at limit 2 for update skip locked)
  )`

/** Parameters $1 to $5 of `claimTokenSql`. */
export function claimTokenParams(id: ParticipantContextId, use: TokenUse, now: number): readonly unknown[] {
  return [id, use.issuer, use.jti, use.expiresAt, new Date(now)]
}

/** Claims one use of a token; false when it was used before. */
export async function claimToken(
  tx: Transaction,
  id: ParticipantContextId,
  use: TokenUse,
  now: number,
): Promise<boolean> {
  const row = await tx.one<{ fresh: boolean }>(
    `with ${claimTokenSql} select exists (select from used) as fresh`,
    claimTokenParams(id, use, now),
  )
  return row?.fresh ?? false
}
