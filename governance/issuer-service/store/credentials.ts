import { json, type Transaction } from '@weft/foundation/database'
import type { Did } from '@weft/protocols/trust'
import { schema } from './migrations.ts'
import { type QueryFields, type QuerySpec, queryClauses } from './query.ts'

/** A credential as it was issued, without its signature. */
export interface IssuedCredential {
  /** The id under which the issuer keeps it. */
  readonly id: string
  readonly processId: string
  readonly definitionId: string
  readonly holderId: string
  /** The id inside the credential. */
  readonly credentialId: string
  readonly credentialType: string
  readonly format: string
  readonly subjectDid: Did
  readonly subjectClaims: Readonly<Record<string, unknown>>
  readonly schemaUrl: string | null
  readonly contexts: readonly string[]
  readonly validFrom: Date
  readonly validUntil: Date
  readonly statusListId: string
  readonly statusIndex: number
  readonly revokedAt: Date | null
}

interface CredentialRow {
  readonly id: string
  readonly process_id: string
  readonly definition_id: string
  readonly holder_id: string
  readonly credential_id: string
  readonly credential_type: string
  readonly format: string
  readonly subject_did: Did
  readonly subject_claims: Readonly<Record<string, unknown>>
  readonly schema_url: string | null
  readonly contexts: readonly string[]
  readonly valid_from: Date
  readonly valid_until: Date
  readonly status_list_id: string
  readonly status_index: number
  readonly revoked_at: Date | null
}

const columns = `id, process_id, definition_id, holder_id, credential_id, credential_type, format, subject_did,
  subject_claims, schema_url, contexts, valid_from, valid_until, status_list_id, status_index, revoked_at`
/** `created_at` is what queries sort by: a credential is valid from the moment it was made. */
const source = `(select *, valid_from as created_at from ${schema}.issued_credential) as credential`
const fields: QueryFields = {
  id: { sql: 'id' },
  holderId: { sql: 'holder_id' },
  processId: { sql: 'process_id' },
  credentialType: { sql: 'credential_type' },
  // The name under which clients of the reference ask for it.
  'verifiableCredential.credential.type': { sql: `array['VerifiableCredential', credential_type]`, list: true },
}

/** Adds a credential with an index of its status list; false when another credential has this index. */
export async function insertCredential(tx: Transaction, credential: IssuedCredential): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.issued_credential (participant_context_id, ${columns})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12::jsonb, $13, $14, $15, $16, null)
     on conflict (participant_context_id, status_list_id, status_index) do nothing`,
    [
      tx.contextId,
      credential.id,
      credential.processId,
      credential.definitionId,
      credential.holderId,
      credential.credentialId,
      credential.credentialType,
      credential.format,
      credential.subjectDid,
      json(credential.subjectClaims),
      credential.schemaUrl,
      json(credential.contexts),
      credential.validFrom,
      credential.validUntil,
      credential.statusListId,
      credential.statusIndex,
    ],
  )
  return inserted === 1
}

export async function readCredential(tx: Transaction, id: string): Promise<IssuedCredential | undefined> {
  const row = await tx.one<CredentialRow>(`select ${columns} from ${schema}.issued_credential where id = $1`, [id])
  return row && credentialOf(row)
}

/** The credentials of one request, in the order of their definitions. */
export async function readCredentialsOf(tx: Transaction, processId: string): Promise<readonly IssuedCredential[]> {
  const rows = await tx.rows<CredentialRow>(
    `select ${columns} from ${schema}.issued_credential where process_id = $1 order by definition_id`,
    [processId],
  )
  return rows.map(credentialOf)
}

/** Marks a credential revoked; undefined when there is none, false when it was revoked before. */
export async function markRevoked(
  tx: Transaction,
  id: string,
  at: Date,
): Promise<IssuedCredential | false | undefined> {
  const row = await tx.one<CredentialRow>(
    `update ${schema}.issued_credential set revoked_at = $2 where id = $1 and revoked_at is null returning ${columns}`,
    [id, at],
  )
  if (row) return credentialOf(row)
  return (await readCredential(tx, id)) === undefined ? undefined : false
}

export async function queryCredentials(tx: Transaction, spec: QuerySpec): Promise<readonly IssuedCredential[]> {
  const { sql, params } = queryClauses(spec, fields, 'id')
  return (await tx.rows<CredentialRow>(`select ${columns} from ${source} ${sql}`, params)).map(credentialOf)
}

function credentialOf(row: CredentialRow): IssuedCredential {
  return {
    id: row.id,
    processId: row.process_id,
    definitionId: row.definition_id,
    holderId: row.holder_id,
    credentialId: row.credential_id,
    credentialType: row.credential_type,
    format: row.format,
    subjectDid: row.subject_did,
    subjectClaims: row.subject_claims,
    schemaUrl: row.schema_url,
    contexts: row.contexts,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    statusListId: row.status_list_id,
    statusIndex: row.status_index,
    revokedAt: row.revoked_at,
  }
}
