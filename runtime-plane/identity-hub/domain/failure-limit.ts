import { LRUCache } from 'lru-cache'

/** Bounds how often somebody may fail in a while. */
export interface FailureLimit {
  /** Milliseconds until the key may try again; 0 while it may. */
  waitFor(key: string): number
  failed(key: string): void
}

const maxKeys = 10_000

/** @param limit failures of one key within `windowMs`, after which it waits for the end of that time */
export function createFailureLimit(limit: number, windowMs: number, clock: () => number): FailureLimit {
  const failures = new LRUCache<string, { readonly since: number; readonly times: number }>({ max: maxKeys })
  const current = (key: string) => {
    const known = failures.get(key)
    return known && clock() - known.since < windowMs ? known : undefined
  }
  return {
    waitFor: (key) => {
      const known = current(key)
      return known && known.times >= limit ? known.since + windowMs - clock() : 0
    },
    failed: (key) => {
      const known = current(key)
      failures.set(key, { since: known?.since ?? clock(), times: (known?.times ?? 0) + 1 })
    },
  }
}
