import { createHash } from 'node:crypto'
import { WeftError } from '../errors/index.ts'
import type { Engine, Session } from './engine.ts'
import { databaseErrors } from './errors.ts'
import { plainName } from './fragments.ts'
import type { Migration } from './port.ts'

/** A migration may rewrite a large table. */
const timeoutMs = 600_000
const idShape = /^[a-z0-9][a-z0-9-]{0,80}$/

/**
 * Applies, in the order of their ids, what the schema's `migration` table does not list yet: each in a transaction of
 * its own, under a lock that other starts wait for.
 * @throws `database.migration-changed` when the text of an applied migration differs.
 */
export async function migrate(engine: Engine, schema: string, migrations: readonly Migration[]): Promise<void> {
  const ordered = inOrder(migrations)
  const applied = await engine.session((session) => digestsOf(session, schema))
  for (const migration of ordered) {
    if (!isApplied(schema, migration, applied)) await engine.session((session) => apply(session, schema, migration))
  }
}

function inOrder(migrations: readonly Migration[]): Migration[] {
  const ids = new Set<string>()
  for (const { id } of migrations) {
    if (!idShape.test(id))
      throw new Error(`"${id}" is not a migration id: letters, digits and "-", such as 001-initial`)
    if (ids.has(id)) throw new Error(`migration ${id} is there twice`)
    ids.add(id)
  }
  return migrations.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

async function apply(session: Session, schema: string, migration: Migration): Promise<void> {
  try {
    await session.script(`begin; select pg_advisory_xact_lock(hashtext('weft.migration.${plainName(schema)}'))`, {
      timeoutMs,
    })
    if (!isApplied(schema, migration, await digestsOf(session, schema))) {
      await session.script(migration.sql, { timeoutMs })
      await session.execute(`insert into ${schema}.migration (id, digest) values ($1, $2)`, [
        migration.id,
        digestOf(migration),
      ])
    }
    await session.script('commit')
  } catch (error) {
    await session.script('rollback')
    if (error instanceof WeftError) throw error
    throw new Error(`migration ${migration.id} of ${schema} failed: ${String(error)}`, { cause: error })
  }
}

async function digestsOf(session: Session, schema: string): Promise<Map<string, string>> {
  const { rows } = await session.execute(`select id, digest from ${plainName(schema)}.migration`, [])
  return new Map((rows as { id: string; digest: string }[]).map((row) => [row.id, row.digest]))
}

function isApplied(schema: string, migration: Migration, applied: ReadonlyMap<string, string>): boolean {
  const digest = applied.get(migration.id)
  if (digest === undefined) return false
  if (digest === digestOf(migration)) return true
  throw new WeftError(databaseErrors['migration-changed'], {
    message: `Migration ${migration.id} of ${schema} was applied with another text: restore it and put the change into a new migration.`,
  })
}

function digestOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex')
}
