import type { ParticipantContextId } from '../access/index.ts'
import type { Transaction } from '../database/index.ts'

/** Which process: a row of one of the service's own tables (`contract_negotiation`, `transfer_process`, …). */
export interface ProcessRef {
  readonly participantContextId: ParticipantContextId
  readonly processType: string
  readonly processId: string
}

export type JsonObject = { readonly [name: string]: unknown }

/** Work to be done after the transaction that asks for it has been committed. */
export interface TaskRequest {
  /** `negotiation.agreement.send`: the handler's name. */
  readonly name: string
  readonly dueInMs?: number
  readonly payload?: JsonObject
  /** What the handler would read first, as it will be after the commit. Kept in memory for a try that begins here at once. */
  readonly inHand?: object
}

/** An outgoing event, published by the outbox relay after the commit. */
export interface EventRequest {
  readonly subject: string
  readonly body: JsonObject
}

/** A step of a process. `from` is null when the process is new. */
export interface Transition extends ProcessRef {
  readonly from: string | null
  /** States that are gone through before `to`, each an entry of the history. */
  readonly through?: readonly string[]
  readonly to: string
  /** Why, for the history: a code or a sentence without secrets. */
  readonly reason?: string
  /** The protocol message that caused it. */
  readonly messageId?: string
  readonly tasks?: readonly TaskRequest[]
  readonly events?: readonly EventRequest[]
  /** The task whose outcome this is: it is marked done in the same statement, as `complete` would. */
  readonly completes?: Task
  /** The process's own row, when it is changed by the same statement. */
  readonly row?: ProcessRow
}

/**
 * A row to be changed if it still has the version that it was read with. Its table has the columns `id`, `version`, which is
 * raised, and `state_at`, which becomes now; those without a value are left alone.
 */
export interface ProcessRow {
  /** With its schema. */
  readonly table: string
  readonly version: number
  readonly columns: Readonly<Record<string, unknown>>
}

export interface Task extends ProcessRef {
  /** Stable over retries and restarts: use it as the id of the message that the task sends. */
  readonly id: string
  readonly name: string
  /** 1 for the first try. */
  readonly attempt: number
  readonly payload: JsonObject
  /** As the request for the task had it. Only the first try can have it: it may be out of date by a later one. */
  readonly inHand?: object
  /** Marks the task done inside the transaction that records its outcome. A handler that returns without it is done too. */
  complete(tx: Transaction): Promise<void>
}

export interface TaskPolicy {
  /** Tries in all, 1 or more. */
  readonly limit: number
  readonly baseMs: number
  readonly maxMs: number
  /**
   * Called when the limit is reached or an error says that a retry cannot cure it. Records the outcome (for instance a
   * termination with the error's code) and completes the task. Without it, or when it throws, the task is parked.
   */
  readonly exhausted?: (task: Task, error: Error) => Promise<void>
}

export interface HistoryEntry {
  readonly from: string | null
  readonly to: string
  readonly at: Date
  readonly reason: string | null
  readonly messageId: string | null
}

/** The state-machine engine: transition + history + outgoing event + next task in one transaction, tasks run by any replica. */
export interface Processes {
  /**
   * Writes history, tasks, events and the end of a task in one statement, with the change of the process's row where
   * that is part of the transition; else the caller has changed it (compare-and-set) in the same transaction.
   * @throws `processes.row-changed`, `processes.lease-lost`; nothing is written then where the row is part of it
   */
  record(tx: Transaction, transition: Transition): Promise<void>
  /** Registers the handler of a task name; before `start`. Handlers must bear repetition: a call may repeat with the same id. */
  handle(name: string, policy: TaskPolicy, handler: (task: Task) => Promise<void>): void
  /** Steps of one process, oldest first. */
  history(tx: Transaction, processType: string, processId: string): Promise<HistoryEntry[]>
  start(): Promise<void>
  /** Stops claiming and waits for running handlers. */
  stop(): Promise<void>
  /** Resolves when no task is due or running in this process; for tests. */
  settled(): Promise<void>
}
