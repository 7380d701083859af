import type { OutboundClient } from './port.ts'

/** What happened to the calls of one purpose since the process started. */
export interface OutboundCounters {
  readonly purpose: string
  /** Exchanges by the class of their answer: `2xx`, `4xx`, … */
  readonly answered: Readonly<Record<string, number>>
  /** Calls without an answer, by error code. */
  readonly failed: Readonly<Record<string, number>>
  /** Bytes of bodies received. */
  readonly bytes: number
  /** Milliseconds spent, all calls together. */
  readonly milliseconds: number
}

export interface CountedOutboundClient extends OutboundClient {
  /** A snapshot, one entry a purpose. */
  counters(): readonly OutboundCounters[]
}

interface Tally {
  answered: Record<string, number>
  failed: Record<string, number>
  bytes: number
  milliseconds: number
}

/** Purposes are labels in our own code, so there are few of them. */
export class OutboundTallies {
  readonly #tallies = new Map<string, Tally>()

  answered(purpose: string, status: number, bytes: number, milliseconds: number): void {
    const tally = this.#of(purpose)
    const kind = `${Math.floor(status / 100)}xx`
    tally.answered[kind] = (tally.answered[kind] ?? 0) + 1
    tally.bytes += bytes
    tally.milliseconds += milliseconds
  }

  failed(purpose: string, code: string, milliseconds: number): void {
    const tally = this.#of(purpose)
    tally.failed[code] = (tally.failed[code] ?? 0) + 1
    tally.milliseconds += milliseconds
  }

  snapshot(): readonly OutboundCounters[] {
    return [...this.#tallies].map(([purpose, tally]) => ({ purpose, ...structuredClone(tally) }))
  }

  #of(purpose: string): Tally {
    let tally = this.#tallies.get(purpose)
    if (!tally) {
      tally = { answered: {}, failed: {}, bytes: 0, milliseconds: 0 }
      this.#tallies.set(purpose, tally)
    }
    return tally
  }
}
