import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import { type Database, type ServiceDatabase, systemReads, tenantTable } from '../database/index.ts'
import { mortal, openTestDatabase, overEachEngine } from '../database-testing/index.ts'
import { createPostgresqlMessaging, type Messaging } from '../messaging/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createOutboxRelay, createProcesses, type Processes, processMigrations, type Task } from './index.ts'

const alice = participantContextId('alice')
const logger = createLogger({ component: 'test', level: 'silent' })
const policy = { limit: 1, baseMs: 1, maxMs: 1 }
const lastStep = 4

const counters = {
  id: '001-counter',
  sql: `
create table kill.counter (participant_context_id text not null, id text primary key, step int not null);
${tenantTable('kill', 'counter')}${systemReads('kill', 'counter')}`,
}

overEachEngine('processes that are killed', (engine) => {
  let database: Database
  let service: ServiceDatabase
  let messaging: Messaging

  beforeAll(async () => {
    database = await openTestDatabase(engine)
    service = await database.forService('kill', [...processMigrations('kill'), counters])
    messaging = await createPostgresqlMessaging({ database, logger })
  })
  afterAll(async () => {
    await messaging?.close()
    await database?.close()
  })

  /** What the outside has seen: calls by the id that they carried. */
  let calls: Map<string, number>

  /** One life of the process: counts each counter up step by step, each step a task with a call to the outside. */
  async function live(lifetime: number): Promise<'dead' | Processes> {
    const death = Promise.withResolvers<'dead'>()
    const own = mortal(service, lifetime, () => death.resolve('dead'))
    const processes = createProcesses({ database: own, exclusive: true, logger, concurrency: 3 })
    const relay = createOutboxRelay({ database: own, messaging, logger, exclusive: true })
    processes.handle('counter.step', policy, async (task) => {
      if (own.isDead) return new Promise(() => undefined)
      calls.set(task.id, (calls.get(task.id) ?? 0) + 1)
      await own.tenant(task.participantContextId, async (tx) => {
        const { step } = task.payload as { step: number }
        const moved = await tx.run('update kill.counter set step = $2 where id = $1 and step = $2::int - 1', [
          task.processId,
          step,
        ])
        if (moved !== 1) throw new Error(`step ${step} was not the next one`)
        await task.complete(tx)
        await processes.record(tx, transition(task.processId, step))
      })
    })
    const life = async (): Promise<Processes> => {
      await processes.start()
      await relay.start()
      await processes.settled()
      await until(
        async () =>
          (await own.system('test.outbox', (tx) => tx.rows('select 1 from kill.outbox limit 1'))).length === 0,
      )
      await relay.stop()
      await processes.stop()
      return processes
    }
    const outcome = await Promise.race([death.promise, life()])
    await own.buried()
    return outcome
  }

  it('runs the task of every committed step at least once and completes it exactly once, whenever it is killed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (lifetimes, count) => {
          calls = new Map()
          const run = randomUUID()
          const ids = Array.from({ length: count }, (_, n) => `${run}-${n}`)
          const recorder = createProcesses({ database: service, exclusive: true, logger })
          await service.tenant(alice, async (tx) => {
            for (const id of ids) {
              await tx.run('insert into kill.counter values ($1, $2, 0)', [alice, id])
              await recorder.record(tx, transition(id, 0))
            }
          })

          for (const lifetime of lifetimes) await live(lifetime)
          expect(await live(Number.POSITIVE_INFINITY)).not.toBe('dead')

          const counters = await service.tenant(alice, (tx) =>
            tx.rows<{ step: number }>('select step from kill.counter where id = any($1)', [ids]),
          )
          expect(counters.map((row) => row.step)).toEqual(ids.map(() => lastStep))
          for (const id of ids) {
            const history = await service.tenant(alice, (tx) => recorder.history(tx, 'counter', id))
            expect(history.map((entry) => entry.to)).toEqual(['0', '1', '2', '3', '4'])
          }
          // Each step made its calls under one id, so that the target can tell a repetition.
          expect(calls.size).toBe(count * lastStep)
          expect(await service.system('test.left', (tx) => tx.rows('select * from kill.process_task'))).toEqual([])
          expect(await eventsOf(run)).toEqual(
            ids.flatMap((id) => [0, 1, 2, 3, 4].map((step) => `${id} ${step}`)).sort(),
          )
        },
      ),
      { numRuns: 40 },
    )
  }, 120_000)

  it('dies at the step that was chosen, so that the property above means something', async () => {
    calls = new Map()
    const id = randomUUID()
    const recorder = createProcesses({ database: service, exclusive: true, logger })
    await service.tenant(alice, async (tx) => {
      await tx.run('insert into kill.counter values ($1, $2, 0)', [alice, id])
      await recorder.record(tx, transition(id, 0))
    })
    const outcomes: unknown[] = []
    for (let lifetime = 1; lifetime <= 30; lifetime += 1) outcomes.push(await live(lifetime))
    expect(outcomes.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'dead'))
    await live(Number.POSITIVE_INFINITY)
    expect([...calls.values()].some((times) => times > 1)).toBe(true)
  })

  /** Steps of a run that were published, each once. */
  async function eventsOf(run: string): Promise<string[]> {
    const subject = `counter.${run}`
    const seen: string[] = []
    const consumer = await messaging.consume({ subject, durable: 'test' }, async (message) => {
      seen.push(`${message.body.id} ${message.body.step}`)
      return { kind: 'ack' }
    })
    const left = await database.forService('messaging', [])
    await until(
      async () =>
        (
          await left.system('test.left', (tx) =>
            tx.rows('select 1 from messaging.message where subject = $1', [subject]),
          )
        ).length === 0,
    )
    await consumer.stop()
    return seen.sort()
  }
})

function transition(id: string, step: number) {
  return {
    participantContextId: alice,
    processType: 'counter',
    processId: id,
    from: step === 0 ? null : String(step - 1),
    to: String(step),
    tasks: step < lastStep ? [{ name: 'counter.step', payload: { step: step + 1 } }] : [],
    events: [{ subject: `counter.${id.slice(0, 36)}`, body: { id, step } }],
  } satisfies Parameters<Processes['record']>[1] & Partial<Task>
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
