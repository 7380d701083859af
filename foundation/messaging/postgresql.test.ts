import { afterAll, beforeAll, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import type { Database, ServiceDatabase } from '../database/index.ts'
import { expectTenantIsolation, openTestDatabase, overEachEngine } from '../database-testing/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createPostgresqlMessaging } from './index.ts'
import { MessageStore } from './message-store.ts'
import { messagingContract } from './messaging.contract.test-suite.ts'
import { messagingMigrations } from './migrations.ts'

const logger = createLogger({ component: 'test', level: 'silent' })

overEachEngine('PostgreSQL messaging', (engine) => {
  messagingContract('PostgreSQL adapter', async () => {
    const database = await openTestDatabase(engine)
    const messaging = await createPostgresqlMessaging({ database, logger })
    const replica = await createPostgresqlMessaging({ database, logger })
    return {
      messaging,
      replica,
      async close() {
        await messaging.close()
        await replica.close()
        await database.close()
      },
    }
  })

  let database: Database
  let service: ServiceDatabase
  beforeAll(async () => {
    database = await openTestDatabase(engine)
    service = await database.forService('messaging', messagingMigrations)
  })
  afterAll(() => database?.close())

  const system = <Row extends object>(sql: string, params?: unknown[]): Promise<Row[]> =>
    service.system('messaging.test', (tx) => tx.rows<Row>(sql, params))

  it('keeps rejected and spent messages as dead letters with the reason', async () => {
    const store = new MessageStore(service, 'me')
    await store.publish('dead.one', { n: 1 }, 'dead-1')
    await store.publish('dead.one', { n: 2 }, 'dead-2')
    const [first, second] = (await store.claim('dead.one', 2, 0, 1)).messages
    if (!first || !second) throw new Error('two messages were published')
    expect(await store.bury(first, 'no such activity')).toBe(true)
    const later = await store.claim('dead.one', 2, 1_000, 1)
    expect(later).toMatchObject({ messages: [], spent: 1 })
    expect(
      await system(`select body, reason from messaging.dead_letter where subject = 'dead.one' order by position`),
    ).toEqual([
      { body: { n: 1 }, reason: 'no such activity' },
      { body: { n: 2 }, reason: 'not answered in 1 deliveries' },
    ])
  })

  it('records no answer of somebody who lost the message', async () => {
    const [slow, quick] = [new MessageStore(service, 'slow'), new MessageStore(service, 'quick')]
    await slow.publish('late.one', { n: 1 }, 'late-1')
    const [claimed] = (await slow.claim('late.one', 1, 0, 20)).messages
    const [taken] = (await quick.claim('late.one', 1, 60_000, 20)).messages
    if (!claimed || !taken) throw new Error('one message was published')
    expect(await slow.ack(claimed)).toBe(false)
    expect(await slow.retry(claimed, 0)).toBe(false)
    expect(await slow.bury(claimed, 'late')).toBe(false)
    expect(await quick.ack(taken)).toBe(true)
  })

  it('tells when the next message falls due, so that nobody has to poll', async () => {
    const store = new MessageStore(service, 'me')
    expect((await store.claim('timed.one', 1, 1_000, 20)).nextInMs).toBeNull()
    await store.publish('timed.one', {}, 'timed-1')
    const [message] = (await store.claim('timed.one', 1, 1_000, 20)).messages
    if (!message) throw new Error('one message was published')
    await store.retry(message, 60_000)
    const { nextInMs } = await store.claim('timed.one', 1, 1_000, 20)
    expect(nextInMs).toBeGreaterThan(30_000)
    expect(nextInMs).toBeLessThanOrEqual(60_000)
  })

  it('forgets entries that nobody has changed for ninety days, and no others', async () => {
    const messaging = await createPostgresqlMessaging({ database, logger })
    const bucket = messaging.keyValue('kept')
    await bucket.put('old', { a: 1 })
    await bucket.put('young', { a: 2 })
    await system(`update messaging.key_value set changed_at = now() - interval '91 days' where key = 'old'`)
    await system(`update messaging.key_value set changed_at = now() - interval '89 days' where key = 'young'`)
    await new MessageStore(service, 'me').forgetOld()
    expect([await bucket.get('old'), (await bucket.get('young'))?.value]).toEqual([undefined, { a: 2 }])
    await messaging.close()
  })

  it('forgets old dedupe keys and dead letters, and buries messages that nobody took', async () => {
    const store = new MessageStore(service, 'me')
    await store.publish('old.one', {}, 'old-1')
    await store.publish('young.one', {}, 'young-1')
    await system(`update messaging.message set published_at = now() - interval '31 days' where subject = 'old.one'`)
    await system(`update messaging.dedupe set seen_at = now() - interval '8 days' where key = 'old-1'`)
    await system(`update messaging.dead_letter set died_at = now() - interval '31 days'`)
    await store.forgetOld()
    expect(
      await system(`select key from messaging.dedupe where key like '%-1' and key in ('old-1', 'young-1')`),
    ).toEqual([{ key: 'young-1' }])
    expect(await system('select subject, reason from messaging.dead_letter')).toEqual([
      { subject: 'old.one', reason: 'nobody took it in time' },
    ])
    expect(await system(`select subject from messaging.message where subject in ('old.one', 'young.one')`)).toEqual([
      { subject: 'young.one' },
    ])
  })

  it('takes plain subjects only', async () => {
    const messaging = await createPostgresqlMessaging({ database, logger })
    await expect(messaging.publish('event.*', {}, { dedupeKey: 'x' })).rejects.toThrow('not a subject')
    await expect(
      messaging.consume({ subject: 'event.>', durable: 'd' }, async () => ({ kind: 'ack' })),
    ).rejects.toThrow('not a subject')
    await messaging.close()
  })

  it('has no table that tenants can reach', async () => {
    const contexts = [participantContextId('alice'), participantContextId('bob')] as const
    await expect(service.tenant(contexts[0], (tx) => tx.rows('select * from messaging.message'))).rejects.toMatchObject(
      { code: '42501' },
    )
    expect(await expectTenantIsolation(service, contexts)).toEqual([])
  })
})
