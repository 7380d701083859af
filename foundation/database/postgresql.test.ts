import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import { overServer } from '../database-testing/index.ts'
import { isRetryable } from '../errors/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { type Database, openPostgresql, type ServiceDatabase, systemTable, tenantTable } from './index.ts'

const alice = participantContextId('alice')
const bob = participantContextId('bob')
const logger = createLogger({ component: 'test', level: 'silent' })
const migrations = [
  {
    id: '001-initial',
    sql: `
create table bank.account (participant_context_id text not null, id text primary key, amount int not null);
${tenantTable('bank', 'account')}
create table bank.note (text text);
${systemTable('bank', 'note')}`,
  },
]

overServer('connections', (newDatabase) => {
  let url: string
  let database: Database
  let bank: ServiceDatabase
  let admin: pg.Client

  beforeAll(async () => {
    url = await newDatabase()
    database = await openPostgresql({ url, maxConnections: 4, logger })
    bank = await database.forService('bank', migrations)
    admin = new pg.Client({ connectionString: url })
    await admin.connect()
    for (const id of ['a', 'b']) {
      await bank.tenant(alice, (tx) => tx.run('insert into bank.account values ($1, $2, 0)', [alice, id]))
    }
  })
  afterAll(async () => {
    await admin?.end()
    await database?.close()
  })

  const connections = async (where: string): Promise<number[]> => {
    const { rows } = await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${where}`,
    )
    return rows.map((row) => row.pid)
  }

  it('calls handlers once after a reconnect, and hears again what comes then', async () => {
    const heard: string[] = []
    const stop = await bank.listen('bank_bell', (payload) => heard.push(payload))
    const other: string[] = []
    const stopOther = await bank.listen('bank_other', (payload) => other.push(payload))
    const [listener] = await connections(`query ilike 'listen %'`)
    await admin.query('select pg_terminate_backend($1)', [listener])
    await until(() => heard.length > 0 && other.length > 0)
    await admin.query(`select pg_notify('bank_bell', 'after')`)
    await until(() => heard.includes('after'))
    expect(heard).toEqual(['', 'after'])
    expect(other).toEqual([''])
    await stop()
    await stopOther()
  })

  it('says that the database is unavailable when a connection breaks, and goes on with a new one', async () => {
    const broken = bank.tenant(alice, async (tx) => {
      const row = await tx.one<{ pid: number }>('select pg_backend_pid() as pid')
      await admin.query('select pg_terminate_backend($1)', [row?.pid])
      await tx.run('update bank.account set amount = 1')
    })
    const failure = await broken.catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'database.unavailable' })
    expect(isRetryable(failure)).toBe(true)
    expect(await bank.tenant(alice, (tx) => tx.one('select sum(amount) as sum from bank.account'))).toEqual({ sum: 0 })
  })

  it('says so when there is no server, within its deadline', async () => {
    const nowhere = openPostgresql({ url: 'postgresql://nobody@127.0.0.1:1/none', logger })
    await expect(nowhere).rejects.toMatchObject({ code: 'database.unavailable' })
  })

  it('tells one of two transactions that deadlock to try again', async () => {
    const bothHold = Promise.withResolvers<void>()
    let holding = 0
    const lockBoth = (first: string, second: string): Promise<number> =>
      bank.tenant(alice, async (tx) => {
        await tx.run('update bank.account set amount = amount + 1 where id = $1', [first])
        holding += 1
        if (holding === 2) bothHold.resolve()
        await bothHold.promise
        return tx.run('update bank.account set amount = amount + 1 where id = $1', [second])
      })
    const outcomes = await Promise.allSettled([lockBoth('a', 'b'), lockBoth('b', 'a')])
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatchObject({ code: 'database.busy' })
  })

  it('bounds every statement and every pause inside of a transaction on the server', async () => {
    const limits = await bank.tenant(alice, (tx) =>
      tx.one(
        `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as pause`,
      ),
    )
    expect(limits).toEqual({ statement: '30s', pause: '1min' })
  })

  it('keeps contexts apart with many transactions on few connections', async () => {
    await bank.tenant(bob, (tx) => tx.run('insert into bank.account values ($1, $2, 0)', [bob, 'c']))
    const seen = await Promise.all(
      Array.from({ length: 200 }, (_, n) => {
        const context = n % 2 === 0 ? alice : bob
        return bank
          .tenant(context, async (tx) => {
            const rows = await tx.rows<{ id: string }>('select id from bank.account order by id')
            if (n % 7 === 0) await tx.rows('select 1/0').catch(() => undefined)
            return `${context}: ${rows.map((row) => row.id)}`
          })
          .catch(() => undefined)
      }),
    )
    expect(new Set(seen)).toEqual(new Set(['alice: a,b', 'bob: c', undefined]))
  })

  describe('behind a proxy that pools by transaction and knows no prepared statements', () => {
    it('falls back to unnamed statements after one retryable failure', async () => {
      const proxied = await openPostgresql({ url, maxConnections: 1, logger })
      const service = await proxied.forService('bank', migrations)
      const look = (): Promise<object | undefined> =>
        service.tenant(alice, (tx) => tx.one('select count(*) as n from bank.account'))
      for (let n = 0; n < 3; n += 1) expect(await look()).toEqual({ n: 2 })
      // What the proxy does: the next transaction is on a server connection that has not seen the statement.
      const deallocated = service.tenant(alice, (tx) => tx.run('deallocate all'))
      await deallocated
      const failure = await look().catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'database.busy' })
      for (let n = 0; n < 3; n += 1) {
        await service.tenant(alice, (tx) => tx.run('deallocate all'))
        expect(await look()).toEqual({ n: 2 })
      }
      await proxied.close()
    })
  })

  it('makes schema, roles and tables once when many processes start at the same time', async () => {
    const fresh = await newDatabase()
    const starts = await Promise.all(
      Array.from({ length: 5 }, () => openPostgresql({ url: fresh, maxConnections: 2, logger })),
    )
    const schema = `race_${process.pid}`
    const race = {
      id: '001-initial',
      sql: `create table ${schema}.row (participant_context_id text not null, n int); ${tenantTable(schema, 'row')}`,
    }
    const services = await Promise.all(starts.map((one) => one.forService(schema, [race])))
    await Promise.all(
      services.map((service, n) =>
        service.tenant(alice, (tx) => tx.run(`insert into ${schema}.row values ($1, $2)`, [alice, n])),
      ),
    )
    expect(await services[0]?.tenant(alice, (tx) => tx.one(`select count(*) as n from ${schema}.row`))).toEqual({
      n: 5,
    })
    await Promise.all(starts.map((one) => one.close()))
  })
})

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > end) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
