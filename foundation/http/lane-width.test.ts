import { beforeEach, expect, test } from 'vitest'
import { createLaneWidth } from './lane-width.ts'

let at: number
let utilization: number
let width: () => number

beforeEach(() => {
  at = 0
  utilization = 0
  width = createLaneWidth(128, { utilization: () => utilization, now: () => at })
})

function after(ms: number): number {
  at += ms
  return width()
}

test('lanes are wide while the process has time to spare', () => {
  expect(width()).toBe(128)
  expect(after(1000)).toBe(128)
})

test('one at a time as soon as it has none; step by step wider afterwards', () => {
  utilization = 0.99
  expect([after(99), after(1)]).toEqual([128, 1])
  expect(after(1000)).toBe(1)
  utilization = 0.5
  const widths = [after(100), after(100), after(100), after(100)]
  expect(widths).toEqual([2, 3, 4, 5])
  utilization = 0.99
  expect(after(100)).toBe(1)
})

test('a quiet while makes up for all the steps', () => {
  utilization = 0.99
  after(100)
  utilization = 0
  expect(after(10_000)).toBe(128)
})
