import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { DataFlowState } from '@weft/protocols/dps'
import type { DataFlow, GivenAnswer, HttpSource } from '../domain/data-flow.ts'
import { schema } from './migrations.ts'

interface FlowRow {
  readonly participant_context_id: ParticipantContextId
  readonly id: string
  readonly process_role: DataFlow['role']
  readonly profile: string
  readonly state: DataFlowState
  readonly generation: number
  readonly source: HttpSource | null
  readonly source_secret: string | null
  readonly caller: string
  readonly counterparty: string
  readonly agreement_id: string
  readonly dataset_id: string
  readonly bytes_delivered: number
}

const flowColumns = `participant_context_id, id, process_role, profile, state, generation, source, source_secret,
  caller, counterparty, agreement_id, dataset_id, bytes_delivered`

/** Adds a flow; false when the process has one already. */
export async function insertFlow(tx: Transaction, flow: DataFlow, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.data_flow (${flowColumns}, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, 0, $13, $13)
     on conflict do nothing`,
    [
      flow.participantContextId,
      flow.id,
      flow.role,
      flow.profile,
      flow.state,
      flow.generation,
      flow.source === null ? null : json(flow.source),
      flow.sourceSecret,
      flow.caller,
      flow.counterparty,
      flow.agreementId,
      flow.datasetId,
      at,
    ],
  )
  return inserted === 1
}

/** The flow of the transaction's context, or undefined. `lock` keeps others from changing it until the commit. */
export async function readFlow(tx: Transaction, id: string, lock = false): Promise<DataFlow | undefined> {
  const row = await tx.one<FlowRow>(
    `select ${flowColumns} from ${schema}.data_flow where id = $1${lock ? ' for update' : ''}`,
    [id],
  )
  return row && flowOf(row)
}

/** Writes state and generation of a flow that this transaction has locked. */
export async function updateFlow(
  tx: Transaction,
  id: string,
  next: { readonly state: DataFlowState; readonly generation: number },
  at: Date,
): Promise<void> {
  await tx.run(`update ${schema}.data_flow set state = $2, generation = $3, updated_at = $4 where id = $1`, [
    id,
    next.state,
    next.generation,
    at,
  ])
}

/** Adds to the count of bytes that consumers got; a flow that is gone is fine. */
export async function addDeliveredBytes(tx: Transaction, id: string, bytes: number): Promise<void> {
  await tx.run(`update ${schema}.data_flow set bytes_delivered = bytes_delivered + $2 where id = $1`, [id, bytes])
}

/** The flows of the context that are not over, locked. */
export async function lockRunningFlows(tx: Transaction): Promise<readonly DataFlow[]> {
  const rows = await tx.rows<FlowRow>(
    `select ${flowColumns} from ${schema}.data_flow where state not in ('COMPLETED', 'TERMINATED') order by id for update`,
  )
  return rows.map(flowOf)
}

/** Removes a flow and its messages. */
export async function deleteFlow(tx: Transaction, id: string): Promise<void> {
  await tx.run(`delete from ${schema}.data_flow where id = $1`, [id])
}

/** Tells every replica, once the transaction is committed, to cut the flow's streams. */
export async function announceCut(tx: Transaction, flow: DataFlow): Promise<void> {
  await tx.rows('select pg_notify($1, $2)', [cutChannel, json([flow.participantContextId, flow.id, flow.generation])])
}
export const cutChannel = 'data_plane_cut'

/** State and generation of each of these flows, whatever the context; flows that are gone are absent. */
export async function readFlowStates(
  tx: Transaction,
  flows: readonly { readonly participantContextId: string; readonly dataFlowId: string }[],
): Promise<readonly FlowStanding[]> {
  return tx.rows<FlowStanding>(
    `select f.participant_context_id as "participantContextId", f.id as "dataFlowId", f.state, f.generation
     from ${schema}.data_flow f
     join jsonb_to_recordset($1::jsonb) as asked("participantContextId" text, "dataFlowId" text)
       on asked."participantContextId" = f.participant_context_id and asked."dataFlowId" = f.id`,
    [json(flows)],
  )
}

export interface FlowStanding {
  readonly participantContextId: string
  readonly dataFlowId: string
  readonly state: DataFlowState
  readonly generation: number
}

/** The answer that the message got before, or undefined. */
export async function readAnswer(tx: Transaction, messageId: string): Promise<GivenAnswer | undefined> {
  const row = await tx.one<{
    flow_id: string
    signal: string
    state: DataFlowState
    token_generation: number | null
    token_expires_at: number | null
  }>(
    `select flow_id, signal, state, token_generation, token_expires_at
     from ${schema}.answered_message where message_id = $1`,
    [messageId],
  )
  if (!row) return undefined
  const { token_generation: generation, token_expires_at: expiresAt } = row
  const token = generation === null || expiresAt === null ? null : { generation, expiresAt: Number(expiresAt) }
  return { messageId, flowId: row.flow_id, signal: row.signal, state: row.state, token }
}

/** Remembers an answer. @throws `database.duplicate` when the message was answered meanwhile */
export async function insertAnswer(tx: Transaction, answer: GivenAnswer, at: Date): Promise<void> {
  await tx.run(
    `insert into ${schema}.answered_message
       (participant_context_id, message_id, flow_id, signal, state, token_generation, token_expires_at, answered_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      tx.contextId,
      answer.messageId,
      answer.flowId,
      answer.signal,
      answer.state,
      answer.token?.generation ?? null,
      answer.token?.expiresAt ?? null,
      at,
    ],
  )
}

function flowOf(row: FlowRow): DataFlow {
  return {
    participantContextId: row.participant_context_id,
    id: row.id,
    role: row.process_role,
    profile: row.profile,
    state: row.state,
    generation: row.generation,
    source: row.source,
    sourceSecret: row.source_secret,
    caller: row.caller,
    counterparty: row.counterparty,
    agreementId: row.agreement_id,
    datasetId: row.dataset_id,
    bytesDelivered: row.bytes_delivered,
  }
}
