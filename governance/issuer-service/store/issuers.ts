import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import type { Did } from '@weft/protocols/trust'
import type { Issuer } from '../domain/issuer.ts'
import type { IssuerKey } from '../domain/signing-key.ts'
import { schema } from './migrations.ts'

interface IssuerRow {
  readonly participant_context_id: ParticipantContextId
  readonly did: Did
  readonly name: string
  readonly key_id: string
}

const issuerWithKey = `select issuer.participant_context_id, did, name, kid as key_id
  from ${schema}.issuer join ${schema}.signing_key as key
    on key.participant_context_id = issuer.participant_context_id and key.state = 'ACTIVE'`

/** Adds an issuer; false when the transaction's context, the DID or the name has one. Its key is another row. */
export async function insertIssuer(tx: Transaction, issuer: Issuer, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.issuer (participant_context_id, did, name, created_at) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [issuer.participantContextId, issuer.did, issuer.name, at],
  )
  return inserted === 1
}

/** The issuer of the transaction's context, or undefined. */
export async function readIssuer(tx: Transaction): Promise<Issuer | undefined> {
  const row = await tx.one<IssuerRow>(issuerWithKey)
  return row && issuerOf(row)
}

/** An issuer with the keys that its DID document may name. */
export interface PublishedIssuer {
  readonly participantContextId: ParticipantContextId
  readonly did: Did
  readonly keys: readonly Pick<IssuerKey, 'kid' | 'publicJwk' | 'state'>[]
}

/** The issuer whose document is at this name, whatever the context: DIDs are public. */
export function findIssuerByName(database: ServiceDatabase, name: string): Promise<PublishedIssuer | undefined> {
  return database.system('issuer-service.did-lookup', (tx) =>
    tx.one<PublishedIssuer>(
      `select participant_context_id as "participantContextId", did, coalesce((
         select jsonb_agg(jsonb_build_object('kid', kid, 'publicJwk', public_jwk, 'state', state) order by created_at desc)
         from ${schema}.signing_key as key
         where key.participant_context_id = issuer.participant_context_id and state in ('ACTIVE', 'RETIRED')), '[]') as keys
       from ${schema}.issuer where name = $1`,
      [name],
    ),
  )
}

/** A page of all issuers, for the operator. */
export async function listIssuers(
  database: ServiceDatabase,
  page: { readonly offset: number; readonly limit: number },
): Promise<readonly Issuer[]> {
  const rows = await database.system('issuer-service.issuer-list', (tx) =>
    tx.rows<IssuerRow>(
      `${issuerWithKey} order by issuer.created_at, issuer.participant_context_id offset $1 limit $2`,
      [page.offset, page.limit],
    ),
  )
  return rows.map(issuerOf)
}

function issuerOf(row: IssuerRow): Issuer {
  return { participantContextId: row.participant_context_id, did: row.did, name: row.name, keyId: row.key_id }
}
