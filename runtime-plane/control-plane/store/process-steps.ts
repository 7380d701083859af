import { databaseErrors, type Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import {
  type Processes,
  type ProcessRow,
  processErrors,
  type Task,
  type TaskRequest,
  type Transition,
} from '@weft/foundation/processes'
import { isObject } from '@weft/protocols/trust'
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

/**
 * Writes the history of every state on the path, and the tasks of the last one, and the end of the task that led there, and
 * for a process that is there already its row; one statement.
 * @throws `control-plane.lost-race` when somebody changed the row since it was read; nothing is written then
 */
export async function recordSteps<State extends string>(
  tx: Transaction,
  processes: Processes,
  process: { readonly processType: string; readonly id: string; readonly from: State | null },
  step: Step<State>,
  row?: ProcessRow,
): Promise<void> {
  const transition: Transition = {
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
    ...(row ? { row } : {}),
  }
  try {
    await processes.record(tx, transition)
  } catch (error) {
    if (error instanceof WeftError && error.entry === processErrors['row-changed']) {
      throw new WeftError(serviceErrors['lost-race'], { cause: error })
    }
    throw error
  }
}

/** Whether a statement was refused because a row like this is there already. */
export function isDuplicate(thrown: unknown, constraint: string): boolean {
  const { entry, detail } = thrown instanceof WeftError ? thrown : {}
  return entry === databaseErrors.duplicate && isObject(detail) && detail.constraint === constraint
}

export function lastOf<T>(path: readonly [T, ...T[]]): T {
  return path[path.length - 1] ?? path[0]
}
