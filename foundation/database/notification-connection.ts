import pg from 'pg'
import type { Logger } from '../telemetry/index.ts'

const connectMs = 10_000
const answerMs = 10_000
const firstDelayMs = 200
const maxDelayMs = 30_000

type Handler = (payload: string) => void

/**
 * The connection that LISTENs: opened with the first channel, opened again with a growing delay when it is lost. After
 * each reconnect every handler is called once, since notifications of the meantime are gone.
 */
export class NotificationConnection {
  readonly #url: string
  readonly #logger: Logger | undefined
  readonly #handlers = new Map<string, Set<Handler>>()
  #client: Promise<pg.Client> | undefined
  /** The driver takes one query at a time. */
  #last: Promise<unknown> = Promise.resolve()
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false

  constructor(url: string, logger: Logger | undefined) {
    this.#url = url
    this.#logger = logger
  }

  async listen(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers)
    handlers.add(handler)
    try {
      // While a reconnect is due, the channel is taken up with the others.
      if (this.#client) await this.#inTurn(await this.#client, `listen ${channel}`)
      else if (!this.#retry) await this.#connect()
    } catch (error) {
      handlers.delete(handler)
      throw error
    }
    return async () => {
      handlers.delete(handler)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    const client = await this.#client?.catch(() => undefined)
    await client?.end()
  }

  async #inTurn(client: pg.Client, text: string): Promise<void> {
    const turn = this.#last.then(() => client.query(text))
    this.#last = turn.catch(() => undefined)
    await turn
  }

  #connect(): Promise<pg.Client> {
    this.#client = this.#open()
    this.#client.catch(() => {
      this.#client = undefined
    })
    return this.#client
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    })
    client.on('error', (error) => this.#logger?.warn('the connection for notifications failed', { error }))
    await client.connect()
    client.on('end', () => this.#lost())
    client.on('notification', ({ channel, payload }) => {
      for (const handler of this.#handlers.get(channel) ?? []) handler(payload ?? '')
    })
    try {
      for (const channel of this.#handlers.keys()) await this.#inTurn(client, `listen ${channel}`)
    } catch (error) {
      client.removeAllListeners('end')
      await client.end()
      throw error
    }
    this.#failures = 0
    return client
  }

  #lost(): void {
    this.#client = undefined
    if (!this.#closed) this.#reconnectLater()
  }

  #reconnectLater(): void {
    const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** this.#failures)
    this.#failures += 1
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined
        this.#connect().then(
          () => this.#afterReconnect(),
          (error: unknown) => {
            this.#logger?.warn('no connection for notifications; trying again', { error })
            if (!this.#closed) this.#reconnectLater()
          },
        )
      },
      ceiling * (0.5 + Math.random() / 2),
    ).unref()
  }

  #afterReconnect(): void {
    this.#logger?.info('notifications are connected again')
    for (const handlers of this.#handlers.values()) for (const handler of handlers) handler('')
  }
}
