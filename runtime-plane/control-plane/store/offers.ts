import { json, type Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import { type Policy, parsePolicy } from '@weft/protocols/policy'
import type { Asset } from '../domain/asset.ts'
import type { Conduct } from '../domain/negotiation.ts'
import { type AssetRow, assetOfRow } from './assets.ts'

/** An asset under one contract definition: what an offer is made of. */
export interface StoredOffer {
  readonly definitionId: string
  readonly asset: Asset
  readonly accessPolicy: Policy
  readonly contractPolicy: Policy
  readonly conduct: Conduct
}

const selected = `(d.asset_ids @> array[a.id] or d.asset_ids is null) and control_plane.matches(a.search, d.criteria)`

/** The offer of a definition for an asset, when the definition selects it; whether it may be seen is decided by its access policy. */
export async function findOffer(
  tx: Transaction,
  offer: { readonly definitionId: string; readonly assetId: string },
): Promise<StoredOffer | undefined> {
  const row = await tx.one<
    AssetRow & {
      readonly access_policy: JsonObject
      readonly contract_policy: JsonObject
      readonly conduct: Conduct
    }
  >(
    `select a.id, a.properties, a.private_properties, a.dataplane_metadata, a.data_address, a.secret_ref, a.created_at,
       access.policy as access_policy, contract.policy as contract_policy, d.negotiation as conduct
     from control_plane.contract_definition d
     join control_plane.asset a on a.id = $2
     join control_plane.policy_definition access on access.id = d.access_policy_id
     join control_plane.policy_definition contract on contract.id = d.contract_policy_id
     where d.id = $1 and ${selected}`,
    [offer.definitionId, offer.assetId],
  )
  if (!row) return undefined
  return {
    definitionId: offer.definitionId,
    asset: assetOfRow(row),
    accessPolicy: parsePolicy(row.access_policy),
    contractPolicy: parsePolicy(row.contract_policy),
    conduct: row.conduct,
  }
}

/** The policies that decide who sees what, once each. */
export async function accessPolicies(tx: Transaction): Promise<{ readonly id: string; readonly policy: Policy }[]> {
  const rows = await tx.rows<{ id: string; policy: JsonObject }>(
    `select id, policy from control_plane.policy_definition
     where id in (select access_policy_id from control_plane.contract_definition)`,
  )
  return rows.map((row) => ({ id: row.id, policy: parsePolicy(row.policy) }))
}

export interface OfferedAsset {
  readonly asset: Asset
  readonly offers: readonly { readonly definitionId: string; readonly policy: Policy }[]
}

/** Where a page of a catalog begins: after or before an asset, by id, after leaving out `offset` of them. */
export interface PageStart {
  readonly after?: string
  readonly before?: string
  readonly offset: number
}

/**
 * A page of the assets that definitions with these access policies offer, by id, with all of their offers: one statement,
 * whatever the number of definitions. Gives one more than `limit` when there are more.
 */
export async function offeredAssets(
  tx: Transaction,
  accessPolicyIds: readonly string[],
  page: PageStart & { readonly limit: number; readonly assetId?: string },
): Promise<OfferedAsset[]> {
  const backwards = page.before !== undefined
  const rows = await tx.rows<AssetRow & { readonly offers: readonly { definitionId: string; policy: JsonObject }[] }>(
    `select a.id, a.properties, a.private_properties, a.dataplane_metadata, a.data_address, a.secret_ref, a.created_at, o.offers
     from control_plane.asset a
     cross join lateral (
       select jsonb_agg(jsonb_build_object('definitionId', d.id, 'policy', p.policy) order by d.created_at, d.id) as offers
       from control_plane.contract_definition d
       join control_plane.policy_definition p on p.id = d.contract_policy_id
       where $1::jsonb ? d.access_policy_id and ${selected}
     ) o
     where o.offers is not null and ($2::text is null or a.id > $2) and ($3::text is null or a.id < $3)
       and ($4::text is null or a.id = $4)
     order by a.id ${backwards ? 'desc' : 'asc'} offset $5::int limit $6::int`,
    [json(accessPolicyIds), page.after, page.before, page.assetId, page.offset, page.limit + 1],
  )
  return rows.map((row) => ({
    asset: assetOfRow(row),
    offers: row.offers.map((offer) => ({ definitionId: offer.definitionId, policy: parsePolicy(offer.policy) })),
  }))
}
