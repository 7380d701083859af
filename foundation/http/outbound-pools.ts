import { LRUCache } from 'lru-cache'
import { Pool } from 'undici'
import { WeftError } from '../errors/index.ts'
import { outboundErrors } from './errors.ts'
import { guardedLookup, type Resolve, type Target } from './outbound-target.ts'

/** Long streams have pools of their own: they must not keep messages from a connection. */
export type PoolUse = 'messages' | 'streams'

const maxPools = 1024
const limits = {
  messages: { connections: 32, inFlight: 512 },
  streams: { connections: 256, inFlight: 256 },
} as const
const connectTimeoutMs = 10_000
const closeGraceMs = 2000

interface Entry {
  readonly pool: Pool
  readonly use: PoolUse
  inFlight: number
}

/**
 * Keep-alive connection pools by origin and purpose; those unused for longest are closed when there are too many. A message
 * may be answered only once a call of another purpose has come back to the same origin (a presentation query, a DID): were
 * they to share connections, enough messages at once would wait for themselves.
 */
export class OutboundPools {
  readonly #resolve: Resolve
  readonly #entries: LRUCache<string, Entry>
  #closed = false

  constructor(resolve: Resolve) {
    this.#resolve = resolve
    // Closing lets running requests end.
    this.#entries = new LRUCache({ max: maxPools, dispose: (entry) => void entry.pool.close() })
  }

  /** Runs `call` with a pool of the target. @throws `outbound.overloaded` when too many such calls to the origin are under way. */
  async with<T>(target: Target, use: PoolUse, purpose: string, call: (pool: Pool) => Promise<T>): Promise<T> {
    if (this.#closed) throw new WeftError(outboundErrors.unreachable, { message: 'This process is stopping.' })
    const entry = this.#entryFor(target, use, purpose)
    if (entry.inFlight >= limits[use].inFlight) {
      throw new WeftError(outboundErrors.overloaded, { detail: { origin: target.origin, use, purpose } })
    }
    entry.inFlight++
    try {
      return await call(entry.pool)
    } finally {
      entry.inFlight--
    }
  }

  /** Lets running requests end for a moment, then cuts them. */
  async close(): Promise<void> {
    this.#closed = true
    const pools = [...this.#entries.values()].map((entry) => entry.pool)
    const cut = setTimeout(() => {
      for (const pool of pools) void pool.destroy()
    }, closeGraceMs)
    await Promise.all(pools.map((pool) => (pool.closed || pool.destroyed ? undefined : pool.close())))
    clearTimeout(cut)
  }

  #entryFor(target: Target, use: PoolUse, purpose: string): Entry {
    const key = `${use} ${purpose} ${target.origin}`
    let entry = this.#entries.get(key)
    if (!entry) {
      const pool = new Pool(target.origin, {
        connections: limits[use].connections,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: 10_000,
        keepAliveMaxTimeout: 60_000,
        maxHeaderSize: 16 * 1024,
        connect: { lookup: guardedLookup(this.#resolve, target), timeout: connectTimeoutMs },
      })
      entry = { pool, use, inFlight: 0 }
      this.#entries.set(key, entry)
    }
    return entry
  }
}
