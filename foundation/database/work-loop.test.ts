import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLogger } from '../telemetry/index.ts'
import type { ServiceDatabase } from './port.ts'
import { WorkLoop } from './work-loop.ts'

let notify: (payload: string) => void = () => undefined
let isListening = false

/** A fake: the loop uses nothing but `listen`. */
const database = {
  listen: async (_: string, handler: (payload: string) => void) => {
    notify = handler
    isListening = true
    return async () => {
      isListening = false
    }
  },
} as unknown as ServiceDatabase

const logger = createLogger({ component: 'test', level: 'silent' })
let rounds = 0
let answer: () => Promise<number | null> = async () => null
let loop: WorkLoop

beforeEach(async () => {
  vi.useFakeTimers()
  rounds = 0
  answer = async () => null
  loop = new WorkLoop({
    name: 'test',
    database,
    channel: 'test',
    logger,
    concerns: (payload) => payload !== 'mine',
    round: () => {
      rounds += 1
      return answer()
    },
  })
})
afterEach(async () => {
  await loop.stop()
  vi.useRealTimers()
})

const start = async (): Promise<void> => {
  await loop.start()
  await vi.advanceTimersByTimeAsync(1)
}

it('looks once at start, then only once a minute while nothing happens', async () => {
  await start()
  expect(rounds).toBe(1)
  await vi.advanceTimersByTimeAsync(59_000)
  expect(rounds).toBe(1)
  await vi.advanceTimersByTimeAsync(1_001)
  expect(rounds).toBe(2)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(rounds).toBe(12)
})

it('looks when the next row falls due, and not before', async () => {
  answer = async () => (rounds === 1 ? 5_000 : null)
  await start()
  await vi.advanceTimersByTimeAsync(4_990)
  expect(rounds).toBe(1)
  await vi.advanceTimersByTimeAsync(20)
  expect(rounds).toBe(2)
})

it('takes an earlier time that comes up after the round, and no later one', async () => {
  await start()
  loop.kickIn(2_000)
  loop.kickIn(9_000)
  await vi.advanceTimersByTimeAsync(2_001)
  expect(rounds).toBe(2)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(rounds).toBe(2)
})

it('forgets no time that comes up during a round', async () => {
  answer = async () => {
    if (rounds === 1) loop.kickIn(50)
    return null
  }
  await start()
  await vi.advanceTimersByTimeAsync(51)
  expect(rounds).toBe(2)
})

it('looks at a notification of others and after a reconnect, not at its own', async () => {
  await start()
  notify('mine')
  await vi.advanceTimersByTimeAsync(1)
  expect(rounds).toBe(1)
  notify('theirs')
  await vi.advanceTimersByTimeAsync(1)
  notify('')
  await vi.advanceTimersByTimeAsync(1)
  expect(rounds).toBe(3)
})

it('runs one round at a time, and one more for all kicks during a round', async () => {
  const first = Promise.withResolvers<null>()
  answer = () => (rounds === 1 ? first.promise : Promise.resolve(null))
  await start()
  for (let i = 0; i < 5; i += 1) loop.kick()
  await vi.advanceTimersByTimeAsync(1)
  expect(rounds).toBe(1)
  expect(loop.isAtRest).toBe(false)
  first.resolve(null)
  await vi.advanceTimersByTimeAsync(1)
  expect(rounds).toBe(2)
  expect(loop.isAtRest).toBe(true)
})

it('tries again after a failed round, more and more seldom, 30 s at most', async () => {
  answer = async () => {
    throw new Error('no database')
  }
  await start()
  await vi.advanceTimersByTimeAsync(30_000)
  const early = rounds
  expect(early).toBeGreaterThanOrEqual(6)
  expect(early).toBeLessThanOrEqual(12)
  await vi.advanceTimersByTimeAsync(300_000)
  expect(rounds - early).toBeGreaterThanOrEqual(10)
  expect(rounds - early).toBeLessThanOrEqual(21)
  expect(loop.isAtRest).toBe(false)
  answer = async () => null
  await vi.advanceTimersByTimeAsync(31_000)
  expect(loop.isAtRest).toBe(true)
})

it('does nothing after it was stopped', async () => {
  await start()
  await loop.stop()
  expect(isListening).toBe(false)
  loop.kick()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(rounds).toBe(1)
})
