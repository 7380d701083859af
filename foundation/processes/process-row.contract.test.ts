import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { ServiceDatabase } from '../database/index.ts'
import { tenantTable } from '../database/index.ts'
import { openTestDatabase, overEachEngine } from '../database-testing/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createProcesses, type Processes, processMigrations, type Task, type Transition } from './index.ts'
import { alice, bob, quick } from './testing/engine-fixture.ts'

overEachEngine('a transition with the row of its process', (engine) => {
  let service: ServiceDatabase
  let processes: Processes

  beforeAll(async () => {
    const database = await openTestDatabase(engine)
    const table = `
create table rowed.thing (participant_context_id text not null, id text primary key, version int not null,
  state_at timestamptz not null default 'epoch', state text not null, note text);
${tenantTable('rowed', 'thing')}`
    service = await database.forService('rowed', [...processMigrations('rowed'), { id: 'thing-001', sql: table }])
    return () => database.close()
  })
  beforeEach(async () => {
    await service.tenant(alice, async (tx) => {
      await tx.run('delete from rowed.thing')
      await tx.run('delete from rowed.process_history')
      await tx.run(`insert into rowed.thing (participant_context_id, id, version, state) values ($1, 'p', 1, 'A')`, [
        alice,
      ])
    })
    const logger = createLogger({ component: 'test', level: 'silent' })
    processes = createProcesses({ database: service, exclusive: false, logger })
    return () => processes.stop()
  })

  const step = (version: number, columns: Record<string, unknown> = {}): Transition => ({
    participantContextId: alice,
    processType: 'thing',
    processId: 'p',
    from: 'A',
    to: 'B',
    tasks: [{ name: 'thing.send', dueInMs: 60_000 }],
    row: { table: 'rowed.thing', version, columns: { state: 'B', note: undefined, ...columns } },
  })
  const written = () =>
    service.tenantAtOnce(alice, (tx) =>
      Promise.all([
        tx.one('select version, state, note from rowed.thing'),
        tx.rows('select to_state from rowed.process_history'),
        tx.rows('select name from rowed.process_task'),
      ]),
    )
  const nothing = [{ version: 1, state: 'A', note: null }, [], []]

  it('changes the columns that have a value, raises the version, and writes history and tasks', async () => {
    await service.tenant(alice, (tx) => tx.run(`update rowed.thing set note = 'kept'`))
    await service.tenantAtOnce(alice, (tx) => processes.record(tx, step(1)))
    expect(await written()).toEqual([
      { version: 2, state: 'B', note: 'kept' },
      [{ to_state: 'B' }],
      [{ name: 'thing.send' }],
    ])
    expect(
      await service.tenant(alice, (tx) =>
        tx.one(`select state_at > now() - interval '1 minute' as now from rowed.thing`),
      ),
    ).toEqual({ now: true })
    await service.tenant(alice, (tx) => tx.run('delete from rowed.process_task'))
  })

  it('writes nothing when somebody has changed the row, or it belongs to somebody else, although it is committed', async () => {
    const late = service.tenantAtOnce(alice, (tx) => processes.record(tx, step(0)))
    await expect(late).rejects.toMatchObject({ code: 'processes.row-changed' })
    const foreign = service.tenantAtOnce(bob, (tx) => processes.record(tx, { ...step(1), participantContextId: bob }))
    await expect(foreign).rejects.toMatchObject({ code: 'processes.row-changed' })
    expect(await written()).toEqual(nothing)
  })

  it('lets one of two who read the same version go on', async () => {
    const both = [step(1, { note: 'first' }), step(1, { note: 'second' })]
    const outcomes = await Promise.allSettled(
      both.map((one) => service.tenantAtOnce(alice, (tx) => processes.record(tx, one))),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await written()).toMatchObject([{ version: 2 }, [{ to_state: 'B' }], [{ name: 'thing.send' }]])
    await service.tenant(alice, (tx) => tx.run('delete from rowed.process_task'))
  })

  it('writes nothing when the task whose outcome it is has gone to another replica', async () => {
    const tried = Promise.withResolvers<unknown>()
    processes.handle('thing.try', quick, async (task: Task) => {
      await service.system('test.steal', (tx) => tx.run(`update rowed.process_task set claims = claims + 1`))
      const outcome = { ...step(1), tasks: [], completes: task }
      await service.tenantAtOnce(alice, (tx) => processes.record(tx, outcome)).catch(tried.resolve)
    })
    await processes.start()
    const { row: _row, ...begin } = step(1)
    await service.tenant(alice, (tx) => processes.record(tx, { ...begin, tasks: [{ name: 'thing.try' }] }))
    expect(await tried.promise).toMatchObject({ code: 'processes.lease-lost' })
    expect((await written())[0]).toEqual(nothing[0])
    await service.system('test.end', (tx) => tx.run('delete from rowed.process_task'))
  })

  it('gives a task that begins at once what is in hand, and a later try nothing', async () => {
    const inHand = { some: 'thing' }
    const seen: unknown[] = []
    const done = Promise.withResolvers<void>()
    processes.handle('thing.look', quick, async (task: Task) => {
      seen.push(task.inHand)
      if (task.attempt === 1) throw new Error('once more')
      done.resolve()
    })
    await processes.start()
    const begin = { ...step(1), tasks: [{ name: 'thing.look', inHand }] }
    await service.tenant(alice, (tx) => processes.record(tx, begin))
    await done.promise
    expect(seen[0]).toBe(inHand)
    expect(seen[1]).toBeUndefined()
  })
})
