import { createHash } from 'node:crypto'
import { json, type Transaction } from '@weft/foundation/database'
import { schema } from './migrations.ts'

/** A yes to a request of this holder for these credentials, good for one request. */
export interface PreAuthorization {
  /** Known to the issuer's client and the holder; only its hash is kept. */
  readonly code: string
  readonly holderId: string
  readonly definitionIds: readonly string[]
  readonly expiresAt: Date
}

/** What is cleared at a time, so that no call pays for a long pause. */
const clearedAtOnce = 100

/** Keeps a pre-authorization. Those that have expired are cleared on the way. */
export async function insertPreAuthorization(tx: Transaction, given: PreAuthorization, now: Date): Promise<void> {
  await tx.run(
    `delete from ${schema}.pre_authorization where code_hash in (
       select code_hash from ${schema}.pre_authorization where expires_at < $1
       order by expires_at limit ${clearedAtOnce} for update skip locked)`,
    [now],
  )
  await tx.run(
    `insert into ${schema}.pre_authorization
       (participant_context_id, code_hash, holder_id, definition_ids, expires_at) values ($1, $2, $3, $4::jsonb, $5)`,
    [tx.contextId, hashOf(given.code), given.holderId, json(given.definitionIds), given.expiresAt],
  )
}

/** Uses a code up; false when there is none for this holder that is current and covers all the definitions. */
export async function takePreAuthorization(
  tx: Transaction,
  { code, holderId, definitionIds }: Omit<PreAuthorization, 'expiresAt'>,
  now: Date,
): Promise<boolean> {
  const taken = await tx.run(
    `delete from ${schema}.pre_authorization
     where code_hash = $1 and holder_id = $2 and definition_ids @> $3::jsonb and expires_at > $4`,
    [hashOf(code), holderId, json(definitionIds), now],
  )
  return taken === 1
}

/** Codes are long and random, so a plain hash keeps them. */
function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}
