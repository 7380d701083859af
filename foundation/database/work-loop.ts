import type { Logger } from '../telemetry/index.ts'
import type { ServiceDatabase } from './port.ts'
import { outsideTransaction } from './running-transaction.ts'

/** A lost notification costs at most this long. */
const sweepMs = 60_000
const firstRetryMs = 250
const maxRetryMs = 30_000

export interface WorkLoopOptions {
  /** For the log: `control_plane tasks`. */
  readonly name: string
  readonly database: ServiceDatabase
  readonly channel: string
  readonly logger: Logger
  /** Whether a notification's payload means this loop; the empty payload of a reconnect always does. Default: all do. */
  readonly concerns?: (payload: string) => boolean
  /** Works off what is due and returns in how many milliseconds the next is, or null when nothing is scheduled. */
  readonly round: () => Promise<number | null>
  /** Called whenever the loop comes to rest. */
  readonly onRest?: () => void
}

/**
 * Runs rounds over a table of due work, one at a time, without polling: after a kick, after a notification, when the
 * next row falls due, once a minute in case a notification was lost, and with a growing delay after a failed round.
 */
export class WorkLoop {
  readonly #options: WorkLoopOptions
  #state: 'new' | 'running' | 'stopped' = 'new'
  #round: Promise<void> | undefined
  #again = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #wakeAt = Number.POSITIVE_INFINITY
  #unlisten: (() => Promise<void>) | undefined

  constructor(options: WorkLoopOptions) {
    this.#options = options
  }

  /** Nothing is being looked for, and nothing was asked for. */
  get isAtRest(): boolean {
    return this.#round === undefined && this.#failures === 0
  }

  async start(): Promise<void> {
    const { database, channel, concerns } = this.#options
    this.#state = 'running'
    this.#unlisten = await database.listen(channel, (payload) => {
      if (payload === '' || !concerns || concerns(payload)) this.kick()
    })
    this.kick()
  }

  /** Something may be due. Does nothing before `start` and after `stop`. */
  kick(): void {
    if (this.#state !== 'running') return
    this.#again = true
    this.#round ??= outsideTransaction(() => this.#run())
  }

  /** Something falls due then that the last round could not know of. */
  kickIn(ms: number): void {
    if (performance.now() + ms < this.#wakeAt) this.#wakeIn(ms)
  }

  /** Begins no more rounds and waits for the running one. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
    await this.#unlisten?.()
    await this.#round
  }

  async #run(): Promise<void> {
    let next: number | null = null
    while (this.#again && this.#state === 'running') {
      this.#again = false
      // Whatever comes up from here on (`kickIn`) may be unknown to the round, and must outlive it.
      this.#wakeAt = Number.POSITIVE_INFINITY
      try {
        next = await this.#options.round()
        this.#failures = 0
      } catch (error) {
        next = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures) * (0.5 + Math.random() / 2)
        this.#failures += 1
        this.#options.logger.warn(`${this.#options.name}: looking for work failed; trying again`, {
          error,
          failures: this.#failures,
        })
        break
      }
    }
    this.#round = undefined
    this.kickIn(Math.min(sweepMs, next ?? sweepMs))
    this.#options.onRest?.()
  }

  #wakeIn(ms: number): void {
    if (this.#state !== 'running') return
    clearTimeout(this.#timer)
    // The sweep comes sooner than what is due in a month, for which a timer is too short besides.
    const delay = Math.min(sweepMs, Math.max(1, Math.ceil(ms)))
    this.#wakeAt = performance.now() + delay
    this.#timer = setTimeout(() => {
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.kick()
    }, delay).unref()
  }
}
