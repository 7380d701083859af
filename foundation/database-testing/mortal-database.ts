import type { ServiceDatabase, Transaction } from '../database/index.ts'

const never = new Promise<never>(() => undefined)

/** Thrown inside of the database's transaction, so that it rolls back as it does when a connection breaks. */
class Dead extends Error {}

export interface MortalDatabase extends ServiceDatabase {
  readonly isDead: boolean
  /** Resolves when the database has ended what the process had begun: by commit or by rollback. */
  buried(): Promise<void>
}

/**
 * For tests: a process's view of its database until the process is killed. The kill comes at the n-th step of talking
 * to the database (each begin, statement and commit counts twice: before it reached the database and after). From then
 * on nothing the process started goes on: an open transaction is rolled back, no answer arrives.
 */
export function mortal(
  database: ServiceDatabase,
  lifetime: number,
  onDeath: () => void = () => undefined,
): MortalDatabase {
  let steps = 0
  let isDead = false
  const begun = new Set<Promise<unknown>>()

  function step(): void {
    if (isDead) throw new Dead()
    steps += 1
    if (steps < lifetime) return
    isDead = true
    onDeath()
    throw new Dead()
  }

  async function statement<T>(run: () => Promise<T>): Promise<T> {
    step()
    const result = await run()
    step()
    return result
  }

  /** The same object, since the engine knows transactions by identity. */
  function instrument(tx: Transaction): Transaction {
    const { rows, one, run } = tx
    return Object.assign(tx, {
      rows: (sql: string, params?: readonly unknown[]) => statement(() => rows.call(tx, sql, params)),
      one: (sql: string, params?: readonly unknown[]) => statement(() => one.call(tx, sql, params)),
      run: (sql: string, params?: readonly unknown[]) => statement(() => run.call(tx, sql, params)),
    })
  }

  async function transaction<T>(
    open: (work: (tx: Transaction) => Promise<T>) => Promise<T>,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    try {
      step()
      const opened = open(async (tx) => {
        step()
        const value = await work(instrument(tx))
        step()
        return value
      })
      begun.add(opened)
      const result = await opened.finally(() => begun.delete(opened))
      step()
      return result
    } catch (error) {
      return isDead ? never : Promise.reject(error)
    }
  }

  return {
    schema: database.schema,
    get isDead() {
      return isDead
    },
    async buried() {
      await Promise.allSettled(begun)
    },
    tenant: (contextId, work) => transaction((inside) => database.tenant(contextId, inside), work),
    tenantAtOnce: (contextId, work) => transaction((inside) => database.tenantAtOnce(contextId, inside), work),
    system: (purpose, work) => transaction((inside) => database.system(purpose, inside), work),
    listen: (channel, handler) =>
      database.listen(channel, (payload) => {
        if (!isDead) handler(payload)
      }),
  }
}
