import { expect, it } from 'vitest'
import { overEachEngine } from '../database-testing/index.ts'
import { alice, EngineFixture, quick, until } from './testing/engine-fixture.ts'

overEachEngine('a task that is due at once', (engine) => {
  const fixture = new EngineFixture(engine)
  const transition = { participantContextId: alice, processType: 'thing', processId: 'p-1', from: null, to: 'begun' }

  it('is claimed as it is written by the engine that will run it, unless it is due later', async () => {
    const ran = Promise.withResolvers<number>()
    fixture.processes.handle('thing.send', quick, async (task) => ran.resolve(task.attempt))
    await fixture.processes.start()
    const claimed = await fixture.service.tenant(alice, async (tx) => {
      const tasks = [{ name: 'thing.send' }, { name: 'thing.unknown' }, { name: 'thing.later', dueInMs: 60_000 }]
      await fixture.processes.record(tx, { ...transition, tasks })
      const rows = await tx.rows<{ name: string; claims: number }>('select name, claims from proc.process_task')
      return Object.fromEntries(rows.map(({ name, claims }) => [name, claims]))
    })
    expect(claimed).toEqual({ 'thing.send': 1, 'thing.unknown': 0, 'thing.later': 0 })
    expect(await ran.promise).toBe(1)
    await until(async () => (await fixture.taskRows()).length === 2)
  })

  it('is left to others by an engine that does not run', async () => {
    fixture.processes.handle('thing.send', quick, async () => undefined)
    await fixture.record([{ name: 'thing.send' }])
    expect(await fixture.taskRows()).toMatchObject([{ claimed_by: null }])
  })

  it('waits its turn when more is due than can run', async () => {
    const narrow = fixture.newEngine({ concurrency: 1 })
    const entered = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    narrow.handle('thing.slow', quick, () => {
      entered.resolve()
      return release.promise
    })
    await fixture.record([{ name: 'thing.slow' }])
    await narrow.start()
    await entered.promise
    await fixture.service.tenant(alice, (tx) => narrow.record(tx, { ...transition, tasks: [{ name: 'thing.slow' }] }))
    expect((await fixture.taskRows()).filter((row) => row.claimed_by === null)).toHaveLength(1)
    release.resolve()
    await fixture.gone()
  })

  it('writes the history of every state that a step goes through, with the message at the first', async () => {
    await fixture.service.tenant(alice, async (tx) => {
      await fixture.processes.record(tx, { ...transition, through: ['first', 'second'], to: 'third', messageId: 'm' })
      expect(await fixture.processes.history(tx, 'thing', 'p-1')).toMatchObject([
        { from: null, to: 'first', messageId: 'm' },
        { from: 'first', to: 'second', messageId: null },
        { from: 'second', to: 'third', messageId: null },
      ])
    })
  })
})
