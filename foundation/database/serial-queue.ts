import { WeftError } from '../errors/index.ts'
import { databaseErrors } from './errors.ts'

const maxWaiting = 10_000
const maxWaitMs = 30_000

interface Waiting {
  start(): void
  timer: NodeJS.Timeout | undefined
}

/** Lets one piece of work run at a time, in order of arrival. Bounded in length and in waiting time. */
export class SerialQueue {
  readonly #waiting = new Set<Waiting>()
  #busy = false

  /** @throws `database.busy` when the queue is full or the turn does not come in time. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) await this.#turn()
    this.#busy = true
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  #next(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#busy = false
      return
    }
    // Stays busy: the turn is handed on, so that nobody slips in between.
    this.#waiting.delete(next)
    clearTimeout(next.timer)
    next.start()
  }

  #turn(): Promise<void> {
    if (this.#waiting.size >= maxWaiting) throw new WeftError(databaseErrors.busy)
    return new Promise((resolve, reject) => {
      const entry: Waiting = { start: resolve, timer: undefined }
      entry.timer = setTimeout(() => {
        this.#waiting.delete(entry)
        reject(new WeftError(databaseErrors.busy))
      }, maxWaitMs)
      this.#waiting.add(entry)
    })
  }
}
