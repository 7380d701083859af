/** How many requests wait for their turn, and for how long. */
export interface LaneLimits {
  /** In one lane. */
  readonly waiting: number
  /** In all lanes together; beyond it only lanes with a short queue take another one. */
  readonly waitingInAll: number
  /** Longest wait in milliseconds. */
  readonly patienceMs: number
}

/** Ends what `enter` has begun; a second call does nothing. */
export type Leave = () => void

interface Lane {
  readonly key: string
  /** How many may run at a time. */
  readonly most: number
  /** Start times, oldest first. */
  readonly started: Set<{ readonly at: number }>
  readonly waiting: Set<(place: Leave | undefined) => void>
  /** Whether the next turn is given in a moment. */
  turning: boolean
  /** Whether there have been more than may run at a time, since the last time when nobody waited. */
  crowded: boolean
}

/** Who runs for longer waits for somebody else, takes no time of ours, and is counted against the widest lane only. */
const longRunningMs = 500
const shortQueue = 8
const lookEveryMs = 50

/**
 * One lane for each tenant: a tenant's requests stand behind its own, and nobody else's behind them. A lane exists while
 * it has requests, so memory is bounded by how many there are.
 */
export class FairLanes {
  readonly #limits: LaneLimits
  readonly #width: () => number
  readonly #now: () => number
  readonly #lanes = new Map<string, Lane>()
  #waiting = 0
  #timer: NodeJS.Timeout | undefined

  /** @param width how many of a crowded lane may run at a time at this moment */
  constructor(limits: LaneLimits, width: () => number, now: () => number) {
    this.#limits = limits
    this.#width = width
    this.#now = now
  }

  /** Waits for a place in the lane, in which `most` run at a time. Undefined when too many wait already, or none was free in time. */
  async enter(key: string, most: number): Promise<Leave | undefined> {
    const lane = this.#lanes.get(key) ?? {
      key,
      most,
      started: new Set(),
      waiting: new Set(),
      turning: false,
      crowded: false,
    }
    this.#lanes.set(key, lane)
    if (lane.waiting.size === 0 && this.#room(lane) > 0) return this.#begin(lane)
    return this.#mayWait(lane) ? this.#turn(lane) : undefined
  }

  #mayWait(lane: Lane): boolean {
    const { waiting, waitingInAll } = this.#limits
    return lane.waiting.size < (this.#waiting < waitingInAll ? waiting : Math.min(waiting, shortQueue))
  }

  #turn(lane: Lane): Promise<Leave | undefined> {
    return new Promise((resolve) => {
      const take = (place: Leave | undefined): void => {
        clearTimeout(patience)
        lane.waiting.delete(take)
        lane.crowded = lane.waiting.size > 0
        this.#waiting--
        resolve(place)
      }
      const patience = setTimeout(() => take(undefined), this.#limits.patienceMs)
      lane.waiting.add(take)
      lane.crowded = true
      this.#waiting++
      // Room can come without a request that ends: when the lanes widen.
      this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref()
    })
  }

  #begin(lane: Lane): Leave {
    const entry = { at: this.#now() }
    lane.started.add(entry)
    return () => {
      if (!lane.started.delete(entry)) return
      if (lane.waiting.size > 0) this.#turnSoon(lane)
      else if (lane.started.size === 0) this.#lanes.delete(lane.key)
    }
  }

  /**
   * One turn in each round of the event loop: requests that are answered quickly would follow each other, and all of a crowd
   * would be in every round, without anybody else in between.
   */
  #turnSoon(lane: Lane): void {
    if (lane.turning) return
    lane.turning = true
    setImmediate(() => {
      lane.turning = false
      const [next] = lane.waiting
      if (next && this.#room(lane) > 0) {
        next(this.#begin(lane))
        this.#turnSoon(lane)
      } else if (lane.started.size === 0) this.#lanes.delete(lane.key)
    })
  }

  #look(): void {
    for (const lane of this.#lanes.values()) if (lane.waiting.size > 0) this.#turnSoon(lane)
    if (this.#waiting > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Nobody is held up who stays below what may run at a time; a crowd is let in as slowly as there is time to spare. */
  #room(lane: Lane): number {
    const free = lane.most - lane.started.size
    return lane.crowded ? Math.min(free, this.#width() - this.#young(lane)) : free
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
