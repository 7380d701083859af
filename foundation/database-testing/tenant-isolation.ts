import type { ParticipantContextId } from '../access/index.ts'
import type { ServiceDatabase, Transaction } from '../database/index.ts'

interface TableStanding {
  readonly name: string
  readonly hasContext: boolean
  readonly isForced: boolean
  readonly tenantMayRead: boolean
  readonly tenantMayUpdate: boolean
  readonly tenantMayDelete: boolean
  readonly systemMayRead: boolean
}

/** Tables of the schema, those that refer to others first: rows can be deleted in this order. */
const tablesOfSchema = `
select c.relname as name,
       exists (select 1 from pg_attribute a
               where a.attrelid = c.oid and a.attname = 'participant_context_id' and not a.attisdropped) as "hasContext",
       c.relrowsecurity and c.relforcerowsecurity as "isForced",
       has_table_privilege($2, c.oid, 'select') as "tenantMayRead",
       has_table_privilege($2, c.oid, 'update') as "tenantMayUpdate",
       has_table_privilege($2, c.oid, 'delete') as "tenantMayDelete",
       has_any_column_privilege($3, c.oid, 'select') as "systemMayRead"
from pg_class c
where c.relnamespace = to_regnamespace($1) and c.relkind in ('r', 'p')
order by c.relname`

const references = `
select conrelid::regclass::text as from, confrelid::regclass::text as to
from pg_constraint where contype = 'f' and connamespace = to_regnamespace($1) and conrelid <> confrelid`

/**
 * Asserts, for every table that the database's own catalogue lists in the service's schema, that unfiltered select,
 * update and delete in one context's transaction touch that context's rows only, and that no row can be given to
 * another context. Fill every tenant table with rows of both contexts before. Changes nothing. Returns the names of
 * the tenant tables.
 * @throws Error that names the tables which fail, or which lack rows.
 */
export async function expectTenantIsolation(
  database: ServiceDatabase,
  contexts: readonly [ParticipantContextId, ParticipantContextId],
): Promise<string[]> {
  const { schema } = database
  const tables = await database.system('testing.tenant-isolation', async (tx) => inDeletionOrder(tx, schema))
  const faults: string[] = []
  const tenantTables = tables.filter((table) => table.hasContext)
  for (const table of tables) {
    const isReachable = table.tenantMayRead || table.systemMayRead
    if (isReachable && !table.isForced) faults.push(`${table.name} has no forced row-level security`)
    if (!table.hasContext && table.tenantMayRead)
      faults.push(`${table.name} is open to all tenants: it has no participant_context_id`)
    if (table.hasContext && !table.tenantMayRead)
      faults.push(`${table.name} has a participant_context_id but is no tenantTable`)
  }
  if (faults.length === 0 && tenantTables.length > 0) {
    for (const [own, other] of [contexts, contexts.toReversed()] as [ParticipantContextId, ParticipantContextId][]) {
      faults.push(...(await faultsOf(database, tenantTables, own, other)))
    }
  }
  if (faults.length > 0) throw new Error(`tenant isolation of ${schema}: ${faults.join('; ')}`)
  return tenantTables.map((table) => table.name).sort()
}

async function inDeletionOrder(tx: Transaction, schema: string): Promise<TableStanding[]> {
  const params = [schema, `weft_${schema}_tenant`, `weft_${schema}_system`]
  const left = await tx.rows<TableStanding>(tablesOfSchema, params)
  const edges = await tx.rows<{ from: string; to: string }>(references, [schema])
  const ordered: TableStanding[] = []
  while (left.length > 0) {
    const isFree = (table: TableStanding): boolean =>
      !edges.some(
        (edge) => edge.to.endsWith(`.${table.name}`) && left.some((other) => edge.from.endsWith(`.${other.name}`)),
      )
    const index = Math.max(0, left.findIndex(isFree))
    ordered.push(...left.splice(index, 1))
  }
  return ordered
}

async function faultsOf(
  database: ServiceDatabase,
  tables: readonly TableStanding[],
  own: ParticipantContextId,
  other: ParticipantContextId,
): Promise<string[]> {
  const faults: string[] = []
  for (const { name, tenantMayUpdate } of tables) {
    const table = `${database.schema}.${name}`
    const seen = await database.tenant(own, (tx) =>
      tx.one<{ own: number; foreign: number }>(
        `select count(*) filter (where participant_context_id = $1) as own,
                count(*) filter (where participant_context_id is distinct from $1) as foreign from ${table}`,
        [own],
      ),
    )
    if (!seen?.own) faults.push(`${name} holds no row of ${own} to try with`)
    if (seen?.foreign) faults.push(`select on ${name} shows ${seen.foreign} foreign rows`)
    if (!tenantMayUpdate) continue
    const updated = await tryOut(database, own, (tx) =>
      tx.run(`update ${table} set participant_context_id = participant_context_id`),
    )
    if (updated !== seen?.own) faults.push(`update on ${name} touches ${updated} rows of ${seen?.own}`)
    const given = await tryOut(database, own, (tx) =>
      tx.run(`update ${table} set participant_context_id = $1`, [other]),
    ).catch((error: { code?: string }) => (error.code === '42501' ? 'refused' : Promise.reject(error)))
    if (given !== 'refused' && seen?.own) faults.push(`a row of ${name} can be given to another context`)
  }
  await tryOut(database, own, async (tx) => {
    for (const { name, tenantMayDelete } of tables) {
      if (!tenantMayDelete) continue
      const left = await tx.one<{ n: number }>(`select count(*) as n from ${database.schema}.${name}`)
      const deleted = await tx.run(`delete from ${database.schema}.${name}`)
      if (deleted !== left?.n) faults.push(`delete on ${name} touches ${deleted} rows of ${left?.n}`)
    }
  })
  const foreignAfter = await database.tenant(other, (tx) => countAll(tx, database.schema, tables))
  if (foreignAfter === 0) faults.push(`nothing of ${other} is left`)
  return faults
}

async function countAll(tx: Transaction, schema: string, tables: readonly TableStanding[]): Promise<number> {
  let sum = 0
  for (const { name } of tables)
    sum += (await tx.one<{ n: number }>(`select count(*) as n from ${schema}.${name}`))?.n ?? 0
  return sum
}

class TakenBack extends Error {}

/** Runs `work` in a transaction that is rolled back whatever it did, and returns what it found. */
async function tryOut<T>(
  database: ServiceDatabase,
  contextId: ParticipantContextId,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  let found: { readonly value: T } | undefined
  try {
    await database.tenant(contextId, async (tx) => {
      found = { value: await work(tx) }
      throw new TakenBack()
    })
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error
  }
  if (!found) throw new Error('the transaction did not run')
  return found.value
}
