import { participantContextId, type Role } from '@weft/foundation/access'
import { json, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import type { Client } from '../domain/client.ts'

/** A client as it is kept. */
export interface StoredClient extends Client {
  /** Null until a secret was asked for: such a client gets no token. */
  readonly secretHash: string | null
  /** True when the settings name it; the API leaves those alone. */
  readonly ofSettings: boolean
}

interface Row {
  readonly client_id: string
  readonly role: Role
  readonly bound_context_id: string | null
  readonly scopes: readonly string[]
  readonly secret_hash: string | null
  readonly of_settings: boolean
}

const columns = 'client_id, role, bound_context_id, scopes, secret_hash, of_settings'

/** Runs `work` over the clients, in one transaction. */
export function withClients<T>(
  database: ServiceDatabase,
  purpose: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return database.system(`identity-provider.${purpose}`, work)
}

export async function findClient(tx: Transaction, clientId: string): Promise<StoredClient | undefined> {
  const row = await tx.one<Row>(`select ${columns} from identity_provider.client where client_id = $1`, [clientId])
  return row && clientOf(row)
}

/** A page in the order of ids, with one more than `limit` when there are further ones. */
export async function listClients(
  tx: Transaction,
  page: { readonly offset: number; readonly limit: number; readonly roles: readonly Role[] },
): Promise<StoredClient[]> {
  const rows = await tx.rows<Row>(
    `select ${columns} from identity_provider.client
     where role in (select jsonb_array_elements_text($1::jsonb))
     order by client_id offset $2 limit $3`,
    [json(page.roles), page.offset, page.limit + 1],
  )
  return rows.map(clientOf)
}

/** Whether one of the ids is used as the other kind: a client id as a context id, or the other way round. */
export async function idsCollide(tx: Transaction, client: Client): Promise<boolean> {
  const row = await tx.one<{ found: boolean }>(
    `select exists (select 1 from identity_provider.client where bound_context_id = $1 or client_id = $2) as found`,
    [client.clientId, client.participantContextId],
  )
  return row?.found === true
}

/** Adds a client without a secret; returns false when the id is taken. */
export async function addClient(tx: Transaction, client: Client): Promise<boolean> {
  const added = await tx.run(
    `insert into identity_provider.client (client_id, role, bound_context_id, scopes)
     values ($1, $2, $3, $4::jsonb) on conflict (client_id) do nothing`,
    [client.clientId, client.role, client.participantContextId, json(client.scopes)],
  )
  return added === 1
}

export async function setSecretHash(tx: Transaction, clientId: string, hash: string): Promise<void> {
  await tx.run('update identity_provider.client set secret_hash = $2 where client_id = $1', [clientId, hash])
}

export async function removeClient(tx: Transaction, clientId: string): Promise<void> {
  await tx.run('delete from identity_provider.client where client_id = $1', [clientId])
}

/** Makes the clients of the settings exactly these: adds, corrects and removes. */
export async function replaceClientsOfSettings(
  tx: Transaction,
  seeds: readonly (Client & { readonly secretHash: string })[],
): Promise<void> {
  await tx.run(
    `delete from identity_provider.client
     where of_settings and client_id not in (select jsonb_array_elements_text($1::jsonb))`,
    [json(seeds.map((seed) => seed.clientId))],
  )
  for (const seed of seeds) {
    await tx.run(
      `insert into identity_provider.client (client_id, role, bound_context_id, scopes, secret_hash, of_settings)
       values ($1, $2, $3, $4::jsonb, $5, true)
       on conflict (client_id) do update set role = excluded.role, bound_context_id = excluded.bound_context_id,
         scopes = excluded.scopes, secret_hash = excluded.secret_hash, of_settings = true`,
      [seed.clientId, seed.role, seed.participantContextId, json(seed.scopes), seed.secretHash],
    )
  }
}

function clientOf(row: Row): StoredClient {
  return {
    clientId: row.client_id,
    role: row.role,
    participantContextId: row.bound_context_id === null ? null : participantContextId(row.bound_context_id),
    scopes: row.scopes,
    secretHash: row.secret_hash,
    ofSettings: row.of_settings,
  }
}
