import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterFailure, firstRenewal, noRenewal, type Renewal } from './credential-renewal.ts'

const now = 1_000_000_000_000
const dayMs = 24 * 3_600_000
const error = { code: 'x', reason: 'y' }
const inDays = (days: number) => new Date(now + days * dayMs)

describe('when a renewal begins', () => {
  it('with a third of the life left, by default', () => {
    expect(firstRenewal(inDays(90), now, 1 / 3).at?.getTime()).toBeCloseTo(inDays(60).getTime(), -2)
  })

  it('never for a credential without an end, or one whose end is there', () => {
    expect(firstRenewal(undefined, now, 1 / 3)).toEqual(noRenewal)
    expect(firstRenewal(new Date(now + 59_000), now, 1 / 3)).toEqual(noRenewal)
  })

  it('always between now and the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60_000, max: 3650 * dayMs }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (life, share) => {
          const at = firstRenewal(new Date(now + life), now, share).at?.getTime() ?? 0
          expect(at).toBeGreaterThanOrEqual(now)
          expect(at).toBeLessThan(now + life)
        },
      ),
    )
  })

  it('an issuer that always gives the same end is not asked for ever', () => {
    let at = now
    let times = 0
    for (let next = firstRenewal(inDays(365), at, 1 / 3); next.at; next = firstRenewal(inDays(365), at, 1 / 3)) {
      at = next.at.getTime()
      times++
    }
    expect(times).toBeLessThan(20)
  })
})

describe('after a request that came to nothing', () => {
  it('pauses grow to a day, then it ends visibly', () => {
    let renewal: Renewal = { ...noRenewal, state: 'REQUESTED' }
    let time = now
    const pauses: number[] = []
    while (renewal.state !== 'FAILED') {
      renewal = afterFailure(renewal, error, inDays(10_000), time)
      if (renewal.at) {
        pauses.push(renewal.at.getTime() - time)
        time = renewal.at.getTime()
      }
    }
    expect(pauses[0]).toBe(5 * 60_000)
    expect(Math.max(...pauses)).toBe(dayMs)
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
    expect(renewal).toMatchObject({ state: 'FAILED', attempts: 30, at: null, error })
  })

  it('the next one always comes before the end, or there is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: -dayMs, max: 400 * dayMs }), fc.nat(28), (left, attempts) => {
        const next = afterFailure({ ...noRenewal, attempts }, error, new Date(now + left), now)
        if (next.at) expect(next.at.getTime()).toBeLessThan(now + left)
        else expect(next.state).toBe('FAILED')
      }),
    )
  })
})
