import { expect, it } from 'vitest'
import { createFailureLimit } from './failure-limit.ts'

it('DCP-52: so many failures in a while, then a wait until its end; others are not concerned', () => {
  let now = 0
  const limit = createFailureLimit(3, 60_000, () => now)
  for (let time = 0; time < 3; time++) {
    expect(limit.waitFor('a')).toBe(0)
    limit.failed('a')
    now += 1000
  }
  expect(limit.waitFor('a')).toBe(57_000)
  expect(limit.waitFor('b')).toBe(0)
  now = 60_000
  expect(limit.waitFor('a')).toBe(0)
  limit.failed('a')
  expect(limit.waitFor('a')).toBe(0)
})

it('DCP-52: what is remembered is bounded', () => {
  const limit = createFailureLimit(1, 60_000, () => 0)
  for (let n = 0; n <= 10_000; n++) limit.failed(`key-${n}`)
  expect(limit.waitFor('key-0')).toBe(0)
  expect(limit.waitFor('key-10000')).toBe(60_000)
})
