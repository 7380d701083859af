import { json, type Transaction } from '@weft/foundation/database'
import type { Page } from '@weft/foundation/http'
import type { Found, Predicate } from '@weft/protocols/fabric'
import type { JsonObject } from '@weft/protocols/policy'
import type { Activity } from '../domain/activity-graph.ts'
import type { Orchestration, OrchestrationState } from '../domain/orchestration.ts'
import { schema } from './migrations.ts'
import { page } from './page.ts'
import { predicateSql, type QueryColumn } from './predicate-sql.ts'

const table = `${schema}.orchestration`

const columns: Readonly<Record<string, QueryColumn>> = {
  id: { name: 'id', type: 'text' },
  version: { name: 'version', type: 'numeric' },
  correlationId: { name: 'correlation_id', type: 'text' },
  definitionId: { name: 'definition_id', type: 'text' },
  orchestrationType: { name: 'orchestration_type', type: 'text' },
  state: { name: 'state', type: 'numeric' },
  stateTimestamp: { name: 'state_timestamp', type: 'timestamptz' },
  createdTimestamp: { name: 'created_timestamp', type: 'timestamptz' },
}

interface OrchestrationRow {
  readonly id: string
  readonly version: number
  readonly correlation_id: string
  readonly definition_id: string
  readonly orchestration_type: string
  readonly state: OrchestrationState
  readonly state_timestamp: Date
  readonly created_timestamp: Date
  readonly activities: readonly Activity[]
  readonly started: readonly string[]
  readonly completed: readonly string[]
  readonly processing_data: JsonObject
  readonly output_data: JsonObject
  readonly error_code: string | null
  readonly error_detail: string | null
}

/** Stores a new orchestration. False when there is one with this id. */
export async function insertOrchestration(tx: Transaction, orchestration: Orchestration): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${table} (id, correlation_id, definition_id, orchestration_type, created_timestamp, version, state,
       state_timestamp, activities, started, completed, processing_data, output_data, error_code, error_detail)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11::jsonb, $12::jsonb, $13::jsonb, $14, $15)
     on conflict (id) do nothing`,
    [
      orchestration.id,
      orchestration.correlationId,
      orchestration.definitionId,
      orchestration.orchestrationType,
      orchestration.createdTimestamp,
      orchestration.version,
      orchestration.state,
      orchestration.stateTimestamp,
      json(orchestration.activities),
      json(orchestration.started),
      json(orchestration.completed),
      json(orchestration.processingData),
      json(orchestration.outputData),
      orchestration.errorCode,
      orchestration.errorDetail,
    ],
  )
  return inserted > 0
}

/** Writes what a step changes of an orchestration that the transaction has locked. */
export async function updateOrchestration(tx: Transaction, orchestration: Orchestration): Promise<void> {
  await tx.run(
    `update ${table} set version = version + 1, state = $2, state_timestamp = $3, started = $4::jsonb,
       completed = $5::jsonb, processing_data = $6::jsonb, output_data = $7::jsonb, error_code = $8, error_detail = $9
     where id = $1`,
    [
      orchestration.id,
      orchestration.state,
      orchestration.stateTimestamp,
      json(orchestration.started),
      json(orchestration.completed),
      json(orchestration.processingData),
      json(orchestration.outputData),
      orchestration.errorCode,
      orchestration.errorDetail,
    ],
  )
}

/** An orchestration by its id; with `lock`, nobody else takes a step of it before the transaction ends. */
export async function orchestrationById(
  tx: Transaction,
  id: string,
  lock: 'for update' | '' = '',
): Promise<Orchestration | undefined> {
  const row = await tx.one<OrchestrationRow>(`select * from ${table} where id = $1 ${lock}`, [id])
  return row && fromRow(row)
}

export async function findOrchestrations(
  tx: Transaction,
  predicate: Predicate,
  wanted: Page,
): Promise<Found<Orchestration>> {
  const query = { table, order: 'created_timestamp, id', where: predicateSql(predicate, columns), page: wanted }
  const found = await page<OrchestrationRow>(tx, query)
  return { ...found, items: found.items.map(fromRow) }
}

function fromRow(row: OrchestrationRow): Orchestration {
  return {
    id: row.id,
    version: row.version,
    correlationId: row.correlation_id,
    definitionId: row.definition_id,
    orchestrationType: row.orchestration_type,
    state: row.state,
    stateTimestamp: row.state_timestamp,
    createdTimestamp: row.created_timestamp,
    activities: row.activities,
    started: row.started,
    completed: row.completed,
    processingData: row.processing_data,
    outputData: row.output_data,
    errorCode: row.error_code,
    errorDetail: row.error_detail,
  }
}
