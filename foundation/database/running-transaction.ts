import { AsyncLocalStorage } from 'node:async_hooks'
import type { ParticipantContextId } from '../access/index.ts'
import { WeftError } from '../errors/index.ts'
import { BrokenSession, type Engine, type Session, type StatementResult } from './engine.ts'
import { databaseErrors } from './errors.ts'
import { toDatabaseFailure } from './failures.ts'
import type { Transaction } from './port.ts'

/** Longest life of a transaction: nobody waits for anything but the database inside of one. */
const deadlineMs = 60_000

const running = new AsyncLocalStorage<RunningTransaction>()
const afterCommitActions = new WeakMap<Transaction, (() => void)[]>()

/** Calls `action` once the transaction has been committed; not at all when it is rolled back. `action` must not throw. */
export function afterCommit(tx: Transaction, action: () => void): void {
  const actions = afterCommitActions.get(tx)
  if (!actions) throw new Error('afterCommit needs the transaction as the database gave it')
  actions.push(action)
}

/** Runs `work` as if no transaction were open around it: for handlers called from inside the driver. */
export function outsideTransaction<T>(work: () => T): T {
  return running.exit(work)
}

/** How a transaction begins. */
interface Beginning {
  readonly begin: string
  readonly contextId: ParticipantContextId | null
  /** The commit follows the statements that the work starts before it waits for anything. */
  readonly atOnce?: boolean
}

/**
 * Begins with `begin`, runs `work`, commits. Rolls back when `work` throws, when a statement failed (even if `work` caught
 * its error: the server would turn the commit into a rollback without a word) or when the deadline passes.
 */
export async function runTransaction<T>(
  engine: Engine,
  { begin, contextId, atOnce = false }: Beginning,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  // A second session inside of a first one deadlocks PGlite at once and a pool under load.
  if (running.getStore()?.isOpen) throw new Error('a transaction was opened inside of another one')
  let tx: RunningTransaction | undefined
  try {
    const result = await engine.session(async (session) => {
      const current = new RunningTransaction(session, contextId)
      tx = current
      afterCommitActions.set(current, [])
      return running.run(current, () => (atOnce ? current.completeAtOnce(begin, work) : current.complete(begin, work)))
    })
    for (const action of (tx && afterCommitActions.get(tx)) ?? []) outsideTransaction(action)
    return result
  } catch (error) {
    throw toDatabaseFailure(error instanceof BrokenSession ? error.cause : error)
  }
}

class RunningTransaction implements Transaction {
  readonly contextId: ParticipantContextId | null
  readonly #session: Session
  #state: 'open' | 'committing' | 'over' = 'open'
  #last: Promise<unknown> = Promise.resolve()
  #inFlight = 0
  #failure: { readonly error: unknown } | undefined

  constructor(session: Session, contextId: ParticipantContextId | null) {
    this.#session = session
    this.contextId = contextId
  }

  get isOpen(): boolean {
    return this.#state !== 'over'
  }

  async rows<Row extends object>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#execute(sql, params)).rows as Row[]
  }

  async one<Row extends object>(sql: string, params: readonly unknown[] = []): Promise<Row | undefined> {
    return (await this.#execute(sql, params)).rows[0] as Row | undefined
  }

  async run(sql: string, params: readonly unknown[] = []): Promise<number> {
    return (await this.#execute(sql, params)).count
  }

  /**
   * The first statement does not wait for the answer to `begin`. Should that fail and leave no transaction, the statement
   * meets row-level security that is forced on the owner, too.
   */
  async complete<T>(begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    let result: T
    try {
      const [, done] = await Promise.all([this.#session.script(begin), withDeadline(() => work(this))])
      result = done
      if (this.#inFlight > 0) await this.#last.catch(() => undefined)
      if (this.#failure) throw this.#failure.error
    } catch (error) {
      this.#state = 'over'
      await this.#last.catch(() => undefined)
      await this.#rollback(error)
      throw error
    }
    this.#state = 'over'
    try {
      await this.#session.script('commit')
    } catch (error) {
      // Deferred constraints fail here and leave no transaction open; a lost connection leaves the outcome unknown.
      await this.#rollback(error)
      throw error
    }
    return result
  }

  /** One round trip. What `work` throws although its statements have succeeded undoes nothing. */
  async completeAtOnce<T>(begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const begun = this.#session.script(begin)
    const working = work(this)
    this.#state = 'committing'
    const committed = this.#session.script('commit')
    const [ofBegin, ofWork, ofCommit] = await Promise.allSettled([begun, working, committed])
    this.#state = 'over'
    for (const outcome of [ofBegin, ofCommit])
      if (outcome.status === 'rejected') this.#failure ??= { error: outcome.reason }
    if (this.#failure) await this.#rollback(this.#failure.error)
    if (ofWork.status === 'rejected') throw ofWork.reason
    if (this.#failure) throw this.#failure.error
    return ofWork.value
  }

  async #rollback(reason: unknown): Promise<void> {
    try {
      await this.#session.script('rollback')
    } catch {
      throw new BrokenSession(reason)
    }
  }

  async #execute(sql: string, params: readonly unknown[]): Promise<StatementResult> {
    if (this.#state !== 'open') throw new Error('the transaction is over: a statement came after its end')
    this.#inFlight += 1
    const result = this.#session.execute(sql, params)
    this.#last = result
    try {
      return await result
    } catch (error) {
      const failure = toDatabaseFailure(error)
      this.#failure ??= { error: failure }
      throw failure
    } finally {
      this.#inFlight -= 1
    }
  }
}

async function withDeadline<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new WeftError(databaseErrors.busy, { message: 'A transaction was open for too long and was rolled back.' }),
      )
    }, deadlineMs)
  })
  try {
    return await Promise.race([work(), deadline])
  } finally {
    clearTimeout(timer)
  }
}
