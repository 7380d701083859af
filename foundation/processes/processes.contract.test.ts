import { expect, it } from 'vitest'
import { expectTenantIsolation, overEachEngine } from '../database-testing/index.ts'
import { errorCatalogue, WeftError } from '../errors/index.ts'
import { correlationId, withCorrelation } from '../telemetry/index.ts'
import { parkedTasks, type TaskPolicy } from './index.ts'
import { alice, bob, EngineFixture, quick, refOf, until } from './testing/engine-fixture.ts'

const { final } = errorCatalogue('processes-test', {
  final: { status: 400, side: 'caller', title: 'No retry can cure this.', remedy: 'None.' },
})

overEachEngine('processes', (engine) => {
  const fixture = new EngineFixture(engine)

  it('runs a task once its transaction has been committed, with what was asked for', async () => {
    const done = Promise.withResolvers<unknown>()
    fixture.processes.handle('thing.send', quick, async (task) => done.resolve(task))
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.send', payload: { n: 1 } }], alice, 'p-1')
    expect(await done.promise).toMatchObject({
      name: 'thing.send',
      attempt: 1,
      payload: { n: 1 },
      participantContextId: 'alice',
      processType: 'thing',
      processId: 'p-1',
    })
    await fixture.processes.settled()
    expect(await fixture.taskRows()).toEqual([])
  })

  it('runs nothing of a transaction that was rolled back', async () => {
    const ran: string[] = []
    fixture.processes.handle('thing.send', quick, async (task) => void ran.push(task.processId))
    await fixture.processes.start()
    const gone = fixture.service.tenant(alice, async (tx) => {
      const transition = {
        participantContextId: alice,
        processType: 'thing',
        processId: 'gone',
        from: null,
        to: 'begun',
      }
      await fixture.processes.record(tx, {
        ...transition,
        tasks: [{ name: 'thing.send' }],
        events: [{ subject: 'thing.begun', body: {} }],
      })
      throw new Error('rolled back')
    })
    await expect(gone).rejects.toThrow('rolled back')
    await fixture.record([{ name: 'thing.send' }], alice, 'kept')
    await fixture.processes.settled()
    expect(ran).toEqual(['kept'])
    expect(await fixture.system((tx) => tx.rows('select * from proc.outbox'))).toEqual([])
  })

  it('keeps the history of a process, oldest first, inside its context', async () => {
    await fixture.service.tenant(alice, async (tx) => {
      const ref = { participantContextId: alice, processType: 'thing', processId: 'p-1' }
      await fixture.processes.record(tx, { ...ref, from: null, to: 'REQUESTED', messageId: 'urn:uuid:1' })
      await fixture.processes.record(tx, { ...ref, from: 'REQUESTED', to: 'TERMINATED', reason: 'policy.denied' })
    })
    const own = await fixture.service.tenant(alice, (tx) => fixture.processes.history(tx, 'thing', 'p-1'))
    expect(own).toMatchObject([
      { from: null, to: 'REQUESTED', reason: null, messageId: 'urn:uuid:1' },
      { from: 'REQUESTED', to: 'TERMINATED', reason: 'policy.denied', messageId: null },
    ])
    expect(own[0]?.at).toBeInstanceOf(Date)
    expect(await fixture.service.tenant(bob, (tx) => fixture.processes.history(tx, 'thing', 'p-1'))).toEqual([])
    expect(await fixture.service.tenant(alice, (tx) => fixture.processes.history(tx, 'other', 'p-1'))).toEqual([])
  })

  it('lets no transaction record for another context', async () => {
    const foreign = fixture.service.tenant(alice, (tx) =>
      fixture.processes.record(tx, {
        participantContextId: bob,
        processType: 'thing',
        processId: 'p',
        from: null,
        to: 'begun',
      }),
    )
    await expect(foreign).rejects.toMatchObject({ code: '42501' })
  })

  it('keeps every tenant table inside one context', async () => {
    for (const context of [alice, bob]) {
      await fixture.service.tenant(context, (tx) =>
        fixture.processes.record(tx, {
          participantContextId: context,
          processType: 'thing',
          processId: 'p',
          from: null,
          to: 'begun',
          tasks: [{ name: 'nobody.handles', dueInMs: 60_000 }],
          events: [{ subject: 'thing.begun', body: {} }],
        }),
      )
    }
    expect(await expectTenantIsolation(fixture.service, [alice, bob])).toEqual([
      'outbox',
      'process_history',
      'process_task',
    ])
  })

  it('waits until a task is due, and no longer', async () => {
    const ran = Promise.withResolvers<number>()
    fixture.processes.handle('thing.later', quick, async () => ran.resolve(performance.now()))
    await fixture.processes.start()
    const asked = performance.now()
    await fixture.record([{ name: 'thing.later', dueInMs: 150 }])
    const waited = (await ran.promise) - asked
    expect(waited).toBeGreaterThanOrEqual(145)
    expect(waited).toBeLessThan(5_000)
  })

  it('tries again with the same id until it succeeds', async () => {
    const tries: [string, number][] = []
    fixture.processes.handle('thing.flaky', quick, async (task) => {
      tries.push([task.id, task.attempt])
      if (task.attempt < 3) throw new Error('not yet')
    })
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.flaky' }])
    await fixture.gone()
    expect(tries.map(([, attempt]) => attempt)).toEqual([1, 2, 3])
    expect(new Set(tries.map(([id]) => id)).size).toBe(1)
  })

  it('gives up after the limit: the outcome is recorded in a transaction that completes the task', async () => {
    const tries: number[] = []
    const errors: string[] = []
    const policy: TaskPolicy = {
      ...quick,
      exhausted: async (task, error) => {
        errors.push(error.message)
        await fixture.service.tenant(task.participantContextId, async (tx) => {
          await task.complete(tx)
          await fixture.processes.record(tx, { ...refOf(task), from: 'begun', to: 'failed', reason: error.message })
        })
      },
    }
    fixture.processes.handle('thing.hopeless', policy, async (task) => {
      tries.push(task.attempt)
      throw new Error('never')
    })
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.hopeless' }], alice, 'p-9')
    await fixture.gone()
    expect(tries).toEqual([1, 2, 3])
    expect(errors).toEqual(['never'])
    const history = await fixture.service.tenant(alice, (tx) => fixture.processes.history(tx, 'thing', 'p-9'))
    expect(history.map((entry) => entry.to)).toEqual(['begun', 'failed'])
  })

  it('gives up at once when no retry can cure the error', async () => {
    const tries: number[] = []
    const errors: Error[] = []
    fixture.processes.handle(
      'thing.refused',
      { ...quick, exhausted: async (_, error) => void errors.push(error) },
      async (task) => {
        tries.push(task.attempt)
        throw new WeftError(final)
      },
    )
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.refused' }])
    await fixture.gone()
    expect(tries).toEqual([1])
    expect(errors).toMatchObject([{ code: 'processes-test.final' }])
  })

  it.each([
    ['nobody records the outcome', quick],
    ['recording the outcome fails', { ...quick, exhausted: () => Promise.reject(new Error('secret text')) }],
  ])('parks a task that failed for good when %s, and resumes it when asked', async (_, policy) => {
    let isBroken = true
    const tries: number[] = []
    fixture.processes.handle('thing.parked', policy, async (task) => {
      tries.push(task.attempt)
      if (isBroken) throw new Error('secret text')
    })
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.parked' }], alice, 'p-1')
    const parked = parkedTasks(fixture.service)
    await until(async () => (await parked.count()) === 1)
    expect(tries).toEqual([1, 2, 3])
    const [task] = await parked.list({ limit: 10 })
    expect(task).toMatchObject({ name: 'thing.parked', participantContextId: 'alice', processId: 'p-1', attempt: 3 })
    expect(task?.lastError).toContain('request.internal')
    expect(task?.lastError).not.toContain('secret text')
    expect(await parked.list({ limit: 10, after: task?.id ?? '' })).toEqual([])
    isBroken = false
    expect(await parked.resume(task?.id ?? '')).toBe(true)
    expect(await parked.resume(task?.id ?? '')).toBe(false)
    await fixture.gone()
    expect(tries).toEqual([1, 2, 3, 1])
  })

  it('does not count a task as done when the transaction that completed it was rolled back', async () => {
    const tries: number[] = []
    fixture.processes.handle('thing.half', quick, async (task) => {
      tries.push(task.attempt)
      await fixture.service.tenant(task.participantContextId, async (tx) => {
        await task.complete(tx)
        if (task.attempt === 1) throw new Error('rolled back')
      })
    })
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.half' }])
    await fixture.gone()
    expect(tries).toEqual([1, 2])
  })

  it('completes the task whose outcome a transition is by that very transition', async () => {
    const tries: number[] = []
    const left: number[] = []
    fixture.processes.handle('thing.step', quick, async (task) => {
      tries.push(task.attempt)
      await fixture.service.tenant(task.participantContextId, async (tx) => {
        await fixture.processes.record(tx, { ...refOf(task), from: 'begun', to: 'sent', completes: task })
        if (task.attempt === 1) throw new Error('rolled back')
      })
      left.push((await fixture.taskRows()).length)
    })
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.step' }], alice, 'p-2')
    await fixture.gone()
    // The transition has removed the task; its handler goes on for a moment.
    await fixture.processes.settled()
    expect(tries).toEqual([1, 2])
    expect(left).toEqual([0])
    const history = await fixture.service.tenant(alice, (tx) => fixture.processes.history(tx, 'thing', 'p-2'))
    expect(history.map((entry) => entry.to)).toEqual(['begun', 'sent'])
  })

  it.each(['beside the transition', 'by the transition'])(
    'rolls back what a replica records for a task that another one has taken over: completed %s',
    async (how) => {
      const failure = Promise.withResolvers<unknown>()
      fixture.processes.handle('thing.stolen', quick, async (task) => {
        await fixture.system((tx) => tx.run(`update proc.process_task set claimed_by = 'thief', claims = claims + 1`))
        await fixture.service
          .tenant(alice, async (tx) => {
            const twice = { ...refOf(task), from: 'begun', to: 'twice' }
            if (how === 'by the transition') return fixture.processes.record(tx, { ...twice, completes: task })
            await fixture.processes.record(tx, twice)
            await task.complete(tx)
          })
          .catch((error: unknown) => {
            failure.resolve(error)
            throw error
          })
      })
      await fixture.processes.start()
      await fixture.record([{ name: 'thing.stolen' }], alice, 'p-1')
      expect(await failure.promise).toMatchObject({ code: 'processes.lease-lost' })
      await fixture.processes.settled()
      const history = await fixture.service.tenant(alice, (tx) => fixture.processes.history(tx, 'thing', 'p-1'))
      expect(history.map((entry) => entry.to)).toEqual(['begun'])
      expect(await fixture.taskRows()).toMatchObject([{ claimed_by: 'thief', attempt: 1, last_error: null }])
    },
  )

  it('carries the correlation id from the recording transaction to the handler, over retries', async () => {
    const seen: (string | undefined)[] = []
    fixture.processes.handle('thing.traced', quick, async (task) => {
      seen.push(correlationId())
      if (task.attempt === 1) throw new Error('once more')
    })
    await fixture.processes.start()
    await withCorrelation('click-17', () => fixture.record([{ name: 'thing.traced' }]))
    await fixture.gone()
    expect(seen).toEqual(['click-17', 'click-17'])
  })
})
