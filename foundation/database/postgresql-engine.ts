import pg from 'pg'
import { batchingSocket } from './batching-socket.ts'
import { BrokenSession, type Engine, type Session, type StatementResult } from './engine.ts'
import { isConnectionFailure, isForeignStatement, isStalePlan, toDatabaseFailure } from './failures.ts'
import { NotificationConnection } from './notification-connection.ts'
import type { PostgresqlOptions } from './postgresql.ts'
import { StatementNames } from './statement-names.ts'
import { parserOf, toWire } from './values.ts'

const statementMs = 30_000
/** A little more than the server's own limit: it only ends statements whose answer never comes. */
const answerMs = 35_000
const connectMs = 10_000
const idleInTransactionMs = 60_000

/** A server, reached through a pool of connections and one more for notifications. */
export class PostgresqlEngine implements Engine {
  readonly kind = 'postgresql'
  readonly exclusive = false
  /** Set with each transaction, not at connect: a pooling proxy refuses start parameters that it does not know. */
  readonly transactionSettings =
    `, set_config('statement_timeout', '${statementMs}', true), set_config('idle_in_transaction_session_timeout', '${idleInTransactionMs}', true)`
  readonly #pool: pg.Pool
  readonly #names = new StatementNames()
  readonly #notifications: NotificationConnection
  #closing: Promise<void> | undefined

  constructor(options: PostgresqlOptions) {
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: options.maxConnections ?? 16,
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      keepAlive: true,
      stream: batchingSocket,
      // Statements that are started together cost one round trip.
      pipeline: true,
      types: { getTypeParser: (type: number) => parserOf(type) },
    })
    // The pool listens to idle connections only: a lent one that breaks between two statements would end the process.
    this.#pool.on('connect', (client) => {
      client.on('error', (error) => options.logger?.warn('a database connection was lost', { error }))
      // A plan for each call costs more than the short statements that there are. Behind a pooling proxy it may stay with
      // another connection of ours, where it does no harm. Where it fails the connection is lost, which is said above.
      client.query('set plan_cache_mode = force_generic_plan').catch(() => undefined)
    })
    this.#pool.on('error', () => undefined)
    this.#notifications = new NotificationConnection(options.listenUrl ?? options.url, options.logger)
  }

  async session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    const session = new PostgresqlSession(client, this.#names)
    try {
      return await work(session)
    } catch (error) {
      if (error instanceof BrokenSession) session.isUsable = false
      throw error
    } finally {
      client.release(!session.isUsable)
    }
  }

  async listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>> {
    try {
      return await this.#notifications.listen(channel, handler)
    } catch (error) {
      throw toDatabaseFailure(error)
    }
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#notifications.close(), this.#pool.end()]).then(() => undefined)
    return this.#closing
  }
}

class PostgresqlSession implements Session {
  isUsable = true
  readonly #client: pg.PoolClient
  readonly #names: StatementNames

  constructor(client: pg.PoolClient, names: StatementNames) {
    this.#client = client
    this.#names = names
  }

  async script(text: string, options?: { readonly timeoutMs: number }): Promise<void> {
    await this.#query(options ? { text, query_timeout: options.timeoutMs } : text)
  }

  async execute(text: string, params: readonly unknown[]): Promise<StatementResult> {
    const name = this.#names.of(text)
    const values = params.map(toWire)
    const config = { text, values, ...(name === undefined ? {} : { name }) }
    // Without a name and without values the driver would take the simple protocol, which allows several statements.
    const result = await this.#query(name === undefined ? { ...config, queryMode: 'extended' } : config)
    return { rows: result.rows as object[], count: result.rowCount ?? 0 }
  }

  async #query(
    config: string | (pg.QueryConfig & { readonly query_timeout?: number; readonly queryMode?: 'extended' }),
  ): Promise<pg.QueryResult> {
    try {
      return await (typeof config === 'string' ? this.#client.query(config) : this.#client.query(config))
    } catch (error) {
      if (error instanceof Error) {
        if (isConnectionFailure(error) || isStalePlan(error)) this.isUsable = false
        if (isForeignStatement(error)) this.#names.disable()
      }
      throw error
    }
  }
}
