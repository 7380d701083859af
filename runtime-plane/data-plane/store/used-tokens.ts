import type { Transaction } from '@weft/foundation/database'
import { schema } from './migrations.ts'

export interface TokenUse {
  readonly issuer: string
  readonly jti: string
  /** Of the token that has the id. */
  readonly digest: string
  readonly expiresAt: Date
}

/**
 * Remembers the id of a token (DPS-17). Says whether it is new, was seen in the very same token, or in another one; one
 * statement decides among any number of replicas. Ids of tokens that have expired go.
 */
export async function noteToken(tx: Transaction, use: TokenUse, now: Date): Promise<'new' | 'same' | 'other'> {
  await tx.run(`delete from ${schema}.used_token where expires_at < $1`, [now])
  const inserted = await tx.run(
    `insert into ${schema}.used_token (participant_context_id, issuer, jti, digest, expires_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [tx.contextId, use.issuer, use.jti, use.digest, use.expiresAt],
  )
  if (inserted === 1) return 'new'
  const seen = await tx.one<{ digest: string }>(
    `select digest from ${schema}.used_token where issuer = $1 and jti = $2`,
    [use.issuer, use.jti],
  )
  return seen?.digest === use.digest ? 'same' : 'other'
}
