import { describe, expect, it } from 'vitest'
import { demoSteps, planInstants } from './instants.ts'

describe('the plan of the instants', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planInstants(7, 30)).toEqual(planInstants(7, 30))
    expect(planInstants(7, 30)).not.toEqual(planInstants(8, 30))
  })

  it('touches every step as often as its length allows', () => {
    const touched = planInstants(7, 30).flatMap((run) => run.map(({ step }) => step))
    for (const { name } of demoSteps) {
      expect([2, 3]).toContain(touched.filter((step) => step === name).length)
    }
  })

  it('leaves the platform time to come back: no two instants of a run are in neighbouring steps', () => {
    for (const run of planInstants(7, 130)) {
      const positions = run
        .map(({ step }) => demoSteps.findIndex(({ name }) => name === step))
        .toSorted((a, b) => a - b)
      for (const [index, position] of positions.entries()) {
        if (index > 0) expect(position - (positions[index - 1] ?? 0)).toBeGreaterThan(1)
      }
    }
  })

  it('has both kinds of death', () => {
    const kinds = planInstants(7, 30).flatMap((run) => run.map(({ moment }) => moment.kind))
    expect(new Set(kinds)).toEqual(new Set(['time', 'answered']))
  })
})
