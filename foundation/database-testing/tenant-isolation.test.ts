import { afterAll, beforeAll, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import { type Database, type ServiceDatabase, systemTable, tenantTable } from '../database/index.ts'
import { expectTenantIsolation, openTestDatabase, overEachEngine } from './index.ts'

const alice = participantContextId('alice')
const bob = participantContextId('bob')
const columns = 'participant_context_id text not null, n int'

overEachEngine('the assertion of tenant isolation', (engine) => {
  let database: Database
  let schemas = 0

  beforeAll(async () => {
    database = await openTestDatabase(engine)
  })
  afterAll(() => database?.close())

  /** A schema whose table is made by `sql`, with a row of each context when the tenants may write. */
  async function schemaOf(sql: (schema: string) => string, fill = true): Promise<ServiceDatabase> {
    schemas += 1
    const schema = `iso_${schemas}`
    const service = await database.forService(schema, [{ id: '001-initial', sql: sql(schema) }])
    for (const context of fill ? [alice, bob] : []) {
      await service.tenant(context, (tx) =>
        tx.run(`insert into ${schema}.t (participant_context_id) values ($1)`, [context]),
      )
    }
    return service
  }

  const assert = (service: ServiceDatabase): Promise<string[]> => expectTenantIsolation(service, [alice, bob])

  it('holds for a tenant table, referenced tables and system tables', async () => {
    const service = await schemaOf(
      (schema) => `
create table ${schema}.t (${columns}, id text unique default gen_random_uuid()::text);
${tenantTable(schema, 't')}
create table ${schema}.child (participant_context_id text not null, t_id text references ${schema}.t (id));
${tenantTable(schema, 'child')}
create table ${schema}.shared (a int);
${systemTable(schema, 'shared')}`,
    )
    for (const context of [alice, bob]) {
      const sql = `insert into ${service.schema}.child select participant_context_id, id from ${service.schema}.t`
      await service.tenant(context, (tx) => tx.run(sql))
    }
    expect(await assert(service)).toEqual(['child', 't'])
  })

  it('fails for a table without policies', async () => {
    const service = await schemaOf(
      (schema) => `create table ${schema}.t (${columns});
grant select, insert, update, delete on ${schema}.t to weft_${schema}_tenant`,
    )
    await expect(assert(service)).rejects.toThrow('t has no forced row-level security')
  })

  it('fails for a policy that lets everything pass', async () => {
    const service = await schemaOf(
      (schema) => `create table ${schema}.t (${columns});
alter table ${schema}.t enable row level security;
alter table ${schema}.t force row level security;
create policy all_rows on ${schema}.t to weft_${schema}_tenant using (true);
grant select, insert, update, delete on ${schema}.t to weft_${schema}_tenant`,
    )
    await expect(assert(service)).rejects.toThrow(/select on t shows 1 foreign rows.*update on t touches 2 rows of 1/)
  })

  it('fails for a policy that checks reads but not writes', async () => {
    const service = await schemaOf(
      (schema) => `create table ${schema}.t (${columns});
${tenantTable(schema, 't')}
create policy any_write on ${schema}.t for update to weft_${schema}_tenant using (false) with check (true)`,
    )
    await expect(assert(service)).rejects.toThrow('a row of t can be given to another context')
  })

  it('fails for a table of tenants that no tenant can reach', async () => {
    const service = await schemaOf(
      (schema) => `create table ${schema}.t (${columns}); ${systemTable(schema, 't')}`,
      false,
    )
    await expect(assert(service)).rejects.toThrow('t has a participant_context_id but is no tenantTable')
  })

  it('fails for a table that is open to all tenants', async () => {
    const service = await schemaOf(
      (schema) => `create table ${schema}.t (a int); ${systemTable(schema, 't')}
grant select on ${schema}.t to weft_${schema}_tenant`,
      false,
    )
    await expect(assert(service)).rejects.toThrow('t is open to all tenants')
  })

  it('fails for a table that it has no rows to try with', async () => {
    const service = await schemaOf(
      (schema) => `create table ${schema}.t (${columns}); ${tenantTable(schema, 't')}`,
      false,
    )
    await expect(assert(service)).rejects.toThrow('t holds no row of alice to try with')
  })
})
