import { afterCommit, type Transaction } from '../database/index.ts'
import { isRetryable, toWeftError, WeftError } from '../errors/index.ts'
import { type Logger, withCorrelation } from '../telemetry/index.ts'
import { processErrors } from './errors.ts'
import type { Task, TaskPolicy } from './port.ts'
import type { ClaimedTask, TaskStore } from './task-store.ts'

/** A claim ends after that unless it is renewed, so that another replica goes on when this one is dead. */
export const leaseMs = 60_000
const renewEveryMs = 20_000
const handlerMs = 10 * 60_000
const drainMs = 30_000
/** Times that a process may end in the middle of a task before the task is taken for the cause. */
const maxCrashes = 20
const maxErrorText = 500

interface Registration {
  readonly policy: TaskPolicy
  readonly handler: (task: Task) => Promise<void>
}

/** Runs claimed tasks and records how they ended. */
export class TaskRunner {
  readonly #store: TaskStore
  readonly #logger: Logger
  readonly #onEnd: (retryInMs: number | undefined) => void
  readonly #handlers = new Map<string, Registration>()
  readonly #running = new Map<string, Promise<void>>()
  #names: readonly string[] = []
  #renewal: NodeJS.Timeout | undefined

  constructor(store: TaskStore, logger: Logger, onEnd: (retryInMs: number | undefined) => void) {
    this.#store = store
    this.#logger = logger
    this.#onEnd = onEnd
  }

  get names(): readonly string[] {
    return this.#names
  }

  get running(): number {
    return this.#running.size
  }

  handle(name: string, policy: TaskPolicy, handler: (task: Task) => Promise<void>): void {
    if (this.#handlers.has(name)) throw new Error(`task ${name} has two handlers`)
    if (!(policy.limit >= 1)) throw new Error(`task ${name} needs a limit of 1 or more tries`)
    this.#handlers.set(name, { policy, handler })
    this.#names = [...this.#handlers.keys()].sort()
  }

  run(claimed: ClaimedTask): void {
    const registration = this.#handlers.get(claimed.name)
    if (!registration) throw new Error(`task ${claimed.name} was claimed without a handler`)
    const key = `${claimed.id} ${claimed.claims}`
    const run = withCorrelation(claimed.correlationId, () => this.#attempt(claimed, registration))
      .catch((error: unknown) => {
        // The outcome could not be written. The lease runs out and the task is tried again.
        this.#log('warn', 'the outcome of a task could not be recorded; it will be tried again', claimed, error)
        return leaseMs
      })
      .then((retryInMs) => {
        this.#running.delete(key)
        if (this.#running.size === 0) this.#stopRenewing()
        this.#onEnd(retryInMs)
      })
    this.#running.set(key, run)
    this.#renewal ??= setInterval(() => this.#renew(), renewEveryMs).unref()
  }

  /** The completion of a task that a handler here was given. */
  completionOf(task: Task): Completion {
    const completion = completions.get(task)
    if (!completion) throw new Error(`task ${task.name} is none that this engine has handed out`)
    return completion
  }

  /** Waits for running handlers, 30 s at most: what has not ended by then goes on elsewhere when its lease is over. */
  async drain(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#logger.warn('stopping without waiting any longer for running tasks', { running: this.#running.size })
        resolve()
      }, drainMs)
    })
    await Promise.race([Promise.all(this.#running.values()), deadline])
    clearTimeout(timer)
    this.#stopRenewing()
  }

  /** Returns in how many milliseconds the task is due again, if it is. */
  async #attempt(claimed: ClaimedTask, { policy, handler }: Registration): Promise<number | undefined> {
    const completion = new Completion(this.#store, claimed)
    const crashes = claimed.claims - claimed.attempt
    try {
      if (crashes > maxCrashes) throw new WeftError(processErrors['handler-crashed'])
      await withDeadline(() => handler(completion.task))
      await completion.ensure()
    } catch (error) {
      if (completion.isDone) {
        this.#log('error', 'a task failed after it was recorded as done', claimed, error)
      } else if (isLeaseLost(error)) {
        this.#log('warn', 'another replica has taken a task over', claimed, error)
      } else if (claimed.attempt < policy.limit && isRetryable(error)) {
        const delay = backOff(policy, claimed.attempt)
        this.#log('warn', 'a task failed and will be tried again', claimed, error, { retryInMs: Math.round(delay) })
        await this.#store.retry(claimed, delay, describe(error))
        return delay
      } else {
        await this.#giveUp(claimed, policy, toError(error))
      }
    }
    return undefined
  }

  async #giveUp(claimed: ClaimedTask, policy: TaskPolicy, error: Error): Promise<void> {
    if (!policy.exhausted) {
      this.#log('error', 'a task failed for good and is parked', claimed, error)
      await this.#store.park(claimed, describe(error))
      return
    }
    const completion = new Completion(this.#store, claimed)
    const { exhausted } = policy
    try {
      this.#log('warn', 'a task failed for good', claimed, error)
      await withDeadline(() => exhausted(completion.task, error))
      await completion.ensure()
    } catch (second) {
      if (completion.isDone || isLeaseLost(second)) throw second
      this.#log('error', 'the failure of a task could not be recorded; it is parked', claimed, second)
      await this.#store.park(claimed, `${describe(error)}; then ${describe(second)}`)
    }
  }

  #renew(): void {
    const ids = [...this.#running.keys()].map((key) => key.slice(0, key.indexOf(' ')))
    this.#store.renew(ids, leaseMs).catch((error: unknown) => {
      this.#logger.warn('leases of running tasks could not be renewed', { error })
    })
  }

  #stopRenewing(): void {
    clearInterval(this.#renewal)
    this.#renewal = undefined
  }

  #log(level: 'warn' | 'error', message: string, task: ClaimedTask, error: unknown, more: object = {}): void {
    this.#logger[level](message, {
      action: task.name,
      participantContextId: task.participantContextId,
      taskId: task.id,
      processType: task.processType,
      processId: task.processId,
      attempt: task.attempt,
      error,
      ...more,
    })
  }
}

const completions = new WeakMap<Task, Completion>()

/** Knows whether the task's completion was committed, whoever asked for it. */
class Completion {
  readonly task: Task
  readonly claimed: ClaimedTask
  readonly #store: TaskStore
  #isDone = false

  constructor(store: TaskStore, claimed: ClaimedTask) {
    this.#store = store
    this.claimed = claimed
    const { claims: _claims, correlationId: _correlationId, ...task } = claimed
    this.task = { ...task, complete: (tx) => this.#complete(tx) }
    completions.set(this.task, this)
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** Completes the task when its handler returned without doing so. */
  async ensure(): Promise<void> {
    if (this.#isDone) return
    await this.#store.completeAlone(this.claimed)
    this.#isDone = true
  }

  async #complete(tx: Transaction): Promise<void> {
    await this.#store.complete(tx, this.claimed)
    this.completesBy(tx)
  }

  /** The transaction has completed the task, if it is committed. */
  completesBy(tx: Transaction): void {
    afterCommit(tx, () => {
      this.#isDone = true
    })
  }
}

async function withDeadline(work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WeftError(processErrors['handler-timeout'])), handlerMs)
  })
  try {
    await Promise.race([work(), deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Doubles with each try, with jitter of half, so that tasks that failed together do not return together. */
function backOff(policy: TaskPolicy, attempt: number): number {
  return Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof WeftError && error.entry === processErrors['lease-lost']
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** Code and public text only: rows of this table are shown to operators. */
function describe(thrown: unknown): string {
  const error = toWeftError(thrown)
  return `${error.code}: ${error.message}`.slice(0, maxErrorText)
}
