import type { Transaction } from '@weft/foundation/database'
import type { ProofUse } from '../trust/counterparty-identity.ts'
import { contextOf } from './rows.ts'

/**
 * Spends the token of a message: one insert decides among any number of replicas (DCP-10). Nothing is spent where the
 * context is not active, or not under this profile: a message that comes for it is taken by nobody.
 */
export async function receiveToken(
  tx: Transaction,
  use: ProofUse,
  profile: string,
): Promise<{ readonly addressed: boolean; readonly spent: boolean }> {
  const row = await tx.one<{ addressed: boolean; spent: boolean }>(
    `with addressed as (
       select from control_plane.participant_context where participant_context_id = $1 and state = 'ACTIVATED'
         and exists (select from control_plane.participant_profile where profile = $5)),
     spent as (
       insert into control_plane.used_token (participant_context_id, issuer, jti, expires_at)
       select $1::text, $2::text, $3::text, $4::timestamptz from addressed on conflict do nothing returning jti)
     select exists (select from addressed) as addressed, exists (select from spent) as spent`,
    [contextOf(tx), use.issuer, use.jti, use.expiresAt, profile],
  )
  return row ?? { addressed: false, spent: false }
}

/** Spends the token of a refused message, if its context is there still. */
export async function spendToken(tx: Transaction, use: ProofUse): Promise<void> {
  await tx.run(
    `insert into control_plane.used_token (participant_context_id, issuer, jti, expires_at)
     select participant_context_id, $2, $3, $4 from control_plane.participant_context where participant_context_id = $1
     on conflict do nothing`,
    [contextOf(tx), use.issuer, use.jti, use.expiresAt],
  )
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
