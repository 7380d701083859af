import { LRUCache } from 'lru-cache'

export interface BucketSize {
  /** Tokens that come back in a second. */
  readonly perSecond: number
  /** Most tokens that a bucket holds: what may be taken at once after a pause. */
  readonly burst: number
}

interface Bucket {
  tokens: number
  at: number
}

/** Buckets kept at a time. The one unused for longest is forgotten first, which is as good as letting it fill up. */
const mostBuckets = 20_000

/** One token bucket for each key, with bounded memory. Times are milliseconds of a clock that never goes back. */
export class TokenBuckets {
  readonly #size: BucketSize
  readonly #buckets = new LRUCache<string, Bucket>({ max: mostBuckets })

  constructor(size: BucketSize) {
    this.#size = size
  }

  /** Takes a token; when there is none, nothing is taken and the answer is in how many milliseconds there will be one. */
  take(key: string, now: number): number {
    const bucket = this.#at(key, now)
    if (bucket.tokens < 1) return this.#wait(bucket)
    bucket.tokens -= 1
    return 0
  }

  /** In how many milliseconds `take` would succeed; 0 when it would now. */
  waitFor(key: string, now: number): number {
    return this.#buckets.has(key) ? this.#wait(this.#at(key, now)) : 0
  }

  #at(key: string, now: number): Bucket {
    const { perSecond, burst } = this.#size
    const known = this.#buckets.get(key)
    if (!known) {
      const full = { tokens: burst, at: now }
      this.#buckets.set(key, full)
      return full
    }
    known.tokens = Math.min(burst, known.tokens + (Math.max(0, now - known.at) / 1000) * perSecond)
    known.at = now
    return known
  }

  #wait(bucket: Bucket): number {
    return bucket.tokens >= 1 ? 0 : ((1 - bucket.tokens) / this.#size.perSecond) * 1000
  }
}
