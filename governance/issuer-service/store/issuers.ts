import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import type { Did, PublicJwk } from '@weft/protocols/trust'
import type { Issuer } from '../domain/issuer.ts'
import { schema } from './migrations.ts'

interface IssuerRow {
  readonly participant_context_id: ParticipantContextId
  readonly did: Did
  readonly name: string
  readonly key_id: string
  readonly public_jwk: PublicJwk
}

const columns = 'participant_context_id, did, name, key_id, public_jwk'

/** Adds an issuer; false when the transaction's context, the DID or the name has one. */
export async function insertIssuer(tx: Transaction, issuer: Issuer, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.issuer (${columns}, created_at) values ($1, $2, $3, $4, $5::jsonb, $6) on conflict do nothing`,
    [issuer.participantContextId, issuer.did, issuer.name, issuer.keyId, json(issuer.publicJwk), at],
  )
  return inserted === 1
}

/** The issuer of the transaction's context, or undefined. */
export async function readIssuer(tx: Transaction): Promise<Issuer | undefined> {
  const row = await tx.one<IssuerRow>(`select ${columns} from ${schema}.issuer`)
  return row && issuerOf(row)
}

/** The issuer whose document is at this name, whatever the context: DIDs are public. */
export async function findIssuerByName(database: ServiceDatabase, name: string): Promise<Issuer | undefined> {
  const row = await database.system('issuer-service.did-lookup', (tx) =>
    tx.one<IssuerRow>(`select ${columns} from ${schema}.issuer where name = $1`, [name]),
  )
  return row && issuerOf(row)
}

/** A page of all issuers, for the operator. */
export async function listIssuers(
  database: ServiceDatabase,
  page: { readonly offset: number; readonly limit: number },
): Promise<readonly Issuer[]> {
  const rows = await database.system('issuer-service.issuer-list', (tx) =>
    tx.rows<IssuerRow>(
      `select ${columns} from ${schema}.issuer order by created_at, participant_context_id offset $1 limit $2`,
      [page.offset, page.limit],
    ),
  )
  return rows.map(issuerOf)
}

function issuerOf(row: IssuerRow): Issuer {
  return {
    participantContextId: row.participant_context_id,
    did: row.did,
    name: row.name,
    keyId: row.key_id,
    publicJwk: row.public_jwk,
  }
}
