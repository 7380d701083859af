import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import { expectTenantIsolation, openTestDatabase, overEachEngine } from '../database-testing/index.ts'
import { isRetryable } from '../errors/index.ts'
import {
  afterCommit,
  type Database,
  json,
  type Migration,
  type ServiceDatabase,
  systemReads,
  systemTable,
  systemWrites,
  tenantTable,
} from './index.ts'

const alice = participantContextId('alice')
const bob = participantContextId('bob')

const migrations: Migration[] = [
  {
    id: '001-initial',
    sql: `
create table shop.item (
  participant_context_id text not null,
  id text not null,
  amount bigint not null default 0,
  body jsonb not null default '{}',
  made_at timestamptz not null default now(),
  primary key (participant_context_id, id),
  constraint item_id_once unique (id));
${tenantTable('shop', 'item')}${systemReads('shop', 'item', ['id', 'participant_context_id'])}
create table shop.part (
  participant_context_id text not null,
  item_id text not null references shop.item (id),
  note text);
${tenantTable('shop', 'part')}${systemWrites('shop', 'part')}
create table shop.counter (name text primary key, value int not null);
${systemTable('shop', 'counter')}
create table shop.typed (
  participant_context_id text not null, flag bool, small int, large bigint, ratio float8, words text[], numbers bigint[],
  raw bytea, day date, at timestamptz, doc jsonb, nothing text);
${tenantTable('shop', 'typed')}`,
  },
]

overEachEngine('database', (engine) => {
  let database: Database
  let shop: ServiceDatabase

  beforeAll(async () => {
    database = await openTestDatabase(engine)
    shop = await database.forService('shop', migrations)
    for (const context of [alice, bob]) {
      await shop.tenant(context, async (tx) => {
        await tx.run('insert into shop.item (participant_context_id, id) values ($1, $2)', [context, `${context}-1`])
        await tx.run('insert into shop.part (participant_context_id, item_id) values ($1, $2)', [
          context,
          `${context}-1`,
        ])
        await tx.run('insert into shop.typed (participant_context_id) values ($1)', [context])
      })
    }
  })
  afterAll(() => database?.close())

  const ids = (context: typeof alice): Promise<string[]> =>
    shop.tenant(context, async (tx) =>
      (await tx.rows<{ id: string }>('select id from shop.item order by id')).map((row) => row.id),
    )

  it('shows a tenant transaction the rows of its context only', async () => {
    expect(await ids(alice)).toEqual(['alice-1'])
    expect(await ids(bob)).toEqual(['bob-1'])
  })

  it('keeps unfiltered statements on every tenant table inside one context', async () => {
    expect(await expectTenantIsolation(shop, [alice, bob])).toEqual(['item', 'part', 'typed'])
  })

  it('refuses to write a row of another context', async () => {
    const foreign = shop.tenant(alice, (tx) =>
      tx.run('insert into shop.item (participant_context_id, id) values ($1, $2)', [bob, 'smuggled']),
    )
    await expect(foreign).rejects.toMatchObject({ code: '42501' })
    expect(await ids(bob)).toEqual(['bob-1'])
  })

  it('lets a system transaction read what was declared for it, and nothing else', async () => {
    const all = await shop.system('shop.look-up', (tx) =>
      tx.rows<{ id: string }>('select id from shop.item order by id'),
    )
    expect(all.map((row) => row.id)).toEqual(['alice-1', 'bob-1'])
    await expect(shop.system('shop.body', (tx) => tx.rows('select body from shop.item'))).rejects.toMatchObject({
      code: '42501',
    })
    await expect(shop.system('shop.write', (tx) => tx.run('delete from shop.item'))).rejects.toMatchObject({
      code: '42501',
    })
    await expect(shop.system('shop.typed', (tx) => tx.rows('select * from shop.typed'))).rejects.toMatchObject({
      code: '42501',
    })
    expect(await shop.system('shop.parts', (tx) => tx.run('update shop.part set note = $1', ['seen']))).toBe(2)
  })

  it('keeps system tables away from tenants', async () => {
    await shop.system('shop.count', (tx) => tx.run('insert into shop.counter values ($1, 1)', ['visits']))
    await expect(shop.tenant(alice, (tx) => tx.rows('select * from shop.counter'))).rejects.toMatchObject({
      code: '42501',
    })
  })

  it('cannot change the schema with either role', async () => {
    await expect(shop.tenant(alice, (tx) => tx.run('create table shop.mine (a int)'))).rejects.toMatchObject({
      code: '42501',
    })
    await expect(
      shop.system('shop.open', (tx) => tx.run('alter table shop.item disable row level security')),
    ).rejects.toMatchObject({ code: '42501' })
  })

  it('rolls back when the work throws, and lends nothing of it to the next transaction', async () => {
    const fault = new Error('changed my mind')
    const thrown = shop.tenant(alice, async (tx) => {
      await tx.run('update shop.item set amount = 7')
      throw fault
    })
    await expect(thrown).rejects.toBe(fault)
    for (let i = 0; i < 12; i += 1) {
      const seen = await shop.system('shop.settings', (tx) =>
        tx.one<{ context: string | null; role: string }>(
          `select nullif(current_setting('weft.participant_context_id', true), '') as context, current_user as role`,
        ),
      )
      expect(seen).toEqual({ context: null, role: 'weft_shop_system' })
    }
    expect(await shop.tenant(alice, (tx) => tx.one('select amount from shop.item'))).toEqual({ amount: 0 })
  })

  it('lends nothing after a failed statement either', async () => {
    await expect(shop.tenant(alice, (tx) => tx.rows('select 1/0'))).rejects.toMatchObject({ code: '22012' })
    await expect(shop.tenant(alice, (tx) => tx.rows('select nonsense'))).rejects.toMatchObject({ code: '42703' })
    expect(await ids(bob)).toEqual(['bob-1'])
  })

  it('does not commit when a statement failed and its error was caught', async () => {
    const swallowed = shop.tenant(alice, async (tx) => {
      await tx.run('update shop.item set amount = 9')
      await tx.run('select 1/0').catch(() => undefined)
      return 'fine'
    })
    await expect(swallowed).rejects.toMatchObject({ code: '22012' })
    expect(await shop.tenant(alice, (tx) => tx.one('select amount from shop.item'))).toEqual({ amount: 0 })
  })

  it('names the constraint of a duplicate, across contexts too', async () => {
    const duplicate = await shop
      .tenant(alice, (tx) =>
        tx.run('insert into shop.item (participant_context_id, id) values ($1, $2)', [alice, 'bob-1']),
      )
      .catch((error: unknown) => error)
    expect(duplicate).toMatchObject({ code: 'database.duplicate', status: 409, detail: { constraint: 'item_id_once' } })
    expect(isRetryable(duplicate)).toBe(false)
  })

  it('gives values the same types in both directions', async () => {
    const at = new Date('2026-11-24T08:20:00.123Z')
    const values = [
      alice,
      true,
      7,
      2 ** 40,
      0.25,
      ['a "b" \\ c', '', 'null'],
      [1, 2 ** 40],
      Buffer.from([0, 255]),
      '2026-11-24',
      at,
      json({ a: [1, null] }),
      null,
    ]
    const row = await shop.tenant(alice, async (tx) => {
      await tx.run('delete from shop.typed')
      await tx.run('insert into shop.typed values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11::jsonb,$12)', values)
      return tx.one(
        'select flag, small, large, ratio, words, numbers, raw, day, at, doc, nothing, count(*) over () as n from shop.typed',
      )
    })
    expect(row).toEqual({
      flag: true,
      small: 7,
      large: 2 ** 40,
      ratio: 0.25,
      words: ['a "b" \\ c', '', 'null'],
      numbers: [1, 2 ** 40],
      raw: Buffer.from([0, 255]),
      day: '2026-11-24',
      at,
      doc: { a: [1, null] },
      nothing: null,
      n: 1,
    })
  })

  it('gives the same answer the first, second and hundredth time a statement runs, also after a failure of it', async () => {
    for (let i = 0; i < 100; i += 1) {
      expect(await shop.tenant(alice, (tx) => tx.one('select $1::int / $2::int as n', [i, 1]))).toEqual({ n: i })
      if (i % 10 === 0) {
        await expect(shop.tenant(alice, (tx) => tx.one('select $1::int / $2::int as n', [i, 0]))).rejects.toMatchObject(
          { code: '22012' },
        )
      }
    }
  })

  it('gets over a table that changed under a prepared statement', async () => {
    const changing = (n: number): Migration => ({
      id: `00${n}-wider`,
      sql: `alter table wide.thing add column c${n} int`,
    })
    const first = { id: '000-initial', sql: `create table wide.thing (c0 int); ${systemTable('wide', 'thing')}` }
    const wide = await database.forService('wide', [first])
    const look = (): Promise<object[]> =>
      wide.system('wide.look', async (tx) => {
        await tx.run('insert into wide.thing default values')
        return tx.rows('select * from wide.thing limit 1')
      })
    for (let i = 0; i < 3; i += 1) await look()
    await database.forService('wide', [first, changing(1)])
    const failure = await look().catch((error: unknown) => error)
    if (failure instanceof Error) expect(isRetryable(failure)).toBe(true)
    expect(await retried(look)).toEqual([{ c0: null, c1: null }])
  })

  it('runs statements that were started together one after another', async () => {
    const numbers = await shop.tenant(alice, (tx) =>
      Promise.all([1, 2, 3, 4, 5].map(async (n) => (await tx.one<{ n: number }>('select $1::int as n', [n]))?.n)),
    )
    expect(numbers).toEqual([1, 2, 3, 4, 5])
  })

  describe('a transaction at once', () => {
    it('commits what its statements have done, and gives back what they found', async () => {
      const found = await shop.tenantAtOnce(alice, (tx) =>
        Promise.all([
          tx.run('update shop.item set amount = amount + 1 where id = $1', ['alice-1']),
          tx.one('select amount from shop.item where id = $1', ['alice-1']),
        ]),
      )
      expect(found).toEqual([1, { amount: 1 }])
      expect(await shop.tenant(alice, (tx) => tx.run('update shop.item set amount = 0'))).toBe(1)
    })

    it('sees one context only, and does nothing of what comes before a statement that fails', async () => {
      expect(await shop.tenantAtOnce(bob, (tx) => tx.rows('select id from shop.item'))).toEqual([{ id: 'bob-1' }])
      const failing = shop.tenantAtOnce(alice, (tx) =>
        Promise.allSettled([tx.run('update shop.item set amount = 9'), tx.run('select 1/0')]),
      )
      await expect(failing).rejects.toMatchObject({ code: '22012' })
      expect(await shop.tenant(alice, (tx) => tx.one('select amount from shop.item'))).toEqual({ amount: 0 })
    })

    it('takes no statement that had to wait for another one', async () => {
      const late = shop.tenantAtOnce(alice, async (tx) => {
        await tx.rows('select 1')
        return tx.rows('select 2')
      })
      await expect(late).rejects.toThrow('over')
      expect(await ids(alice)).toEqual(['alice-1'])
    })
  })

  it('refuses statements after the end of the transaction, and transactions inside of transactions', async () => {
    const escaped = await shop.tenant(alice, async (tx) => ({ tx }))
    await expect(escaped.tx.rows('select 1')).rejects.toThrow('over')
    await expect(shop.tenant(alice, () => shop.tenant(bob, async () => 1))).rejects.toThrow('inside of another')
  })

  it('calls after-commit actions once the change is there for others, and never after a rollback', async () => {
    let seen: Promise<string[]> | undefined
    await shop.tenant(alice, async (tx) => {
      afterCommit(tx, () => {
        seen = ids(alice)
      })
      await tx.run('insert into shop.item (participant_context_id, id) values ($1, $2)', [alice, 'alice-2'])
    })
    expect(await seen).toEqual(['alice-1', 'alice-2'])
    let called = false
    await shop
      .tenant(alice, async (tx) => {
        afterCommit(tx, () => {
          called = true
        })
        throw new Error('no')
      })
      .catch(() => undefined)
    expect(called).toBe(false)
  })

  it('delivers a notification after the commit, until the listener stops', async () => {
    const heard: string[] = []
    const arrived = Promise.withResolvers<void>()
    const stop = await shop.listen('shop_bell', (payload) => {
      heard.push(payload)
      if (payload === 'second') arrived.resolve()
    })
    await shop
      .tenant(alice, async (tx) => {
        await tx.run(`select pg_notify('shop_bell', 'never')`)
        throw new Error('rolled back')
      })
      .catch(() => undefined)
    await shop.tenant(alice, (tx) => tx.run(`select pg_notify('shop_bell', 'first')`))
    await shop.tenant(alice, (tx) => tx.run(`select pg_notify('shop_bell', 'second')`))
    await arrived.promise
    await stop()
    await shop.tenant(alice, (tx) => tx.run(`select pg_notify('shop_bell', 'third')`))
    await database.ping()
    expect(heard).toEqual(['first', 'second'])
  })

  it('applies a new migration once, whoever starts at the same time, and refuses a changed one', async () => {
    const more = [...migrations, { id: '002-more', sql: `insert into shop.counter values ('migrated', 1)` }]
    // Row-level security holds the owner too.
    const open = {
      id: '002-more',
      sql: `alter table shop.counter no force row level security; ${more[1]?.sql}; alter table shop.counter force row level security`,
    }
    const [first] = await Promise.all([1, 2, 3].map(() => database.forService('shop', [...migrations, open])))
    expect(
      await first?.system('shop.count', (tx) => tx.one(`select value from shop.counter where name = 'migrated'`)),
    ).toEqual({ value: 1 })
    const changed = database.forService('shop', [{ id: '001-initial', sql: 'select 1' }])
    await expect(changed).rejects.toMatchObject({ code: 'database.migration-changed' })
  })

  it('leaves nothing of a migration that fails', async () => {
    const broken = database.forService('broken', [
      { id: '001-initial', sql: 'create table broken.a (a int); select 1/0' },
    ])
    await expect(broken).rejects.toThrow('001-initial of broken')
    const healed = await database.forService('broken', [
      { id: '001-initial', sql: `create table broken.a (a int); ${systemTable('broken', 'a')}` },
    ])
    expect(await healed.system('broken.look', (tx) => tx.rows('select * from broken.a'))).toEqual([])
  })

  it('makes roles that log in nowhere, own nothing and bypass nothing', async () => {
    const roles = await shop.system('shop.roles', (tx) =>
      tx.rows(
        `select rolcanlogin, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname like 'weft_shop%'`,
      ),
    )
    const harmless = { rolcanlogin: false, rolsuper: false, rolbypassrls: false, rolcreaterole: false }
    expect(roles).toEqual([harmless, harmless])
  })
})

/** As a caller does who meets a retryable error; ends, since each try repairs one of the pool's five connections. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isRetryable(error) || tries === 6) throw error
    }
  }
}
