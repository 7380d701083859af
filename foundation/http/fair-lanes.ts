/** How many requests of one lane run at a time, and how many wait. */
export interface LaneLimits {
  /** At a time while the process has time to spare. */
  readonly running: number
  /** At a time while it has none; requests that run for longer than a second are not counted then: they wait for somebody else. */
  readonly runningUnderPressure: number
  readonly waiting: number
  /** Longest wait in milliseconds. */
  readonly patienceMs: number
}

/** Ends what `enter` has begun; a second call does nothing. */
export type Leave = () => void

interface Lane {
  readonly key: string
  /** Start times, oldest first. */
  readonly started: Set<{ readonly at: number }>
  readonly waiting: Set<(place: Leave | undefined) => void>
}

const longRunningMs = 1000
const lookEveryMs = 50

/**
 * One lane for each tenant: a tenant's requests stand behind its own, and nobody else's behind them. A lane exists while
 * it has requests, so memory is bounded by how many there are.
 */
export class FairLanes {
  readonly #limits: LaneLimits
  readonly #pressed: () => boolean
  readonly #now: () => number
  readonly #lanes = new Map<string, Lane>()
  #timer: NodeJS.Timeout | undefined

  /** @param pressed whether the process has no time to spare */
  constructor(limits: LaneLimits, pressed: () => boolean, now: () => number) {
    this.#limits = limits
    this.#pressed = pressed
    this.#now = now
  }

  /** Waits for a place in the lane. Undefined when too many wait already, or none was free in time. */
  async enter(key: string): Promise<Leave | undefined> {
    const lane = this.#lanes.get(key) ?? { key, started: new Set(), waiting: new Set() }
    this.#lanes.set(key, lane)
    if (lane.waiting.size === 0 && this.#room(lane) > 0) return this.#begin(lane)
    return lane.waiting.size < this.#limits.waiting ? this.#turn(lane) : undefined
  }

  #turn(lane: Lane): Promise<Leave | undefined> {
    return new Promise((resolve) => {
      const take = (place: Leave | undefined): void => {
        clearTimeout(patience)
        lane.waiting.delete(take)
        resolve(place)
      }
      const patience = setTimeout(() => take(undefined), this.#limits.patienceMs)
      lane.waiting.add(take)
      // Room can come without a request that ends: when the pressure is over.
      this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref()
    })
  }

  #begin(lane: Lane): Leave {
    const entry = { at: this.#now() }
    lane.started.add(entry)
    return () => {
      if (!lane.started.delete(entry)) return
      this.#admit(lane)
      if (lane.started.size === 0) this.#lanes.delete(lane.key)
    }
  }

  #look(): void {
    let waiting = 0
    for (const lane of this.#lanes.values()) {
      this.#admit(lane)
      waiting += lane.waiting.size
    }
    if (waiting > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #admit(lane: Lane): void {
    let room = lane.waiting.size === 0 ? 0 : this.#room(lane)
    for (const take of lane.waiting) {
      if (room-- <= 0) return
      take(this.#begin(lane))
    }
  }

  #room(lane: Lane): number {
    const { running, runningUnderPressure } = this.#limits
    const free = running - lane.started.size
    return this.#pressed() ? Math.min(free, runningUnderPressure - this.#young(lane)) : free
  }

  #young(lane: Lane): number {
    const since = this.#now() - longRunningMs
    let long = 0
    for (const { at } of lane.started) {
      if (at > since) break
      long++
    }
    return lane.started.size - long
  }
}
