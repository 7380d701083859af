import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Processes, Task, TaskRequest } from '@weft/foundation/processes'
import type { ReceivedMessage } from '../domain/received-message.ts'
import { serviceErrors } from '../errors.ts'
import type { Addressed } from './addressed.ts'
import { contextOf } from './rows.ts'

/** What a step of a process consists of beside the row's own change. */
export interface Step<State> {
  /** The states that are gone through; the last one is the new state. */
  readonly path: readonly [State, ...State[]]
  readonly reason?: string
  /** The counterparty's message that caused it. */
  readonly message?: ReceivedMessage
  readonly tasks?: readonly TaskRequest[]
  /** The task whose outcome this is. */
  readonly completes?: Task
  /** Who of ours the process is of, where that is known: tasks that begin at once need not look it up. */
  readonly owner?: Addressed
}

/** Writes the history of every state on the path, and the tasks of the last one, and the end of the task that led there; one statement. */
export async function recordSteps<State extends string>(
  tx: Transaction,
  processes: Processes,
  process: { readonly processType: string; readonly id: string; readonly from: State | null },
  step: Step<State>,
): Promise<void> {
  await processes.record(tx, {
    participantContextId: contextOf(tx),
    processType: process.processType,
    processId: process.id,
    from: process.from,
    through: step.path.slice(0, -1),
    to: lastOf(step.path),
    ...(step.reason === undefined ? {} : { reason: step.reason }),
    ...(step.message?.identified ? { messageId: step.message.key } : {}),
    ...(step.tasks ? { tasks: step.tasks } : {}),
    ...(step.completes ? { completes: step.completes } : {}),
  })
}

/**
 * Writes the columns of a process whose row is as it was read, and raises its version; columns without a value are left alone.
 * @throws `control-plane.lost-race` when somebody changed the row since
 */
export async function compareAndSet(
  tx: Transaction,
  table: 'contract_negotiation' | 'transfer_process',
  before: { readonly id: string; readonly version: number },
  columns: Readonly<Record<string, unknown>>,
): Promise<void> {
  const written = Object.entries(columns).filter(([, value]) => value !== undefined)
  const changed = await tx.run(
    `update control_plane.${table} set version = version + 1, state_at = now()
       ${written.map(([name], at) => `, ${name} = $${at + 3}`).join('')}
     where id = $1 and version = $2`,
    [before.id, before.version, ...written.map(([, value]) => value)],
  )
  if (changed === 0) throw new WeftError(serviceErrors['lost-race'])
}

export function lastOf<T>(path: readonly [T, ...T[]]): T {
  return path[path.length - 1] ?? path[0]
}
