import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { Did } from '@weft/protocols/trust'
import type { Claims } from '../domain/claims.ts'
import type { IssuanceState } from '../domain/issuance.ts'
import { schema } from './migrations.ts'
import { type QueryFields, type QuerySpec, queryClauses } from './query.ts'

/** A holder's request and what became of it. */
export interface Issuance {
  readonly id: string
  readonly participantContextId: ParticipantContextId
  readonly holderId: string
  readonly holderDid: Did
  /** The holder's own id of the request. */
  readonly holderPid: string
  readonly definitionIds: readonly string[]
  readonly state: IssuanceState
  readonly claims: Claims
  /** Whether the holder gave an access token to its credential service; it is in the vault until the request is over. */
  readonly hasAccessToken: boolean
  /** The issuer agreed before the request came, so nobody has to approve it. */
  readonly preAuthorized: boolean
  readonly error: { readonly code: string; readonly detail: string } | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

interface IssuanceRow {
  readonly id: string
  readonly participant_context_id: ParticipantContextId
  readonly holder_id: string
  readonly holder_did: Did
  readonly holder_pid: string
  readonly definition_ids: readonly string[]
  readonly state: IssuanceState
  readonly claims: Claims
  readonly has_access_token: boolean
  readonly pre_authorized: boolean
  readonly error_code: string | null
  readonly error_detail: string | null
  readonly created_at: Date
  readonly updated_at: Date
}

const columns = `id, participant_context_id, holder_id, holder_did, holder_pid, definition_ids, state, claims, has_access_token,
  pre_authorized, error_code, error_detail, created_at, updated_at`
const fields: QueryFields = {
  id: { sql: 'id' },
  holderId: { sql: 'holder_id' },
  holderPid: { sql: 'holder_pid' },
  state: { sql: 'state' },
}

/** Adds a submitted request; false while another one of this holder with the same holderPid is open. */
export async function insertIssuance(
  tx: Transaction,
  issuance: Pick<
    Issuance,
    'id' | 'holderId' | 'holderDid' | 'holderPid' | 'definitionIds' | 'hasAccessToken' | 'preAuthorized'
  >,
  at: Date,
): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.issuance_process
       (participant_context_id, id, holder_id, holder_did, holder_pid, definition_ids, state, claims, has_access_token,
        pre_authorized, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6::jsonb, 'SUBMITTED', '{}'::jsonb, $7, $8, $9, $9)
     on conflict (participant_context_id, holder_did, holder_pid)
       where state in ('SUBMITTED', 'AWAITING_APPROVAL', 'APPROVED') do nothing`,
    [
      tx.contextId,
      issuance.id,
      issuance.holderId,
      issuance.holderDid,
      issuance.holderPid,
      json(issuance.definitionIds),
      issuance.hasAccessToken,
      issuance.preAuthorized,
      at,
    ],
  )
  return inserted === 1
}

export async function readIssuance(tx: Transaction, id: string): Promise<Issuance | undefined> {
  const row = await tx.one<IssuanceRow>(`select ${columns} from ${schema}.issuance_process where id = $1`, [id])
  return row && issuanceOf(row)
}

/** The latest request of this holder with its own id, or undefined. */
export async function readIssuanceByHolderPid(
  tx: Transaction,
  holderDid: Did,
  holderPid: string,
): Promise<Issuance | undefined> {
  const row = await tx.one<IssuanceRow>(
    `select ${columns} from ${schema}.issuance_process where holder_did = $1 and holder_pid = $2
     order by created_at desc, id limit 1`,
    [holderDid, holderPid],
  )
  return row && issuanceOf(row)
}

/** Compare-and-set of the state; false when it is not `from` any more. */
export async function moveIssuance(
  tx: Transaction,
  id: string,
  step: {
    readonly from: IssuanceState
    readonly to: IssuanceState
    readonly claims?: Claims
    readonly error?: { readonly code: string; readonly detail: string }
  },
  at: Date,
): Promise<boolean> {
  const changed = await tx.run(
    `update ${schema}.issuance_process
     set state = $3, claims = coalesce($4::jsonb, claims), error_code = $5, error_detail = $6, updated_at = $7
     where id = $1 and state = $2`,
    [
      id,
      step.from,
      step.to,
      step.claims === undefined ? null : json(step.claims),
      step.error?.code ?? null,
      step.error?.detail ?? null,
      at,
    ],
  )
  return changed === 1
}

export async function queryIssuances(tx: Transaction, spec: QuerySpec): Promise<readonly Issuance[]> {
  const { sql, params } = queryClauses(spec, fields, 'id')
  return (await tx.rows<IssuanceRow>(`select ${columns} from ${schema}.issuance_process ${sql}`, params)).map(
    issuanceOf,
  )
}

function issuanceOf(row: IssuanceRow): Issuance {
  return {
    id: row.id,
    participantContextId: row.participant_context_id,
    holderId: row.holder_id,
    holderDid: row.holder_did,
    holderPid: row.holder_pid,
    definitionIds: row.definition_ids,
    state: row.state,
    claims: row.claims,
    hasAccessToken: row.has_access_token,
    preAuthorized: row.pre_authorized,
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail ?? '' },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
