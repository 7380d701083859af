import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { Scope, ScopedCredential, TokenUse } from '@weft/protocols/dcp'
import type { CredentialProfile, Did } from '@weft/protocols/trust'
import type { Renewal, RenewalState } from '../domain/credential-renewal.ts'
import type { HeldCredential } from '../domain/held-credential.ts'
import { claimTokenParams, claimTokenSql } from './seen-tokens.ts'

interface CredentialRow {
  readonly id: string
  readonly credential_id: string | null
  readonly issuer_did: Did
  readonly holder_did: Did
  readonly holder_pid: string
  readonly profile: CredentialProfile
  readonly types: string[]
  readonly contexts: string[]
  readonly raw: string
  readonly valid_from: Date
  readonly valid_until: Date | null
  readonly definition_id: string | null
  readonly renewal_state: RenewalState
  readonly renewal_at: Date | null
  readonly renewal_attempts: number
  readonly renewal_holder_pid: string | null
  readonly renewal_error: Renewal['error']
  readonly created_at: Date
}

const columns = `id, credential_id, issuer_did, holder_did, holder_pid, profile, types, contexts, raw, valid_from, valid_until,
  definition_id, renewal_state, renewal_at, renewal_attempts, renewal_holder_pid, renewal_error, created_at`

/** Adds credentials of one delivery. */
export async function insertCredentials(
  tx: Transaction,
  id: ParticipantContextId,
  credentials: readonly HeldCredential[],
): Promise<void> {
  await tx.run(
    `insert into identity_hub.held_credential (participant_context_id, ${columns})
     select $1, one->>'id', one->>'credentialId', one->>'issuerDid', one->>'holderDid', one->>'holderPid', one->>'profile',
            array(select jsonb_array_elements_text(one->'types')),
            array(select jsonb_array_elements_text(one->'contexts')),
            one->>'raw', (one->>'validFrom')::timestamptz, (one->>'validUntil')::timestamptz, one->>'definitionId',
            one->'renewal'->>'state', (one->'renewal'->>'at')::timestamptz, (one->'renewal'->>'attempts')::int,
            one->'renewal'->>'holderPid', nullif(one->'renewal'->'error', 'null'), (one->>'createdAt')::timestamptz
     from jsonb_array_elements($2::jsonb) as list(one)`,
    [id, json(credentials)],
  )
}

/** Credentials of one context, oldest first; of one type only when `type` is given. */
export async function listCredentials(
  tx: Transaction,
  id: ParticipantContextId,
  page: { readonly offset: number; readonly limit: number; readonly type: string | undefined },
): Promise<HeldCredential[]> {
  const rows = await tx.rows<CredentialRow>(
    `select ${columns} from identity_hub.held_credential
     where participant_context_id = $1 and ($2::text is null or $2 = any(types))
     order by created_at, id offset $3 limit $4`,
    [id, page.type ?? null, page.offset, page.limit],
  )
  return rows.map((row) => credentialOf(id, row))
}

export async function findCredential(
  tx: Transaction,
  id: ParticipantContextId,
  credentialId: string,
  options: { readonly lock: boolean } = { lock: false },
): Promise<HeldCredential | undefined> {
  const row = await tx.one<CredentialRow>(
    `select ${columns} from identity_hub.held_credential
     where participant_context_id = $1 and id = $2${options.lock ? ' for update' : ''}`,
    [id, credentialId],
  )
  return row && credentialOf(id, row)
}

/** What is held because of one request. */
export async function credentialsOfRequest(
  tx: Transaction,
  id: ParticipantContextId,
  holderPid: string,
): Promise<{ readonly id: string; readonly raw: string }[]> {
  return await tx.rows<{ id: string; raw: string }>(
    'select id, raw from identity_hub.held_credential where participant_context_id = $1 and holder_pid = $2',
    [id, holderPid],
  )
}

/** Held credentials of one issuer that have one of the types, locked; the newest first and at most `limit`. */
export async function credentialsOfIssuer(
  tx: Transaction,
  id: ParticipantContextId,
  issuerDid: Did,
  types: readonly string[],
  limit: number,
): Promise<HeldCredential[]> {
  const rows = await tx.rows<CredentialRow>(
    `select ${columns} from identity_hub.held_credential
     where participant_context_id = $1 and issuer_did = $2 and types && $3::text[]
     order by created_at desc, id limit $4 for update`,
    [id, issuerDid, types, limit],
  )
  return rows.map((row) => credentialOf(id, row))
}

export async function deleteCredentials(
  tx: Transaction,
  id: ParticipantContextId,
  credentialIds: readonly string[],
): Promise<number> {
  return await tx.run(
    'delete from identity_hub.held_credential where participant_context_id = $1 and id = any($2::text[])',
    [id, credentialIds],
  )
}

/** Writes how the renewal of a held credential stands. */
export async function setRenewal(
  tx: Transaction,
  id: ParticipantContextId,
  credentialId: string,
  renewal: Renewal,
): Promise<void> {
  await tx.run(
    `update identity_hub.held_credential
     set renewal_state = $3, renewal_at = $4, renewal_attempts = $5, renewal_holder_pid = $6, renewal_error = $7::jsonb
     where participant_context_id = $1 and id = $2`,
    [
      id,
      credentialId,
      renewal.state,
      renewal.at,
      renewal.attempts,
      renewal.holderPid,
      renewal.error && json(renewal.error),
    ],
  )
}

/** What a presentation is made of. */
export interface PresentableCredential extends ScopedCredential {
  /** Ours. */
  readonly heldId: string
  readonly raw: string
}

/** What one presentation holds at most: the newest of each type and issuer first, so that many of one crowd out none. */
const maxPresented = 64

/**
 * One statement for the hot path: claims the verifier's token (DCP-10) and selects the credentials whose dates hold
 * (DCP-20) and that a requested scope names (DCP-19). `fresh` is false when the token was used before.
 */
export async function claimAndSelect(
  tx: Transaction,
  id: ParticipantContextId,
  use: TokenUse,
  requested: readonly Scope[],
  now: number,
): Promise<{ readonly fresh: boolean; readonly credentials: readonly PresentableCredential[] }> {
  const types = requested.flatMap((scope) => (scope.kind === 'type' ? [scope.type] : []))
  const ids = requested.flatMap((scope) => (scope.kind === 'id' ? [scope.id] : []))
  const row = await tx.one<{ fresh: boolean; credentials: (PresentableCredential & { id: string | null })[] }>(
    `with ${claimTokenSql}
     select exists (select from used) as fresh, coalesce((
       select jsonb_agg(jsonb_build_object('heldId', id, 'id', credential_id, 'types', types, 'contexts', contexts, 'raw', raw)
                        order by created_at, id)
       from (
         select * from identity_hub.held_credential
         where participant_context_id = $1 and valid_from <= $5 and (valid_until is null or valid_until > $5)
           and (types && $6::text[] or credential_id = any($7::text[]))
         order by row_number() over (partition by types, issuer_did order by created_at desc, id), created_at desc
         limit ${maxPresented}) as newest), '[]') as credentials`,
    [...claimTokenParams(id, use, now), types, ids],
  )
  return {
    fresh: row?.fresh ?? false,
    credentials: (row?.credentials ?? []).map((one) => ({ ...one, id: one.id ?? undefined })),
  }
}

function credentialOf(id: ParticipantContextId, row: CredentialRow): HeldCredential {
  return {
    participantContextId: id,
    id: row.id,
    credentialId: row.credential_id ?? undefined,
    issuerDid: row.issuer_did,
    holderDid: row.holder_did,
    holderPid: row.holder_pid,
    profile: row.profile,
    types: row.types,
    contexts: row.contexts,
    raw: row.raw,
    validFrom: row.valid_from,
    validUntil: row.valid_until ?? undefined,
    definitionId: row.definition_id ?? undefined,
    renewal: {
      state: row.renewal_state,
      at: row.renewal_at,
      attempts: row.renewal_attempts,
      holderPid: row.renewal_holder_pid,
      error: row.renewal_error,
    },
    createdAt: row.created_at,
  }
}
