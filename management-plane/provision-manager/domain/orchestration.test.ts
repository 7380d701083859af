import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Activity } from './activity-graph.ts'
import { messagesOf } from './messages.ts'
import {
  type ActivityResult,
  type Advance,
  applyResult,
  begin,
  newOrchestration,
  type Orchestration,
} from './orchestration.ts'

const at = new Date('2026-01-01T00:00:00Z')

const activity = (id: string, dependsOn: readonly string[] = [], vpaType?: string): Activity => ({
  id,
  type: `type-${id}`,
  dependsOn,
  ...(vpaType === undefined ? {} : { vpaType }),
})

function started(activities: readonly Activity[]): Advance {
  const manifest = { id: 'o-1', correlationId: 'p-1', orchestrationType: 'deploy', payload: { given: 1 } }
  return begin(newOrchestration(manifest, activities, at), at)
}

const complete = (activityId: string, outputs = {}): ActivityResult => ({ outcome: 'complete', activityId, outputs })
const fatal = (activityId: string): ActivityResult => ({
  outcome: 'fatal',
  activityId,
  outputs: {},
  errorCode: 'x.refused',
  errorDetail: 'said no',
})

function advance(orchestration: Orchestration, result: ActivityResult): Advance {
  const step = applyResult(orchestration, result, at)
  if (!step) throw new Error('nothing changed')
  return step
}

/** Any acyclic graph, in any order of its list. */
const graphs = fc
  .array(fc.tuple(fc.array(fc.nat(), { maxLength: 4 }), fc.constantFrom(undefined, 'vpa-1', 'vpa-2')), { maxLength: 9 })
  .chain((nodes) => {
    const activities = nodes.map(([picks, vpaType], index) => {
      const earlier = index === 0 ? [] : [...new Set(picks.map((pick) => `a${pick % index}`))]
      return activity(`a${index}`, earlier, vpaType)
    })
    return fc.shuffledSubarray(activities, { minLength: activities.length })
  })

describe('an orchestration', () => {
  test('an activity begins as soon as its own dependencies are done, whatever its level', () => {
    const slow = started([activity('a'), activity('slow'), activity('b', ['a'])])
    expect(slow.start.map(({ id }) => id)).toEqual(['a', 'slow'])
    expect(advance(slow.orchestration, complete('a')).start.map(({ id }) => id)).toEqual(['b'])
  })

  test('outputs are added to what agents see and to what is answered; nothing else changes', () => {
    const { orchestration } = advance(
      started([activity('a'), activity('b', ['a'])]).orchestration,
      complete('a', { pc: 'x' }),
    )
    expect(orchestration.processingData).toEqual({ given: 1, pc: 'x' })
    expect(orchestration.outputData).toEqual({ pc: 'x' })
  })

  test('a kind of VPA is finished by the last activity that names it', () => {
    const first = started([activity('a', [], 'vpa'), activity('b', [], 'vpa'), activity('c')])
    const afterA = advance(first.orchestration, complete('a'))
    expect(afterA.vpaTypes).toEqual([])
    const afterC = advance(afterA.orchestration, complete('c'))
    expect(afterC.vpaTypes).toEqual([])
    expect(advance(afterC.orchestration, complete('b')).vpaTypes).toEqual(['vpa'])
  })

  test('without activities it is completed at once', () => {
    expect(started([])).toMatchObject({ ended: true, orchestration: { state: 2 } })
  })

  test('a fatal result ends it with the reason; siblings are recorded, nothing follows', () => {
    const first = started([activity('a'), activity('b'), activity('c', ['b'])])
    const failed = advance(first.orchestration, fatal('a'))
    expect(failed).toMatchObject({
      start: [],
      ended: true,
      orchestration: { state: 3, errorCode: 'x.refused', errorDetail: 'said no' },
    })
    const late = advance(failed.orchestration, complete('b', { made: 1 }))
    expect(late).toMatchObject({ start: [], ended: false, orchestration: { state: 3, completed: ['b'] } })
    expect(messagesOf(late, at)).toEqual([])
    expect(applyResult(late.orchestration, fatal('b'), at)).toBeNull()
    expect(applyResult(failed.orchestration, fatal('b'), at)).toBeNull()
  })

  test('for any graph, any order of results and any duplicates it completes exactly when all is done', () => {
    fc.assert(
      fc.property(graphs, fc.infiniteStream(fc.nat()), (activities, choices) => {
        let step: Advance | null = started(activities)
        let orchestration = step.orchestration
        const begun: string[] = []
        const done = new Set<string>()
        const finishedVpas: string[] = []
        let ends = 0
        const see = ({ start, vpaTypes, ended }: Advance): void => {
          for (const one of start) {
            expect(begun).not.toContain(one.id)
            expect(one.dependsOn.every((id) => done.has(id))).toBe(true)
            begun.push(one.id)
          }
          finishedVpas.push(...vpaTypes)
          if (ended) ends++
          expect(ended).toBe(done.size === activities.length)
        }
        see(step)
        for (const choice of choices) {
          if (orchestration.state === 2) break
          // Any activity may answer: one that runs, one that was never begun, one that is done.
          const chosen = activities[choice % activities.length]?.id ?? ''
          const counts = begun.includes(chosen) && !done.has(chosen)
          step = applyResult(orchestration, complete(chosen), at)
          expect(step !== null).toBe(counts)
          if (!step) continue
          done.add(chosen)
          orchestration = step.orchestration
          see(step)
        }
        expect(ends).toBe(1)
        expect(begun.toSorted()).toEqual(activities.map(({ id }) => id).toSorted())
        const vpaTypes = new Set(activities.flatMap(({ vpaType }) => vpaType ?? []))
        expect(finishedVpas.toSorted()).toEqual([...vpaTypes].sort())
        for (const id of done) expect(applyResult(orchestration, complete(id), at)).toBeNull()
      }),
    )
  })
})

describe('the messages of a step', () => {
  test('are the new activities, then the progress, then the end', () => {
    const first = started([activity('a', [], 'vpa'), activity('b', ['a'])])
    expect(messagesOf(first, at)).toEqual([
      {
        subject: 'fabric.activity.type-a',
        body: {
          orchestrationID: 'o-1',
          correlationId: 'p-1',
          activity: { id: 'a', type: 'type-a', discriminator: 'deploy', dependsOn: [] },
          processingData: { given: 1 },
          startedAt: at.toISOString(),
        },
      },
    ])
    const second = advance(first.orchestration, complete('a'))
    expect(messagesOf(second, at).map(({ subject }) => subject)).toEqual([
      'fabric.activity.type-b',
      'fabric.orchestration.progress',
    ])
    expect(messagesOf(second, at)[1]?.body).toMatchObject({ manifestId: 'o-1', activityId: 'a', vpaTypes: ['vpa'] })
    const last = advance(second.orchestration, complete('b', { pc: 'x' }))
    expect(messagesOf(last, at).map(({ subject }) => subject)).toEqual([
      'fabric.orchestration.progress',
      'fabric.orchestration.response',
    ])
    expect(messagesOf(last, at)[1]?.body).toMatchObject({
      manifestId: 'o-1',
      correlationId: 'p-1',
      success: true,
      properties: { pc: 'x' },
    })
  })

  test('of a failure are the response with its reason, and no progress', () => {
    const messages = messagesOf(advance(started([activity('a')]).orchestration, fatal('a')), at)
    expect(messages.map(({ subject }) => subject)).toEqual(['fabric.orchestration.response'])
    expect(messages[0]?.body).toMatchObject({ success: false, errorCode: 'x.refused', errorDetail: 'said no' })
  })
})
