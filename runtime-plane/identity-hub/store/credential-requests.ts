import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { Did } from '@weft/protocols/trust'
import type { CredentialRequest, CredentialRequestState, RequestedCredential } from '../domain/credential-request.ts'

interface RequestRow {
  readonly participant_context_id: ParticipantContextId
  readonly holder_pid: string
  readonly issuer_did: Did
  readonly issuer_pid: string | null
  readonly requested: readonly RequestedCredential[]
  readonly renews: string | null
  readonly state: CredentialRequestState
  readonly error: CredentialRequest['error']
  readonly created_at: Date
}

const columns =
  'participant_context_id, holder_pid, issuer_did, issuer_pid, requested, renews, state, error, created_at'

/** Adds a request; false when there is one with this holderPid. */
export async function insertRequest(tx: Transaction, request: CredentialRequest): Promise<boolean> {
  const touched = await tx.run(
    `insert into identity_hub.credential_request (${columns}) values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8::jsonb, $9)
     on conflict (participant_context_id, holder_pid) do nothing`,
    [
      request.participantContextId,
      request.holderPid,
      request.issuerDid,
      request.issuerPid,
      json(request.requested),
      request.renews,
      request.state,
      request.error && json(request.error),
      request.createdAt,
    ],
  )
  return touched > 0
}

/** `lock` holds the row until the transaction ends. */
export async function findRequest(
  tx: Transaction,
  id: ParticipantContextId,
  holderPid: string,
  options: { readonly lock: boolean } = { lock: false },
): Promise<CredentialRequest | undefined> {
  const row = await tx.one<RequestRow>(
    `select ${columns} from identity_hub.credential_request
     where participant_context_id = $1 and holder_pid = $2${options.lock ? ' for update' : ''}`,
    [id, holderPid],
  )
  return (
    row && {
      participantContextId: row.participant_context_id,
      holderPid: row.holder_pid,
      issuerDid: row.issuer_did,
      issuerPid: row.issuer_pid,
      requested: row.requested,
      renews: row.renews,
      state: row.state,
      error: row.error,
      createdAt: row.created_at,
    }
  )
}

/**
 * Compare-and-set: takes the request from `from` to `to`. False when another one was faster. `issuerPid` and
 * `error` are written when given; a known issuerPid stays.
 */
export async function moveRequest(
  tx: Transaction,
  request: Pick<CredentialRequest, 'participantContextId' | 'holderPid'>,
  move: {
    readonly from: CredentialRequestState
    readonly to: CredentialRequestState
    readonly issuerPid?: string
    readonly error?: CredentialRequest['error']
  },
): Promise<boolean> {
  const touched = await tx.run(
    `update identity_hub.credential_request
     set state = $4, issuer_pid = coalesce(issuer_pid, $5), error = coalesce($6::jsonb, error)
     where participant_context_id = $1 and holder_pid = $2 and state = $3`,
    [
      request.participantContextId,
      request.holderPid,
      move.from,
      move.to,
      move.issuerPid ?? null,
      move.error ? json(move.error) : null,
    ],
  )
  return touched > 0
}
