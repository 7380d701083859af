import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import { json, type Transaction } from '@weft/foundation/database'
import type { JsonObject, Task } from '@weft/foundation/processes'
import type { Did } from '@weft/protocols/trust'
import {
  type ContextConfig,
  type ContextState,
  type LogIdentity,
  logIdentity,
  type ParticipantContext,
} from '../domain/participant.ts'
import { contextOf } from './rows.ts'

export interface ContextRow {
  readonly participant_context_id: string
  readonly identity: string
  readonly properties: JsonObject
  readonly state: string
  readonly created_at: Date
}

export const contextColumns = 'participant_context_id, identity, properties, state, created_at'

/** Stores a new context, or gives back the one that has its id. A DID that another context has throws `database.duplicate`. */
export async function insertContext(
  tx: Transaction,
  context: Pick<ParticipantContext, 'id' | 'identity' | 'properties' | 'state'>,
): Promise<{ readonly created: boolean; readonly context: ParticipantContext }> {
  const row = await tx.one<ContextRow>(
    `insert into control_plane.participant_context (participant_context_id, identity, properties, state)
     values ($1, $2, $3::jsonb, $4) on conflict (participant_context_id) do nothing returning ${contextColumns}`,
    [context.id, context.identity, json(context.properties), context.state],
  )
  if (row) return { created: true, context: contextOfRow(row) }
  const existing = await findContext(tx)
  if (!existing) throw new Error('a context that is there was not visible to its own transaction')
  return { created: false, context: existing }
}

/** The context of a tenant transaction. */
export async function findContext(tx: Transaction): Promise<ParticipantContext | undefined> {
  const row = await tx.one<ContextRow>(
    `select ${contextColumns} from control_plane.participant_context where participant_context_id = $1`,
    [contextOf(tx)],
  )
  return row && contextOfRow(row)
}

/** Every context, by age; in a system transaction. */
export async function listContexts(tx: Transaction, offset: number, limit: number): Promise<ParticipantContext[]> {
  const rows = await tx.rows<ContextRow>(
    `select ${contextColumns} from control_plane.participant_context
     order by created_at, participant_context_id offset $1::int limit $2::int`,
    [offset, limit],
  )
  return rows.map(contextOfRow)
}

/** Changes properties and state; false when there is no such context. */
export async function updateContext(
  tx: Transaction,
  change: Pick<ParticipantContext, 'properties' | 'state'>,
): Promise<boolean> {
  const changed = await tx.run(
    `update control_plane.participant_context set properties = $2::jsonb, state = $3 where participant_context_id = $1`,
    [contextOf(tx), json(change.properties), change.state],
  )
  return changed > 0
}

/** Whether a negotiation or transfer is under way. */
export async function hasRunningProcesses(tx: Transaction): Promise<boolean> {
  const row = await tx.one<{ running: boolean }>(
    `select exists (select from control_plane.contract_negotiation where state not in ('FINALIZED', 'TERMINATED'))
         or exists (select from control_plane.transfer_process where state not in ('COMPLETED', 'TERMINATED')) as running`,
  )
  return row?.running === true
}

/** Deletes the context with every row that belongs to it; false when there is none. */
export async function deleteContext(tx: Transaction): Promise<boolean> {
  const deleted = await tx.run('delete from control_plane.participant_context where participant_context_id = $1', [
    contextOf(tx),
  ])
  return deleted > 0
}

/** The settings of a context; empty when none were stored. */
export async function findConfig(tx: Transaction): Promise<ContextConfig> {
  const row = await tx.one<{ entries: Record<string, string>; private_names: string[] }>(
    'select entries, private_names from control_plane.participant_config where participant_context_id = $1',
    [contextOf(tx)],
  )
  return { entries: row?.entries ?? {}, privateNames: row?.private_names ?? [] }
}

/** Replaces the settings of a context. */
export async function putConfig(tx: Transaction, config: ContextConfig): Promise<void> {
  await tx.run(
    `insert into control_plane.participant_config (participant_context_id, entries, private_names)
     values ($1, $2::jsonb, $3::jsonb)
     on conflict (participant_context_id) do update set entries = excluded.entries, private_names = excluded.private_names`,
    [contextOf(tx), json(config.entries), json(config.privateNames)],
  )
}

/** Who a task is about, for its log lines. */
export async function identityOf(tx: Transaction, task: Task): Promise<LogIdentity> {
  const context = await findContext(tx)
  return context ? logIdentity(context) : { participantContextId: task.participantContextId }
}

export function contextOfRow(row: ContextRow): ParticipantContext {
  const id: ParticipantContextId = participantContextId(row.participant_context_id)
  return {
    id,
    identity: row.identity as Did,
    properties: row.properties,
    state: row.state as ContextState,
    createdAt: row.created_at,
  }
}
