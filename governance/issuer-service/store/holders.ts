import { json, type Transaction } from '@weft/foundation/database'
import type { FormatNaming } from '../domain/credential-profile.ts'
import type { Holder } from '../domain/issuance.ts'
import { schema } from './migrations.ts'
import { type QueryFields, type QuerySpec, queryClauses } from './query.ts'

interface HolderRow {
  readonly holder_id: string
  readonly did: string
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly format_names: FormatNaming
  readonly created_at: Date
}

export interface StoredHolder extends Holder {
  readonly createdAt: Date
}

const columns = 'holder_id, did, name, properties, format_names, created_at'
const fields: QueryFields = {
  holderId: { sql: 'holder_id' },
  did: { sql: 'did' },
  holderName: { sql: 'name' },
  name: { sql: 'name' },
}

/** Adds a holder; false when its id or DID is taken in this context. */
export async function insertHolder(tx: Transaction, holder: Holder, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.holder (participant_context_id, ${columns}) values ($1, $2, $3, $4, $5::jsonb, $6, $7)
     on conflict do nothing`,
    [tx.contextId, holder.holderId, holder.did, holder.name, json(holder.properties), holder.formatNames, at],
  )
  return inserted === 1
}

/** Replaces everything but the id; false when there is no such holder. @throws `database.duplicate` for a DID that is taken */
export async function updateHolder(tx: Transaction, holder: Holder): Promise<boolean> {
  const changed = await tx.run(
    `update ${schema}.holder set did = $2, name = $3, properties = $4::jsonb, format_names = $5 where holder_id = $1`,
    [holder.holderId, holder.did, holder.name, json(holder.properties), holder.formatNames],
  )
  return changed === 1
}

export async function readHolder(tx: Transaction, holderId: string): Promise<StoredHolder | undefined> {
  const row = await tx.one<HolderRow>(`select ${columns} from ${schema}.holder where holder_id = $1`, [holderId])
  return row && holderOf(row)
}

export async function readHolderByDid(tx: Transaction, did: string): Promise<StoredHolder | undefined> {
  const row = await tx.one<HolderRow>(`select ${columns} from ${schema}.holder where did = $1`, [did])
  return row && holderOf(row)
}

/** False when there is no such holder. */
export async function deleteHolder(tx: Transaction, holderId: string): Promise<boolean> {
  return (await tx.run(`delete from ${schema}.holder where holder_id = $1`, [holderId])) === 1
}

export async function queryHolders(tx: Transaction, spec: QuerySpec): Promise<readonly StoredHolder[]> {
  const { sql, params } = queryClauses(spec, fields, 'holder_id')
  return (await tx.rows<HolderRow>(`select ${columns} from ${schema}.holder ${sql}`, params)).map(holderOf)
}

function holderOf(row: HolderRow): StoredHolder {
  return {
    holderId: row.holder_id,
    did: row.did,
    name: row.name,
    properties: row.properties,
    formatNames: row.format_names,
    createdAt: row.created_at,
  }
}
