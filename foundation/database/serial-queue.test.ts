import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SerialQueue } from './serial-queue.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('runs one at a time in the order of arrival, also after a failure', async () => {
  const queue = new SerialQueue()
  const events: string[] = []
  const work = (name: string) =>
    queue.run(async () => {
      events.push(`${name} begins`)
      await Promise.resolve()
      events.push(`${name} ends`)
      if (name === 'b') throw new Error(name)
    })
  const all = ['a', 'b', 'c'].map(work)
  await Promise.allSettled(all)
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  await expect(all[1]).rejects.toThrow('b')
})

it('tells who waited for too long that the database is busy, and goes on with the others', async () => {
  const queue = new SerialQueue()
  const first = Promise.withResolvers<void>()
  const running = queue.run(() => first.promise)
  const impatient = queue.run(async () => 'late').catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(30_001)
  expect(await impatient).toMatchObject({ code: 'database.busy' })
  const patient = queue.run(async () => 'done')
  first.resolve()
  await running
  expect(await patient).toBe('done')
})

it('refuses more than it can hold', async () => {
  const queue = new SerialQueue()
  const first = Promise.withResolvers<void>()
  const running = queue.run(() => first.promise)
  const waiting = Array.from({ length: 10_000 }, () => queue.run(async () => 1))
  await expect(queue.run(async () => 1)).rejects.toMatchObject({ code: 'database.busy' })
  first.resolve()
  await running
  expect(await Promise.all(waiting)).toHaveLength(10_000)
})
