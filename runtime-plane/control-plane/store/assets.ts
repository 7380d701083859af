import { json, type Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import { type Asset, type DataplaneMetadata, type SourceAddress, searchDocument } from '../domain/asset.ts'
import type { Query } from '../domain/query.ts'
import { queryOverDocument } from './query-sql.ts'
import { contextOf } from './rows.ts'

export interface AssetRow {
  readonly id: string
  readonly properties: JsonObject
  readonly private_properties: JsonObject
  readonly dataplane_metadata: DataplaneMetadata | null
  readonly data_address: SourceAddress | null
  readonly secret_ref: string | null
  readonly created_at: Date
}

const columns = 'id, properties, private_properties, dataplane_metadata, data_address, secret_ref, created_at'

/** Stores a new asset and gives back when; undefined when its id is taken in this context. */
export async function insertAsset(tx: Transaction, asset: Omit<Asset, 'createdAt'>): Promise<Date | undefined> {
  const row = await tx.one<{ created_at: Date }>(
    `insert into control_plane.asset
       (participant_context_id, id, properties, private_properties, dataplane_metadata, data_address, secret_ref, search)
     values ($1, $2, $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb, $7, $8::jsonb)
     on conflict (participant_context_id, id) do nothing returning created_at`,
    [contextOf(tx), ...values(asset)],
  )
  return row?.created_at
}

/** Replaces an asset and gives back what was there; undefined when there is none. */
export async function updateAsset(tx: Transaction, asset: Omit<Asset, 'createdAt'>): Promise<Asset | undefined> {
  const before = await findAsset(tx, asset.id)
  if (!before) return undefined
  await tx.run(
    `update control_plane.asset set properties = $2::jsonb, private_properties = $3::jsonb,
       dataplane_metadata = $4::jsonb, data_address = $5::jsonb, secret_ref = $6, search = $7::jsonb
     where id = $1`,
    values(asset),
  )
  return before
}

export async function findAsset(tx: Transaction, id: string): Promise<Asset | undefined> {
  const row = await tx.one<AssetRow>(`select ${columns} from control_plane.asset where id = $1`, [id])
  return row && assetOfRow(row)
}

export async function queryAssets(tx: Transaction, query: Query): Promise<Asset[]> {
  const sql = queryOverDocument(query)
  const rows = await tx.rows<AssetRow>(`select ${columns} from control_plane.asset${sql.text}`, sql.params)
  return rows.map(assetOfRow)
}

/** Whether an agreement or a running negotiation refers to the asset. */
export async function isAssetInUse(tx: Transaction, id: string): Promise<boolean> {
  const row = await tx.one<{ used: boolean }>(
    `select exists (select from control_plane.contract_agreement a, control_plane.participant_context c
                    where a.asset_id = $1 and a.provider_did = c.identity)
         or exists (select from control_plane.contract_negotiation
                    where asset_id = $1 and role = 'PROVIDER' and state not in ('FINALIZED', 'TERMINATED')) as used`,
    [id],
  )
  return row?.used === true
}

/** Deletes an asset and gives back what was there; undefined when there is none. */
export async function deleteAsset(tx: Transaction, id: string): Promise<Asset | undefined> {
  const row = await tx.one<AssetRow>(`delete from control_plane.asset where id = $1 returning ${columns}`, [id])
  return row && assetOfRow(row)
}

export function assetOfRow(row: AssetRow): Asset {
  return {
    id: row.id,
    properties: row.properties,
    privateProperties: row.private_properties,
    dataplaneMetadata: row.dataplane_metadata,
    dataAddress: row.data_address,
    secretRef: row.secret_ref,
    createdAt: row.created_at,
  }
}

/** In the order of the columns of the insert. */
function values(asset: Omit<Asset, 'createdAt'>): unknown[] {
  return [
    asset.id,
    json(asset.properties),
    json(asset.privateProperties),
    asset.dataplaneMetadata === null ? null : json(asset.dataplaneMetadata),
    asset.dataAddress === null ? null : json(asset.dataAddress),
    asset.secretRef,
    json(searchDocument(asset)),
  ]
}
