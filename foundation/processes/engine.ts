import { randomUUID } from 'node:crypto'
import { afterCommit, type ServiceDatabase, type Transaction, WorkLoop } from '../database/index.ts'
import type { Logger } from '../telemetry/index.ts'
import type { HistoryEntry, Processes, Task, TaskPolicy, TaskRequest, Transition } from './port.ts'
import { leaseMs, TaskRunner } from './task-runner.ts'
import { taskChannel } from './task-statements.ts'
import { type ClaimedTask, TaskStore } from './task-store.ts'

const hourMs = 3_600_000
const yearMs = 365 * 24 * hourMs
const defaultConcurrency = 64
const gatherMs = 10

export interface ProcessesOptions {
  readonly database: ServiceDatabase
  /** `Database.exclusive`: claims of a dead process are let go at start. */
  readonly exclusive: boolean
  readonly logger: Logger
  /** Tasks run at a time by this process. Default 64. */
  readonly concurrency?: number
  /** History older than this is deleted, hourly. Default one year. */
  readonly historyRetentionMs?: number
}

/** The engine over the tables of `processMigrations`. */
export function createProcesses(options: ProcessesOptions): Processes {
  return new Engine(options)
}

class Engine implements Processes {
  readonly #options: ProcessesOptions
  readonly #store: TaskStore
  readonly #runner: TaskRunner
  readonly #loop: WorkLoop
  readonly #concurrency: number
  /** More may be due than was claimed: look again when a slot is free. */
  #hasMore = false
  #isRunning = false
  #retention: NodeJS.Timeout | undefined
  #waitingForRest: (() => void)[] = []

  constructor(options: ProcessesOptions) {
    const { database, logger } = options
    const owner = randomUUID()
    this.#options = options
    this.#concurrency = options.concurrency ?? defaultConcurrency
    this.#store = new TaskStore(database, owner)
    this.#runner = new TaskRunner(this.#store, logger, (retryInMs) => this.#afterTask(retryInMs))
    this.#loop = new WorkLoop({
      name: `${database.schema} tasks`,
      database,
      channel: taskChannel(database.schema),
      logger,
      concerns: (payload) => payload !== owner,
      round: () => this.#claim(),
      onRest: () => this.#reportRest(),
    })
  }

  async record(tx: Transaction, transition: Transition): Promise<void> {
    const completion = transition.completes && this.#runner.completionOf(transition.completes)
    const begun = await this.#store.record(tx, transition, {
      wakeOthers: !this.#options.exclusive,
      begins: (task) => this.#begins(task),
      leaseMs,
      completes: completion?.claimed,
    })
    completion?.completesBy(tx)
    afterCommit(tx, () => this.#afterRecord(transition.tasks ?? [], begun))
  }

  /** A task that is due at once begins here, with no search for it, while nothing waits that would have to go first. */
  #begins({ name, dueInMs = 0 }: TaskRequest): boolean {
    return this.#isRunning && dueInMs === 0 && !this.#hasMore && this.#free > 0 && this.#runner.names.includes(name)
  }

  #afterRecord(tasks: readonly TaskRequest[], begun: readonly ClaimedTask[]): void {
    // One that stops meanwhile lets its claims go.
    if (this.#isRunning) for (const task of begun) this.#runner.run(task)
    const left = tasks.filter((task) => !begun.some(({ name }) => name === task.name))
    for (const { dueInMs = 0 } of left) {
      if (dueInMs === 0) this.#loop.kick()
      else this.#loop.kickIn(dueInMs)
    }
  }

  handle(name: string, policy: TaskPolicy, handler: (task: Task) => Promise<void>): void {
    this.#runner.handle(name, policy, handler)
  }

  history(tx: Transaction, processType: string, processId: string): Promise<HistoryEntry[]> {
    return this.#store.history(tx, processType, processId)
  }

  async start(): Promise<void> {
    if (this.#options.exclusive) await this.#store.releaseAll()
    await this.#loop.start()
    this.#isRunning = true
    await this.#warnOfUnhandled()
    this.#retention = setInterval(() => {
      this.#maintain().catch((error: unknown) => {
        this.#options.logger.warn('removing old process history failed; trying again in an hour', { error })
      })
    }, hourMs).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#retention)
    this.#isRunning = false
    await this.#loop.stop()
    await this.#runner.drain()
    if (this.#runner.running === 0) await this.#letGo()
  }

  async settled(): Promise<void> {
    while (!this.#isAtRest) {
      await new Promise<void>((resolve) => this.#waitingForRest.push(resolve))
    }
  }

  get #isAtRest(): boolean {
    return this.#loop.isAtRest && this.#runner.running === 0 && !this.#hasMore
  }

  get #free(): number {
    return this.#concurrency - this.#runner.running
  }

  async #claim(): Promise<number | null> {
    if (this.#runner.names.length === 0) return null
    const free = this.#free
    if (free <= 0) {
      this.#hasMore = true
      return null
    }
    const claim = await this.#store.claim(free, this.#runner.names, leaseMs)
    this.#hasMore = claim.isBacklogged
    for (const task of claim.tasks) this.#runner.run(task)
    return claim.isBacklogged && claim.tasks.length === 0 ? gatherMs : claim.nextInMs
  }

  #afterTask(retryInMs: number | undefined): void {
    if (this.#hasMore) {
      // A claim per finished task would cost more than the tasks: slots are gathered for a moment.
      if (this.#free >= this.#concurrency / 2) this.#loop.kick()
      else this.#loop.kickIn(gatherMs)
    } else if (retryInMs !== undefined) {
      this.#loop.kickIn(retryInMs)
    }
    this.#reportRest()
  }

  #reportRest(): void {
    if (!this.#isAtRest) return
    const waiting = this.#waitingForRest
    this.#waitingForRest = []
    for (const resolve of waiting) resolve()
  }

  /** A transaction may have been committed during the stop whose tasks were to begin here. */
  async #letGo(): Promise<void> {
    try {
      await this.#store.releaseOwn()
    } catch (error) {
      this.#options.logger.warn('claims could not be let go; they end with their lease', { error })
    }
  }

  async #maintain(): Promise<void> {
    await this.#store.forgetHistory(this.#options.historyRetentionMs ?? yearMs)
    await this.#warnOfUnhandled()
  }

  async #warnOfUnhandled(): Promise<void> {
    const names = await this.#store.unhandled(this.#runner.names)
    if (names.length > 0) this.#options.logger.error('tasks are due that this version has no handler for', { names })
  }
}
