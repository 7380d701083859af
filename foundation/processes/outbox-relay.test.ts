import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import type { Database, ServiceDatabase } from '../database/index.ts'
import { openTestDatabase, overEachEngine } from '../database-testing/index.ts'
import type { Messaging } from '../messaging/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createOutboxRelay, createProcesses, type JsonObject, type OutboxRelay, processMigrations } from './index.ts'

const alice = participantContextId('alice')
const logger = createLogger({ component: 'test', level: 'silent' })

interface Published {
  readonly subject: string
  readonly body: JsonObject
  readonly dedupeKey: string
}

overEachEngine('outbox relay', (engine) => {
  let database: Database
  let service: ServiceDatabase
  let relays: OutboxRelay[] = []
  let published: Published[]
  let fault: () => Error | undefined

  beforeAll(async () => {
    database = await openTestDatabase(engine)
    service = await database.forService('box', processMigrations('box'))
  })
  beforeEach(() => {
    relays = []
    published = []
    fault = () => undefined
  })
  afterEach(() => Promise.all(relays.map((relay) => relay.stop())))
  afterAll(() => database?.close())

  /** A fake bus that keeps what it is given and fails when told so. */
  const messaging = {
    async publish(subject: string, body: JsonObject, options: { readonly dedupeKey: string }) {
      const error = fault()
      if (error) throw error
      published.push({ subject, body, ...options })
    },
  } as unknown as Messaging

  function relay(): OutboxRelay {
    const made = createOutboxRelay({ database: service, messaging, logger })
    relays.push(made)
    return made
  }

  async function record(from: number, to: number): Promise<void> {
    const processes = createProcesses({ database: service, exclusive: true, logger })
    const events = Array.from({ length: to - from }, (_, n) => ({ subject: 'thing.done', body: { n: from + n } }))
    await service.tenant(alice, (tx) =>
      processes.record(tx, {
        participantContextId: alice,
        processType: 'thing',
        processId: 'p',
        from: null,
        to: 'x',
        events,
      }),
    )
  }

  const numbers = (): unknown[] => published.map((event) => event.body.n)
  const left = async (): Promise<number> =>
    (await service.system('test.left', (tx) => tx.one<{ n: number }>('select count(*) as n from box.outbox')))?.n ?? -1

  it('publishes committed events in order, each with a key of its own, and deletes them', async () => {
    await record(0, 3)
    await relay().start()
    await record(3, 5)
    await until(async () => (await left()) === 0)
    expect(numbers()).toEqual([0, 1, 2, 3, 4])
    expect(new Set(published.map((event) => event.dedupeKey)).size).toBe(5)
  })

  it('goes on after a failure where it stopped, in order and with the same key', async () => {
    let failures = 0
    const keys: string[] = []
    fault = () => {
      if (published.length !== 2 || failures >= 2) return undefined
      failures += 1
      return new Error('bus is away')
    }
    await record(0, 5)
    keys.push(
      ...(
        await service.system('test.keys', (tx) =>
          tx.rows<{ id: string }>('select id from box.outbox order by position'),
        )
      ).map((row) => row.id),
    )
    await relay().start()
    await until(async () => (await left()) === 0)
    expect(failures).toBe(2)
    expect(numbers()).toEqual([0, 1, 2, 3, 4])
    expect(published.map((event) => event.dedupeKey)).toEqual(keys)
  })

  it('keeps the order while several replicas relay', async () => {
    await Promise.all([relay(), relay(), relay()].map((one) => one.start()))
    for (let n = 0; n < 200; n += 20) await record(n, n + 20)
    await until(async () => (await left()) === 0)
    expect(numbers()).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })

  it('takes over what a dead relay had claimed, when its claim is over', async () => {
    await record(0, 2)
    await service.system('test.claim', (tx) =>
      tx.run(`update box.outbox set claimed_by = 'dead', claimed_until = now() + interval '100 milliseconds'`),
    )
    await relay().start()
    await until(async () => (await left()) === 0)
    expect(numbers()).toEqual([0, 1])
  })
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
