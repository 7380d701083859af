import { json, type Transaction } from '@weft/foundation/database'
import type { CredentialProfile, Did, StatusListKind, StatusPurpose } from '@weft/protocols/trust'
import { schema } from './migrations.ts'
import { type QueryFields, type QuerySpec, queryClauses } from './query.ts'

/** A credential's place in a status list. */
export interface StatusPlace {
  readonly kind: StatusListKind
  readonly purpose: StatusPurpose
  readonly listId: string
  readonly index: number
}

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
  readonly format: CredentialProfile
  readonly subjectDid: Did
  readonly subjectClaims: Readonly<Record<string, unknown>>
  readonly schemaUrl: string | null
  readonly contexts: readonly string[]
  readonly validFrom: Date
  readonly validUntil: Date
  /** In the order of their purposes. */
  readonly status: readonly StatusPlace[]
  readonly revokedAt: Date | null
  readonly suspendedAt: Date | null
}

interface CredentialRow {
  readonly id: string
  readonly process_id: string
  readonly definition_id: string
  readonly holder_id: string
  readonly credential_id: string
  readonly credential_type: string
  readonly format: CredentialProfile
  readonly subject_did: Did
  readonly subject_claims: Readonly<Record<string, unknown>>
  readonly schema_url: string | null
  readonly contexts: readonly string[]
  readonly valid_from: Date
  readonly valid_until: Date
  readonly status: readonly StatusPlace[]
  readonly revoked_at: Date | null
  readonly suspended_at: Date | null
}

const written = `id, process_id, definition_id, holder_id, credential_id, credential_type, format, subject_did,
  subject_claims, schema_url, contexts, valid_from, valid_until`
const places = `coalesce((
  select jsonb_agg(jsonb_build_object(
    'kind', list.kind, 'purpose', entry.purpose, 'listId', entry.list_id, 'index', entry.list_index) order by entry.purpose)
  from ${schema}.status_entry as entry join ${schema}.status_list as list on list.id = entry.list_id
  where entry.credential_id = credential.id), '[]') as status`
const columns = `${written}, revoked_at, suspended_at, ${places}`
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

/** Adds a credential that has no place in a list yet. */
export async function insertCredential(
  tx: Transaction,
  credential: Omit<IssuedCredential, 'status' | 'revokedAt' | 'suspendedAt'>,
): Promise<void> {
  await tx.run(
    `insert into ${schema}.issued_credential (participant_context_id, ${written})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12::jsonb, $13, $14)`,
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
    ],
  )
}

export async function readCredential(tx: Transaction, id: string): Promise<IssuedCredential | undefined> {
  const row = await tx.one<CredentialRow>(
    `select ${columns} from ${schema}.issued_credential as credential where id = $1`,
    [id],
  )
  return row && credentialOf(row)
}

/** The credentials of one request, in the order of their definitions. */
export async function readCredentialsOf(tx: Transaction, processId: string): Promise<readonly IssuedCredential[]> {
  const rows = await tx.rows<CredentialRow>(
    `select ${columns} from ${schema}.issued_credential as credential where process_id = $1 order by definition_id`,
    [processId],
  )
  return rows.map(credentialOf)
}

/** A credential whose status is about to change: nobody else changes it before the transaction ends. */
export async function lockCredential(tx: Transaction, id: string): Promise<IssuedCredential | undefined> {
  const row = await tx.one<CredentialRow>(
    `select ${columns} from ${schema}.issued_credential as credential where id = $1 for update of credential`,
    [id],
  )
  return row && credentialOf(row)
}

/** Writes when a credential was revoked and suspended; null where it is not. */
export async function writeStatus(
  tx: Transaction,
  { id, revokedAt, suspendedAt }: Pick<IssuedCredential, 'id' | 'revokedAt' | 'suspendedAt'>,
): Promise<void> {
  await tx.run(`update ${schema}.issued_credential set revoked_at = $2, suspended_at = $3 where id = $1`, [
    id,
    revokedAt,
    suspendedAt,
  ])
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
    status: row.status,
    revokedAt: row.revoked_at,
    suspendedAt: row.suspended_at,
  }
}
