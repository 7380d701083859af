import { describe, expect, test } from 'vitest'
import { type Activity, graphFault, levels } from './activity-graph.ts'

const activity = (id: string, ...dependsOn: string[]): Activity => ({ id, type: id, dependsOn })

describe('a graph of activities', () => {
  test('is fine when every dependency exists and nothing waits for itself', () => {
    expect(graphFault([activity('d', 'b', 'c'), activity('b', 'a'), activity('c', 'a'), activity('a')])).toBeUndefined()
    expect(graphFault([])).toBeUndefined()
  })

  test('names a duplicate id and a dependency that does not exist', () => {
    expect(graphFault([activity('a'), activity('a')])).toEqual({ kind: 'duplicate-id', index: 1, id: 'a' })
    expect(graphFault([activity('a'), activity('b', 'x')])).toEqual({
      kind: 'unknown-dependency',
      index: 1,
      dependency: 'x',
    })
  })

  test('shows the cycle itself, without what merely leads to it', () => {
    const faulty = [
      activity('start'),
      activity('e', 'd'),
      activity('b', 'c', 'start'),
      activity('c', 'd'),
      activity('d', 'b'),
    ]
    const fault = graphFault(faulty)
    expect(fault).toMatchObject({ kind: 'cycle' })
    const path = fault?.kind === 'cycle' ? fault.path : []
    expect(path[0]).toBe(path.at(-1))
    expect(new Set(path)).toEqual(new Set(['b', 'c', 'd']))
    expect(graphFault([activity('a', 'a')])).toEqual({ kind: 'cycle', path: ['a', 'a'] })
  })

  test('is shown in levels', () => {
    const graph = [activity('d', 'b', 'c'), activity('b', 'a'), activity('c', 'a'), activity('a'), activity('x')]
    expect(levels(graph).map((level) => level.map(({ id }) => id))).toEqual([['a', 'x'], ['b', 'c'], ['d']])
  })
})
