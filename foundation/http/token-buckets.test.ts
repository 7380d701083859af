import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBuckets } from './token-buckets.ts'

describe('token buckets', () => {
  test('give the burst at once, then as many as come back', () => {
    const buckets = new TokenBuckets({ perSecond: 10, burst: 3 })
    expect([1, 2, 3].map(() => buckets.take('a', 0))).toEqual([0, 0, 0])
    expect(buckets.take('a', 0)).toBe(100)
    expect(buckets.take('a', 60)).toBeCloseTo(40)
    expect(buckets.take('a', 100)).toBe(0)
    expect(buckets.take('b', 100)).toBe(0)
  })

  test('never give more in any stretch of time than burst and rate allow', () => {
    const pauses = fc.array(fc.nat(300), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(pauses, (waits) => {
        const buckets = new TokenBuckets({ perSecond: 10, burst: 5 })
        let now = 0
        let taken = 0
        for (const wait of waits) {
          now += wait
          if (buckets.take('a', now) === 0) taken++
          expect(taken).toBeLessThanOrEqual(5 + now / 100 + 1e-6)
        }
      }),
    )
  })

  test('ask for nothing, and keep nothing, when only looked at', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 })
    expect(buckets.waitFor('a', 0)).toBe(0)
    expect(buckets.take('a', 0)).toBe(0)
    expect(buckets.waitFor('a', 0)).toBe(1000)
    expect(buckets.waitFor('a', 1000)).toBe(0)
  })

  test('forget whom they have not seen for longest: made-up keys do not fill the memory', () => {
    const buckets = new TokenBuckets({ perSecond: 0.001, burst: 1 })
    expect(buckets.take('first', 0)).toBe(0)
    expect(buckets.take('first', 0)).toBeGreaterThan(0)
    for (let made = 0; made < 20_000; made++) buckets.take(`made-up ${made}`, 0)
    expect(buckets.take('first', 0)).toBe(0)
  })
})
