import { json, type Transaction } from '@weft/foundation/database'
import type { JsonObject } from '@weft/foundation/processes'
import { type Policy, parsePolicy, serialisePolicy } from '@weft/protocols/policy'
import type { Query } from '../domain/query.ts'
import { queryOverColumns } from './query-sql.ts'
import { contextOf } from './rows.ts'

/** A policy that a participant keeps, to be named by contract definitions. */
export interface PolicyDefinition {
  readonly id: string
  readonly policy: Policy
  readonly privateProperties: JsonObject
  readonly createdAt: Date
}

interface PolicyRow {
  readonly id: string
  readonly policy: JsonObject
  readonly private_properties: JsonObject
  readonly created_at: Date
}

const columns = 'id, policy, private_properties, created_at'

/** Stores a new policy and gives back when; undefined when its id is taken in this context. */
export async function insertPolicy(
  tx: Transaction,
  definition: Omit<PolicyDefinition, 'createdAt'>,
): Promise<Date | undefined> {
  const row = await tx.one<{ created_at: Date }>(
    `insert into control_plane.policy_definition (participant_context_id, id, policy, private_properties)
     values ($1, $2, $3::jsonb, $4::jsonb) on conflict (participant_context_id, id) do nothing returning created_at`,
    [contextOf(tx), definition.id, json(serialisePolicy(definition.policy)), json(definition.privateProperties)],
  )
  return row?.created_at
}

/** Replaces a policy; false when there is none. */
export async function updatePolicy(tx: Transaction, definition: Omit<PolicyDefinition, 'createdAt'>): Promise<boolean> {
  const changed = await tx.run(
    'update control_plane.policy_definition set policy = $2::jsonb, private_properties = $3::jsonb where id = $1',
    [definition.id, json(serialisePolicy(definition.policy)), json(definition.privateProperties)],
  )
  return changed > 0
}

export async function findPolicy(tx: Transaction, id: string): Promise<PolicyDefinition | undefined> {
  const row = await tx.one<PolicyRow>(`select ${columns} from control_plane.policy_definition where id = $1`, [id])
  return row && policyOfRow(row)
}

export async function queryPolicies(tx: Transaction, query: Query): Promise<PolicyDefinition[]> {
  const sql = queryOverColumns(query, { id: 'id', createdAt: 'created_at' })
  const rows = await tx.rows<PolicyRow>(`select ${columns} from control_plane.policy_definition${sql.text}`, sql.params)
  return rows.map(policyOfRow)
}

/** Whether a contract definition names the policy. */
export async function isPolicyInUse(tx: Transaction, id: string): Promise<boolean> {
  const row = await tx.one<{ used: boolean }>(
    `select exists (select from control_plane.contract_definition
                    where access_policy_id = $1 or contract_policy_id = $1) as used`,
    [id],
  )
  return row?.used === true
}

export async function deletePolicy(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.run('delete from control_plane.policy_definition where id = $1', [id])) > 0
}

function policyOfRow(row: PolicyRow): PolicyDefinition {
  return {
    id: row.id,
    policy: parsePolicy(row.policy),
    privateProperties: row.private_properties,
    createdAt: row.created_at,
  }
}
