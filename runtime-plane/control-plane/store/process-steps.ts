import type { Transaction } from '@weft/foundation/database'
import type { Processes, Task, TaskRequest } from '@weft/foundation/processes'
import type { ReceivedMessage } from '../domain/received-message.ts'
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

export function lastOf<T>(path: readonly [T, ...T[]]): T {
  return path[path.length - 1] ?? path[0]
}
