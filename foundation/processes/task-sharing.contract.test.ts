import { describe, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import { overEachEngine } from '../database-testing/index.ts'
import { TaskStore } from './task-store.ts'
import { alice, EngineFixture, quick, refOf, until } from './testing/engine-fixture.ts'

overEachEngine('replicas that share tasks', (engine) => {
  const fixture = new EngineFixture(engine)

  it('runs as many tasks at a time as it may, and no more', async () => {
    const limited = fixture.newEngine({ concurrency: 4 })
    let running = 0
    let most = 0
    const full = Promise.withResolvers<void>()
    limited.handle('thing.wide', quick, async () => {
      running += 1
      most = Math.max(most, running)
      if (running === 4) full.resolve()
      await full.promise
      running -= 1
    })
    await fixture.record(Array.from({ length: 30 }, () => ({ name: 'thing.wide' })))
    await limited.start()
    await fixture.gone()
    expect(most).toBe(4)
  })

  it('goes on at once when tasks ask for the next ones while every slot is taken', async () => {
    const narrow = fixture.newEngine({ concurrency: 2, exclusive: true })
    const ended: unknown[] = []
    narrow.handle('thing.chain', quick, async (task) => {
      const { n } = task.payload as { n: number }
      await fixture.service.tenant(alice, async (tx) => {
        await task.complete(tx)
        const tasks = n < 20 ? [{ name: 'thing.chain', payload: { n: n + 1 } }] : []
        await narrow.record(tx, { ...refOf(task), from: `s${n - 1}`, to: `s${n}`, tasks })
      })
      if (n === 20) ended.push(task.processId)
    })
    for (const processId of ['p-1', 'p-2', 'p-3', 'p-4', 'p-5'])
      await fixture.record([{ name: 'thing.chain', payload: { n: 1 } }], alice, processId)
    await narrow.start()
    await narrow.settled()
    expect(ended.sort()).toEqual(['p-1', 'p-2', 'p-3', 'p-4', 'p-5'])
  })

  it('lets no context with a thousand due tasks starve the others', async () => {
    const order: string[] = []
    const busy = fixture.newEngine({ concurrency: 4 })
    busy.handle('thing.many', quick, async (task) => void order.push(task.participantContextId))
    await fixture.record(
      Array.from({ length: 1_000 }, () => ({ name: 'thing.many' })),
      participantContextId('heavy'),
    )
    const light = Array.from({ length: 20 }, (_, n) => participantContextId(`light-${n}`))
    for (const context of light) await fixture.record([{ name: 'thing.many' }], context)
    await busy.start()
    await fixture.gone()
    expect(order).toHaveLength(1_020)
    // A round has one task of each context; with 4 at a time the 20 light ones need little more than 21.
    expect(order.findLastIndex((context) => context !== 'heavy')).toBeLessThan(60)
  })

  it('shares tasks between replicas, each run once', async () => {
    const ran: string[] = []
    const replicas = [fixture.newEngine({ concurrency: 5 }), fixture.newEngine({ concurrency: 5 })]
    for (const replica of replicas) replica.handle('thing.shared', quick, async (task) => void ran.push(task.id))
    await Promise.all(replicas.map((replica) => replica.start()))
    await Promise.all(
      Array.from({ length: 20 }, () => fixture.record(Array.from({ length: 10 }, () => ({ name: 'thing.shared' })))),
    )
    await fixture.gone()
    expect(ran).toHaveLength(200)
    expect(new Set(ran).size).toBe(200)
  })

  it('wakes a replica that did not record the task itself', async () => {
    const ran = Promise.withResolvers<void>()
    const other = fixture.newEngine()
    other.handle('thing.there', quick, async () => ran.resolve())
    await other.start()
    await other.settled()
    await fixture.record([{ name: 'thing.there' }])
    await ran.promise
  })

  it('leaves tasks alone that it has no handler for', async () => {
    fixture.processes.handle('thing.known', quick, async () => undefined)
    await fixture.processes.start()
    await fixture.record([{ name: 'thing.known' }, { name: 'thing.unknown' }])
    await until(async () => (await fixture.taskRows()).length === 1)
    await fixture.processes.settled()
    expect(await fixture.taskRows()).toMatchObject([{ name: 'thing.unknown', attempt: 1, claimed_by: null }])
  })

  it('lets claims of a dead process go at start when the database is exclusive', async () => {
    await fixture.record([{ name: 'thing.left' }])
    expect((await new TaskStore(fixture.service, 'dead').claim(1, ['thing.left'], 60_000)).tasks).toHaveLength(1)
    const next = fixture.newEngine({ exclusive: true })
    const ran: number[] = []
    next.handle('thing.left', quick, async (task) => void ran.push(task.attempt))
    await next.start()
    await fixture.gone()
    expect(ran).toEqual([1])
  })

  it('takes a task over when the lease of a dead replica is over', async () => {
    await fixture.record([{ name: 'thing.left' }])
    expect((await new TaskStore(fixture.service, 'dead').claim(1, ['thing.left'], 100)).tasks).toHaveLength(1)
    const ran: number[] = []
    fixture.processes.handle('thing.left', quick, async (task) => void ran.push(task.attempt))
    await fixture.processes.start()
    await fixture.gone()
    expect(ran).toEqual([1])
  })

  it('keeps a renewed lease from others', async () => {
    const store = new TaskStore(fixture.service, 'alive')
    await fixture.record([{ name: 'thing.long' }])
    const [task] = (await store.claim(1, ['thing.long'], 0)).tasks
    await store.renew([task?.id ?? ''], 60_000)
    expect((await new TaskStore(fixture.service, 'other').claim(1, ['thing.long'], 60_000)).tasks).toEqual([])
  })

  it('takes a task for the cause when the process ended in the middle of it again and again', async () => {
    const errors: Error[] = []
    let ran = 0
    fixture.processes.handle(
      'thing.poison',
      { ...quick, exhausted: async (_, error) => void errors.push(error) },
      async () => {
        ran += 1
      },
    )
    await fixture.record([{ name: 'thing.poison' }])
    await fixture.system((tx) => tx.run('update proc.process_task set claims = 21'))
    await fixture.processes.start()
    await fixture.gone()
    expect(errors).toMatchObject([{ code: 'processes.handler-crashed' }])
    expect(ran).toBe(0)
  })

  it('stops claiming and waits for running handlers', async () => {
    const entered = Promise.withResolvers<void>()
    const leave = Promise.withResolvers<void>()
    const ran: number[] = []
    fixture.processes.handle('thing.slow', quick, async (task) => {
      entered.resolve()
      await leave.promise
      ran.push(Number(task.payload.n))
    })
    await fixture.processes.start()
    // The look at start is over: one that is under way when the engine stops may still claim, and what it claims is run.
    await fixture.processes.settled()
    await fixture.record([{ name: 'thing.slow', payload: { n: 1 } }])
    await entered.promise
    const stopping = fixture.processes.stop()
    await fixture.record([{ name: 'thing.slow', payload: { n: 2 } }])
    leave.resolve()
    await stopping
    expect(ran).toEqual([1])
    expect(await fixture.taskRows()).toMatchObject([{ claimed_by: null }])
  })

  describe('history', () => {
    it('is forgotten when it is old, however much there is', async () => {
      await fixture.service.tenant(alice, async (tx) => {
        for (let n = 0; n < 3; n += 1) {
          await fixture.processes.record(tx, {
            participantContextId: alice,
            processType: 'thing',
            processId: 'p',
            from: null,
            to: `s${n}`,
          })
        }
      })
      await fixture.system(async (tx) => {
        await tx.run(
          `insert into proc.process_history (participant_context_id, process_type, process_id, to_state, at)
           select 'alice', 'thing', 'old', 'begun', now() - interval '400 days' from generate_series(1, 2500)`,
        )
        // The oldest rows come first in a table that was only ever appended to.
        await tx.run('update proc.process_history set id = default where process_id = $1', ['p'])
      })
      await new TaskStore(fixture.service, 'me').forgetHistory(365 * 24 * 3_600_000)
      const left = await fixture.system((tx) =>
        tx.rows('select process_id, to_state from proc.process_history order by id'),
      )
      expect(left).toEqual([0, 1, 2].map((n) => ({ process_id: 'p', to_state: `s${n}` })))
    })
  })
})
