import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { Scope, ScopedCredential, TokenUse } from '@weft/protocols/dcp'
import type { CredentialProfile, Did } from '@weft/protocols/trust'
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
  readonly created_at: Date
}

const columns =
  'id, credential_id, issuer_did, holder_did, holder_pid, profile, types, contexts, raw, valid_from, valid_until, created_at'

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
            one->>'raw', (one->>'validFrom')::timestamptz, (one->>'validUntil')::timestamptz,
            (one->>'createdAt')::timestamptz
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
): Promise<HeldCredential | undefined> {
  const row = await tx.one<CredentialRow>(
    `select ${columns} from identity_hub.held_credential where participant_context_id = $1 and id = $2`,
    [id, credentialId],
  )
  return row && credentialOf(id, row)
}

/** What a presentation is made of. */
export interface PresentableCredential extends ScopedCredential {
  readonly raw: string
}

/** What one presentation holds at most; the newest are taken. */
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
       select jsonb_agg(jsonb_build_object('id', credential_id, 'types', types, 'contexts', contexts, 'raw', raw)
                        order by created_at, id)
       from (
         select * from identity_hub.held_credential
         where participant_context_id = $1 and valid_from <= $5 and (valid_until is null or valid_until > $5)
           and (types && $6::text[] or credential_id = any($7::text[]))
         order by created_at desc, id limit ${maxPresented}) as newest), '[]') as credentials`,
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
    createdAt: row.created_at,
  }
}
