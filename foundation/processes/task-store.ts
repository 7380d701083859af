import { randomUUID } from 'node:crypto'
import { json, type ServiceDatabase, type Transaction } from '../database/index.ts'
import { WeftError } from '../errors/index.ts'
import { correlationId, newCorrelationId } from '../telemetry/index.ts'
import { processErrors } from './errors.ts'
import type { HistoryEntry, JsonObject, ProcessRef, TaskRequest, Transition } from './port.ts'
import { type TaskStatements, taskStatements } from './task-statements.ts'

/** A task with the proof that we hold it: nobody else claimed it since. */
export interface ClaimedTask extends ProcessRef {
  readonly id: string
  readonly name: string
  readonly payload: JsonObject
  readonly correlationId: string
  readonly attempt: number
  readonly claims: number
  readonly inHand?: object
}

export interface Claim {
  readonly tasks: readonly ClaimedTask[]
  /** More is due than could be claimed. */
  readonly isBacklogged: boolean
  /** When the next task falls due; null when none is scheduled. */
  readonly nextInMs: number | null
}

const maxReason = 2_000
const maxHistory = 1_000
const retentionBatch = 1_000
/** Every replica looks for what falls due at least this often, so that nobody needs to be woken for what is later. */
const sweptAfterMs = 60_000

/** The tables of the engine, for one running engine (`owner`). */
export class TaskStore {
  readonly #database: ServiceDatabase
  readonly #owner: string
  readonly #sql: TaskStatements

  constructor(database: ServiceDatabase, owner: string) {
    this.#database = database
    this.#owner = owner
    this.#sql = taskStatements(database.schema)
  }

  /**
   * Writes history, tasks, events, the row and the end of the task `completes` in one statement; wakes other replicas when
   * `wakeOthers` and there is something for them to do soon. Tasks for which `begins` are claimed as they are written: they
   * are given back, to be run after the commit.
   * @throws `processes.lease-lost` as `complete` does, `processes.row-changed`
   */
  async record(
    tx: Transaction,
    transition: Transition,
    options: {
      readonly wakeOthers: boolean
      readonly begins: (task: TaskRequest) => boolean
      readonly leaseMs: number
      readonly completes?: ClaimedTask | undefined
    },
  ): Promise<ClaimedTask[]> {
    const { events = [] } = transition
    const correlation = newCorrelationId(correlationId())
    const tasks = (transition.tasks ?? []).map((task) => ({
      id: randomUUID(),
      name: task.name,
      dueInMs: task.dueInMs ?? 0,
      payload: task.payload ?? {},
      begun: options.begins(task),
    }))
    const input = {
      context: transition.participantContextId,
      type: transition.processType,
      process: transition.processId,
      steps: stepsOf(transition),
      // PostgreSQL's text cannot hold a NUL, which a counterparty may send.
      reason: transition.reason?.replaceAll('\0', '').slice(0, maxReason),
      correlationId: correlation,
      tasks,
      events: events.map((event) => ({ id: randomUUID(), subject: event.subject, body: event.body })),
    }
    const forOthers = options.wakeOthers && tasks.some((task) => !task.begun && task.dueInMs < sweptAfterMs)
    const { completes } = options
    const written = Object.entries(transition.row?.columns ?? {}).filter(([, value]) => value !== undefined)
    const row = transition.row && { table: transition.row.table, columns: written.map(([name]) => name) }
    const params = [json(input), this.#owner, forOthers, events.length > 0, options.leaseMs]
    const found = await tx.one<{ held: boolean; moved: boolean }>(this.#sql.record(row), [
      ...params,
      completes?.id ?? null,
      completes?.claims ?? null,
      ...(transition.row ? [transition.processId, transition.row.version, ...written.map(([, value]) => value)] : []),
    ])
    if (completes && !found?.held) throw leaseLost(completes)
    if (!found?.moved) throw new WeftError(processErrors['row-changed'])
    const { participantContextId, processType, processId } = transition
    const ref = { participantContextId, processType, processId, correlationId: correlation, attempt: 1, claims: 1 }
    return tasks.flatMap(({ id, name, payload, begun }, at) => {
      const inHand = transition.tasks?.[at]?.inHand
      return begun ? [{ id, name, payload, ...ref, ...(inHand ? { inHand } : {}) }] : []
    })
  }

  history(tx: Transaction, processType: string, processId: string): Promise<HistoryEntry[]> {
    return tx.rows<HistoryEntry>(this.#sql.history, [processType, processId, maxHistory])
  }

  async claim(limit: number, names: readonly string[], leaseMs: number): Promise<Claim> {
    const row = await this.#system('claim', (tx) =>
      tx.one<{ tasks: ClaimedTask[]; waiting: number; next: number | null }>(this.#sql.claim, [
        limit,
        names,
        this.#owner,
        leaseMs,
      ]),
    )
    if (!row) throw new Error('a claim returned nothing')
    return { tasks: row.tasks, isBacklogged: row.waiting > limit, nextInMs: row.next }
  }

  /** @throws `processes.lease-lost` so that the transaction which records the outcome is rolled back. */
  async complete(tx: Transaction, task: ClaimedTask): Promise<void> {
    const done = await tx.run(this.#sql.complete, [task.id, this.#owner, task.claims])
    if (done !== 1) throw leaseLost(task)
  }

  async completeAlone(task: ClaimedTask): Promise<void> {
    await this.#system('complete', (tx) => this.complete(tx, task))
  }

  async retry(task: ClaimedTask, afterMs: number, error: string): Promise<void> {
    await this.#system('retry', (tx) => tx.run(this.#sql.retry, [task.id, this.#owner, task.claims, afterMs, error]))
  }

  async park(task: ClaimedTask, error: string): Promise<void> {
    await this.#system('park', (tx) => tx.run(this.#sql.park, [task.id, this.#owner, task.claims, error]))
  }

  async renew(ids: readonly string[], leaseMs: number): Promise<void> {
    await this.#system('renew', (tx) => tx.run(this.#sql.renew, [this.#owner, ids, leaseMs]))
  }

  /** Only when no other process can have the database: what was claimed, a dead process had. */
  async releaseAll(): Promise<void> {
    await this.#system('release', (tx) => tx.run(this.#sql.releaseAll))
  }

  /** What this engine had claimed and does not run any more is due for everybody. */
  async releaseOwn(): Promise<void> {
    await this.#system('release', (tx) => tx.run(this.#sql.releaseOwn, [this.#owner]))
  }

  /** Names of due tasks that this engine has no handler for. */
  async unhandled(names: readonly string[]): Promise<string[]> {
    const rows = await this.#system('unhandled', (tx) => tx.rows<{ name: string }>(this.#sql.unhandled, [names]))
    return rows.map((row) => row.name)
  }

  /** Deletes history older than that, a batch per transaction. */
  async forgetHistory(olderThanMs: number): Promise<void> {
    let deleted: number
    do {
      deleted = await this.#system('forget', (tx) => tx.run(this.#sql.forgetHistory, [olderThanMs, retentionBatch]))
    } while (deleted === retentionBatch)
  }

  #system<T>(what: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#database.system(`processes.${what}`, work)
  }
}

function leaseLost({ id, name }: ClaimedTask): WeftError {
  return new WeftError(processErrors['lease-lost'], { detail: { task: id, name } })
}

function stepsOf({ from, through = [], to, messageId }: Transition): readonly object[] {
  const path = [from, ...through, to]
  // The message has caused the first of the steps; the others follow from it.
  return path.slice(1).map((state, index) => ({ from: path[index], to: state, ...(index === 0 ? { messageId } : {}) }))
}
