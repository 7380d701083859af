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

/**
 * Notes a token that a data plane may use more than once (DPS-17). False when another token with its id was seen: in any
 * number of replicas at most one of them counts.
 */
export async function notePlaneToken(
  tx: Transaction,
  use: { readonly issuer: string; readonly jti: string; readonly digest: string; readonly expiresAt: Date },
): Promise<boolean> {
  // Issuer and id stand together where proofs have their issuer: no DID looks like that.
  const token = JSON.stringify([use.issuer, use.jti])
  await tx.run(
    `insert into control_plane.used_token (participant_context_id, issuer, jti, expires_at)
     values ($1, $2, $3, $4) on conflict do nothing`,
    [contextOf(tx), token, use.digest, use.expiresAt],
  )
  const row = await tx.one<{ others: boolean }>(
    'select exists (select from control_plane.used_token where issuer = $1 and jti <> $2) as others',
    [token, use.digest],
  )
  return row?.others === false
}

/** Forgets tokens that are refused as expired by now; in a system transaction. Returns how many. */
export async function forgetExpiredTokens(tx: Transaction, now: Date): Promise<number> {
  return tx.run('delete from control_plane.used_token where expires_at < $1', [now])
}
