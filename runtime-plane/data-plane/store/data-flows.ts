import type { ParticipantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { DataFlowState } from '@weft/protocols/dps'
import type { DataFlow, HttpPlace } from '../domain/data-flow.ts'
import { schema } from './migrations.ts'

interface FlowRow {
  readonly participant_context_id: ParticipantContextId
  readonly id: string
  readonly process_role: DataFlow['role']
  readonly profile: string
  readonly state: DataFlowState
  readonly generation: number
  readonly renewals: number
  readonly source: HttpPlace | null
  readonly source_secret: string | null
  readonly peer_secret: string | null
  readonly caller: string
  readonly control_plane: string | null
  readonly participant: string
  readonly counterparty: string
  readonly agreement_id: string
  readonly dataset_id: string
  readonly bytes_delivered: number
}

const flowColumns = `participant_context_id, id, process_role, profile, state, generation, renewals, source, source_secret,
  peer_secret, caller, control_plane, participant, counterparty, agreement_id, dataset_id, bytes_delivered`

/** Adds a flow; false when the process has one already. */
export async function insertFlow(tx: Transaction, flow: DataFlow, at: Date): Promise<boolean> {
  const inserted = await tx.run(
    `insert into ${schema}.data_flow (${flowColumns}, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, $17)
     on conflict do nothing`,
    [
      flow.participantContextId,
      flow.id,
      flow.role,
      flow.profile,
      flow.state,
      flow.generation,
      flow.renewals,
      flow.ownEnd === null ? null : json(flow.ownEnd),
      flow.ownEndSecret,
      flow.peerSecret,
      flow.caller,
      flow.controlPlane,
      flow.participant,
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

/** Writes what signals and renewals change of a flow that this transaction has locked. */
export async function updateFlow(
  tx: Transaction,
  next: Pick<DataFlow, 'id' | 'state' | 'generation' | 'renewals' | 'peerSecret'>,
  at: Date,
): Promise<void> {
  await tx.run(
    `update ${schema}.data_flow
     set state = $2, generation = $3, renewals = $4, peer_secret = $5, updated_at = $6 where id = $1`,
    [next.id, next.state, next.generation, next.renewals, next.peerSecret, at],
  )
}

/** Adds to the count of bytes that were delivered; a flow that is gone is fine. */
export async function addDeliveredBytes(tx: Transaction, id: string, bytes: number): Promise<void> {
  await tx.run(`update ${schema}.data_flow set bytes_delivered = bytes_delivered + $2 where id = $1`, [id, bytes])
}

/** A process that wants to carry a flow until a time, which it moves on while it does. */
export interface Carrier {
  readonly by: string
  readonly now: Date
  readonly until: Date
}

/**
 * Takes the carriage of a flow, or keeps it; false while another process has it. `onlyLost` takes what a process that is
 * gone has left, and nothing that was let go.
 */
export async function takeCarriage(tx: Transaction, id: string, carrier: Carrier, onlyLost = false): Promise<boolean> {
  const free = onlyLost ? '' : 'carried_by is null or '
  const taken = await tx.run(
    `update ${schema}.data_flow set carried_by = $2, carried_until = $4
     where id = $1 and (${free}carried_by = $2 or carried_until < $3)`,
    [id, carrier.by, carrier.now, carrier.until],
  )
  return taken === 1
}

/** Lets go of a carriage; one that another process has is left to it. */
export async function releaseCarriage(tx: Transaction, id: string, by: string): Promise<void> {
  await tx.run(
    `update ${schema}.data_flow set carried_by = null, carried_until = null where id = $1 and carried_by = $2`,
    [id, by],
  )
}

/** Whether a process has the carriage of a flow, or had it when it was lost. */
export async function isCarried(tx: Transaction, id: string): Promise<boolean> {
  const row = await tx.one(`select 1 from ${schema}.data_flow where id = $1 and carried_by is not null`, [id])
  return row !== undefined
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

function flowOf(row: FlowRow): DataFlow {
  return {
    participantContextId: row.participant_context_id,
    id: row.id,
    role: row.process_role,
    profile: row.profile,
    state: row.state,
    generation: row.generation,
    renewals: row.renewals,
    ownEnd: row.source,
    ownEndSecret: row.source_secret,
    peerSecret: row.peer_secret,
    caller: row.caller,
    controlPlane: row.control_plane,
    participant: row.participant,
    counterparty: row.counterparty,
    agreementId: row.agreement_id,
    datasetId: row.dataset_id,
    bytesDelivered: row.bytes_delivered,
  }
}
