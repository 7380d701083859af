import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FairLanes, type Leave } from './fair-lanes.ts'

const most = 5
const limits = { waiting: 3, waitingInAll: 100, patienceMs: 1000 }
let width = most
let lanes: FairLanes

beforeEach(() => {
  vi.useFakeTimers()
  width = most
  lanes = new FairLanes(limits, () => width, Date.now)
})
afterEach(() => vi.useRealTimers())

/** Enters as often as asked; `places` fills up as places are given. */
function crowd(key: string, size: number, running = most): { readonly places: (Leave | undefined)[] } {
  const places: (Leave | undefined)[] = []
  for (let index = 0; index < size; index++) void lanes.enter(key, running).then((place) => places.push(place))
  return { places }
}

/** Some rounds of the event loop, each with one turn. */
async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) await vi.advanceTimersByTimeAsync(1)
}
const given = (places: readonly (Leave | undefined)[]) => places.filter((place) => place !== undefined).length

describe('lanes', () => {
  test('let so many run, so many wait, and refuse the rest at once', async () => {
    const { places } = crowd('a', 10)
    await settle()
    expect([given(places), places.length]).toEqual([5, 7])
    places[0]?.()
    places[0]?.()
    await settle()
    expect(given(places)).toBe(6)
  })

  test("do not let one tenant's crowd stand in another's way", async () => {
    crowd('a', 100)
    const { places } = crowd('b', 1)
    await settle()
    expect(given(places)).toBe(1)
  })

  test('refuse who has waited for as long as anybody should', async () => {
    const { places } = crowd('a', 6)
    await vi.advanceTimersByTimeAsync(999)
    expect(places.length).toBe(5)
    await vi.advanceTimersByTimeAsync(1)
    expect([given(places), places.length]).toEqual([5, 6])
  })

  test('hold nobody up below the limit, however little time there is to spare', async () => {
    width = 1
    const { places } = crowd('a', 5)
    await settle()
    expect(given(places)).toBe(5)
  })

  test('become narrow when there is a crowd, and wide again without anybody leaving', async () => {
    width = 2
    const { places } = crowd('a', 8)
    await settle()
    for (const place of places.slice(0, 4)) place?.()
    await settle()
    // Five began, four left, and one may join the one that is still there.
    expect(given(places)).toBe(6)
    width = most
    await vi.advanceTimersByTimeAsync(50)
    await settle()
    expect(given(places)).toBe(8)
  })

  test('that are narrow do not count who has run for long: whoever waits for a slow peer takes no time of ours', async () => {
    width = 1
    const { places } = crowd('a', 6)
    await vi.advanceTimersByTimeAsync(500)
    expect(given(places)).toBe(5)
    places[0]?.()
    await settle()
    expect(given(places)).toBe(6)
  })

  test('together keep a bounded number waiting, and leave room for who has few', async () => {
    lanes = new FairLanes({ waiting: 50, waitingInAll: 60, patienceMs: 1000 }, () => 1, Date.now)
    const [first, second, third] = ['a', 'b', 'c'].map((key) => crowd(key, 60, 1))
    await settle()
    // Refused at once: all that do not run or wait.
    expect([first, second, third].map((one) => 59 - given(one?.places ?? []) - (one?.places.length ?? 0) + 2)).toEqual([
      50, 10, 8,
    ])
  })

  test('serve in the order of coming, and have no timer when nobody waits', async () => {
    const order: number[] = []
    const places: Leave[] = []
    for (let index = 0; index < 8; index++) {
      void lanes.enter('a', most).then((place) => {
        order.push(index)
        if (place) places.push(place)
      })
    }
    await settle()
    while (places.length > 0) {
      places.shift()?.()
      await settle()
    }
    await vi.advanceTimersByTimeAsync(100)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('never have more running than allowed, whatever comes and goes', async () => {
    const events = fc.array(fc.constantFrom('enter', 'leave', 'press', 'relax'), { maxLength: 100 })
    await fc.assert(
      fc.asyncProperty(events, async (steps) => {
        width = most
        const fresh = new FairLanes(limits, () => width, Date.now)
        const running: Leave[] = []
        for (const step of steps) {
          if (step === 'enter') void fresh.enter('a', most).then((place) => place && running.push(place))
          if (step === 'leave') running.shift()?.()
          if (step === 'press') width = 1
          if (step === 'relax') width = most
          await settle()
          expect(running.length).toBeLessThanOrEqual(most)
        }
      }),
    )
  })
})
