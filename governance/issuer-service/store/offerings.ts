import { json, type Transaction } from '@weft/foundation/database'
import type { CredentialDefinition } from '../domain/credential-definition.ts'
import type { Attestation } from '../domain/issuance.ts'
import { schema } from './migrations.ts'
import { type QueryFields, type QuerySpec, queryClauses } from './query.ts'

type AttestationRow = Attestation
const attestationColumns = 'id, type, configuration'
const attestationFields: QueryFields = { id: { sql: 'id' }, attestationType: { sql: 'type' } }

/** Adds an attestation; false when the id is taken in this context. */
export async function insertAttestation(tx: Transaction, attestation: Attestation, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.attestation (participant_context_id, ${attestationColumns}, created_at)
     values ($1, $2, $3, $4::jsonb, $5) on conflict do nothing`,
    [tx.contextId, attestation.id, attestation.type, json(attestation.configuration), at],
  )
  return inserted === 1
}

/** Those of the ids that exist, in no order. */
export function readAttestations(tx: Transaction, ids: readonly string[]): Promise<readonly Attestation[]> {
  return tx.rows<AttestationRow>(
    `select ${attestationColumns} from ${schema}.attestation where id = any($1::text[]) for share`,
    [ids],
  )
}

/** False when there is none. */
export async function deleteAttestation(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.run(`delete from ${schema}.attestation where id = $1`, [id])) === 1
}

export function queryAttestations(tx: Transaction, spec: QuerySpec): Promise<readonly Attestation[]> {
  const { sql, params } = queryClauses(spec, attestationFields, 'id')
  return tx.rows<AttestationRow>(`select ${attestationColumns} from ${schema}.attestation ${sql}`, params)
}

interface DefinitionRow {
  readonly definition: CredentialDefinition
}
const definitionFields: QueryFields = { id: { sql: 'id' }, credentialType: { sql: 'credential_type' } }

/** Adds a definition; false when the id is taken in this context. */
export async function insertDefinition(tx: Transaction, definition: CredentialDefinition, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.credential_definition (participant_context_id, id, credential_type, definition, created_at)
     values ($1, $2, $3, $4::jsonb, $5) on conflict do nothing`,
    [tx.contextId, definition.id, definition.credentialType, json(definition), at],
  )
  return inserted === 1
}

/** Replaces a definition; false when there is none. */
export async function updateDefinition(tx: Transaction, definition: CredentialDefinition): Promise<boolean> {
  const changed = await tx.run(
    `update ${schema}.credential_definition set credential_type = $2, definition = $3::jsonb where id = $1`,
    [definition.id, definition.credentialType, json(definition)],
  )
  return changed === 1
}

/** Those of the ids that exist, in the order of their ids. */
export async function readDefinitions(
  tx: Transaction,
  ids: readonly string[],
): Promise<readonly CredentialDefinition[]> {
  const rows = await tx.rows<DefinitionRow>(
    `select definition from ${schema}.credential_definition where id = any($1::text[]) order by id`,
    [ids],
  )
  return rows.map((row) => row.definition)
}

/** All definitions of the context, for its metadata; at most 500. */
export async function listDefinitions(tx: Transaction): Promise<readonly CredentialDefinition[]> {
  const rows = await tx.rows<DefinitionRow>(
    `select definition from ${schema}.credential_definition order by created_at, id limit 500`,
  )
  return rows.map((row) => row.definition)
}

/** Ids of definitions that use the attestation, at most ten. */
export async function definitionsUsing(tx: Transaction, attestationId: string): Promise<readonly string[]> {
  const rows = await tx.rows<{ id: string }>(
    `select id from ${schema}.credential_definition where definition -> 'attestations' ? $1 order by id limit 10`,
    [attestationId],
  )
  return rows.map((row) => row.id)
}

/** False when there is none. */
export async function deleteDefinition(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.run(`delete from ${schema}.credential_definition where id = $1`, [id])) === 1
}

export async function queryDefinitions(tx: Transaction, spec: QuerySpec): Promise<readonly CredentialDefinition[]> {
  const { sql, params } = queryClauses(spec, definitionFields, 'id')
  const rows = await tx.rows<DefinitionRow>(`select definition from ${schema}.credential_definition ${sql}`, params)
  return rows.map((row) => row.definition)
}
