import type { Transaction } from '@weft/foundation/database'
import type { ProofUse } from '../trust/counterparty-identity.ts'
import { contextOf } from './rows.ts'

/** Spends a token: one insert decides among any number of replicas (DCP-10). False when it was spent before. */
export async function spendToken(tx: Transaction, use: ProofUse): Promise<boolean> {
  const inserted = await tx.run(
    `insert into control_plane.used_token (participant_context_id, issuer, jti, expires_at)
     values ($1, $2, $3, $4) on conflict do nothing`,
    [contextOf(tx), use.issuer, use.jti, use.expiresAt],
  )
  return inserted > 0
}

/** Forgets tokens that are refused as expired by now; in a system transaction. Returns how many. */
export async function forgetExpiredTokens(tx: Transaction, now: Date): Promise<number> {
  return tx.run('delete from control_plane.used_token where expires_at < $1', [now])
}
