import { json, type Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import { type Policy, parsePolicy } from '@weft/protocols/policy'
import type { Asset } from '../domain/asset.ts'
import type { Criterion } from '../domain/criterion.ts'
import type { Conduct } from '../domain/negotiation.ts'
import { type AssetRow, assetOfRow } from './assets.ts'
import { criteriaHold } from './criteria-sql.ts'
import { contextOf } from './rows.ts'

/** An asset under one contract definition: what an offer is made of. */
export interface StoredOffer {
  readonly definitionId: string
  readonly asset: Asset
  readonly accessPolicy: Policy
  readonly contractPolicy: Policy
  readonly conduct: Conduct
}

const selected = `(d.asset_ids @> array[a.id] or d.asset_ids is null) and ${criteriaHold('a.search', 'd.criteria')}`

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

/** Policies by id. */
export async function policiesById(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, Policy>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.rows<{ id: string; policy: JsonObject }>(
    'select id, policy from control_plane.policy_definition where id = any($1::text[])',
    [ids],
  )
  return new Map(rows.map((row) => [row.id, parsePolicy(row.policy)]))
}

export interface OfferedAsset {
  /** What the public may know of it: there are hundreds on a page. */
  readonly asset: Pick<Asset, 'id' | 'properties' | 'dataplaneMetadata'>
  readonly offers: readonly { readonly definitionId: string; readonly policyId: string }[]
}

/** Where a page of a catalog begins: after or before an asset, by id, after leaving out `offset` of them. */
interface PageStart {
  readonly after?: string
  readonly before?: string
  readonly offset: number
}

/** What is wanted of a catalog. */
export interface WantedAssets extends PageStart {
  readonly limit: number
  /** What the requester looks for. */
  readonly criteria?: readonly Criterion[]
  readonly assetId?: string
}

/**
 * A page of the assets that definitions with these access policies offer, by id, with all of their offers: one statement,
 * whatever the number of definitions, and one that walks along the primary key and stops when the page is full. Gives one
 * more than `limit` when there are more.
 */
export async function offeredAssets(
  tx: Transaction,
  accessPolicyIds: readonly string[],
  wanted: WantedAssets,
): Promise<OfferedAsset[]> {
  const params: unknown[] = [contextOf(tx), accessPolicyIds, wanted.offset, wanted.limit + 1]
  // Only what is asked for: a condition that may not apply makes the planner expect a row or two, read the whole table and sort it.
  const conditions: string[] = []
  const restrict = (value: unknown, condition: (parameter: string) => string): void => {
    if (value !== undefined) conditions.push(`and ${condition(`$${params.push(value)}`)}`)
  }
  restrict(wanted.after, (after) => `a.id > ${after}`)
  restrict(wanted.before, (before) => `a.id < ${before}`)
  restrict(wanted.assetId, (id) => `a.id = ${id}`)
  const { criteria = [] } = wanted
  if (criteria.length > 0) restrict(json(criteria), (list) => criteriaHold('a.search', `${list}::jsonb`))
  const rows = await tx.rows<
    Pick<AssetRow, 'id' | 'properties' | 'dataplane_metadata'> & {
      readonly offers: readonly (readonly [string, string])[]
    }
  >(
    `select a.id, a.properties, a.dataplane_metadata, o.offers
     from control_plane.asset a
     cross join lateral (
       select jsonb_agg(jsonb_build_array(d.id, d.contract_policy_id) order by d.created_at, d.id) as offers
       from control_plane.contract_definition d
       where d.participant_context_id = $1 and d.access_policy_id = any($2::text[]) and ${selected}
     ) o
     where a.participant_context_id = $1 and o.offers is not null ${conditions.join(' ')}
     order by a.id ${wanted.before === undefined ? 'asc' : 'desc'} offset $3::int limit $4::int`,
    params,
  )
  return rows.map((row) => ({
    asset: { id: row.id, properties: row.properties, dataplaneMetadata: row.dataplane_metadata },
    offers: row.offers.map(([definitionId, policyId]) => ({ definitionId, policyId })),
  }))
}
