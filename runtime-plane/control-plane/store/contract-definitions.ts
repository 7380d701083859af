import { json, type Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import type { AssetSelector, ContractDefinition } from '../domain/contract-definition.ts'
import type { RawCriterion } from '../domain/criterion.ts'
import type { Conduct } from '../domain/negotiation.ts'
import type { Query } from '../domain/query.ts'
import { queryOverColumns } from './query-sql.ts'
import { contextOf } from './rows.ts'

interface DefinitionRow {
  readonly id: string
  readonly access_policy_id: string
  readonly contract_policy_id: string
  readonly assets_selector: readonly RawCriterion[]
  readonly private_properties: JsonObject
  readonly negotiation: Conduct
  readonly created_at: Date
}

const columns = 'id, access_policy_id, contract_policy_id, assets_selector, private_properties, negotiation, created_at'

type NewDefinition = Omit<ContractDefinition, 'createdAt'>

/** Stores a new contract definition and gives back when; undefined when its id is taken in this context. */
export async function insertDefinition(
  tx: Transaction,
  definition: NewDefinition,
  selector: AssetSelector,
): Promise<Date | undefined> {
  const row = await tx.one<{ created_at: Date }>(
    `insert into control_plane.contract_definition
       (participant_context_id, id, access_policy_id, contract_policy_id, assets_selector, private_properties, asset_ids, criteria,
        negotiation)
     values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::text[], $8::jsonb, $9)
     on conflict (participant_context_id, id) do nothing returning created_at`,
    [contextOf(tx), ...values(definition, selector)],
  )
  return row?.created_at
}

/** Replaces a contract definition; false when there is none. */
export async function updateDefinition(
  tx: Transaction,
  definition: NewDefinition,
  selector: AssetSelector,
): Promise<boolean> {
  const changed = await tx.run(
    `update control_plane.contract_definition set access_policy_id = $2, contract_policy_id = $3,
       assets_selector = $4::jsonb, private_properties = $5::jsonb, asset_ids = $6::text[], criteria = $7::jsonb,
       negotiation = $8
     where id = $1`,
    values(definition, selector),
  )
  return changed > 0
}

/** The names among `ids` that are no policies of this context. */
export async function unknownPolicies(tx: Transaction, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await tx.rows<{ id: string }>('select id from control_plane.policy_definition where $1::jsonb ? id', [
    json(ids),
  ])
  return ids.filter((id) => !rows.some((row) => row.id === id))
}

export async function findDefinition(tx: Transaction, id: string): Promise<ContractDefinition | undefined> {
  const row = await tx.one<DefinitionRow>(`select ${columns} from control_plane.contract_definition where id = $1`, [
    id,
  ])
  return row && definitionOfRow(row)
}

export async function queryDefinitions(tx: Transaction, query: Query): Promise<ContractDefinition[]> {
  const sql = queryOverColumns(query, {
    id: 'id',
    accessPolicyId: 'access_policy_id',
    contractPolicyId: 'contract_policy_id',
    createdAt: 'created_at',
  })
  const rows = await tx.rows<DefinitionRow>(
    `select ${columns} from control_plane.contract_definition${sql.text}`,
    sql.params,
  )
  return rows.map(definitionOfRow)
}

export async function deleteDefinition(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.run('delete from control_plane.contract_definition where id = $1', [id])) > 0
}

function values(definition: NewDefinition, selector: AssetSelector): unknown[] {
  return [
    definition.id,
    definition.accessPolicyId,
    definition.contractPolicyId,
    json(definition.assetsSelector),
    json(definition.privateProperties),
    selector.assetIds,
    json(selector.criteria),
    definition.negotiation,
  ]
}

function definitionOfRow(row: DefinitionRow): ContractDefinition {
  return {
    id: row.id,
    accessPolicyId: row.access_policy_id,
    contractPolicyId: row.contract_policy_id,
    assetsSelector: row.assets_selector,
    privateProperties: row.private_properties,
    negotiation: row.negotiation,
    createdAt: row.created_at,
  }
}
