import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, describe } from 'vitest'
import { type Database, openPglite, openPostgresql } from '../database/index.ts'

export type TestEngine = Database['engine']

const serverUrl = process.env.WEFT_TEST_DATABASE_URL

/** `WEFT_TEST_ENGINE=pglite` runs the PGlite half of the suites alone; whoever sets it runs the other half apart. */
const pgliteOnly = process.env.WEFT_TEST_ENGINE === 'pglite'

/**
 * A fresh, empty database: on the server of `WEFT_TEST_DATABASE_URL` when it is set, else PGlite in memory (half a
 * second). Open one per test file and close it in `afterAll`: closing drops it.
 */
export function openTestDatabase(engine: TestEngine = serverUrl ? 'postgresql' : 'pglite'): Promise<Database> {
  return engine === 'pglite' ? openInMemory() : openOnServer()
}

/** Declares the suite once for PGlite and once for PostgreSQL, the latter as `overServer` does. */
export function overEachEngine(name: string, suite: (engine: TestEngine) => void): void {
  describe(`${name} over PGlite`, () => suite('pglite'))
  overServer(name, () => suite('postgresql'))
}

/**
 * Declares a suite that needs a server: `newDatabase` makes an empty database and returns its URL; it is dropped after
 * the suite. Without `WEFT_TEST_DATABASE_URL` the suite shows up as skipped, and under `CI` it fails; in a run of the
 * PGlite half it does not belong.
 */
export function overServer(name: string, suite: (newDatabase: () => Promise<string>) => void): void {
  if (pgliteOnly) return
  if (!serverUrl && process.env.CI)
    throw new Error('WEFT_TEST_DATABASE_URL is not set: the suite must run over PostgreSQL too')
  const title = serverUrl ? `${name} over PostgreSQL` : `${name} over PostgreSQL (set WEFT_TEST_DATABASE_URL)`
  describe.skipIf(!serverUrl)(title, () => {
    const drops: (() => Promise<void>)[] = []
    afterAll(async () => {
      for (const drop of drops) await drop()
    })
    suite(async () => {
      const { url, drop } = await createDatabase()
      drops.push(drop)
      return url
    })
  })
}

async function openInMemory(): Promise<Database> {
  return openPglite({ template: new Blob([await template()]) })
}

/** Making a database takes seconds, loading a copy of one does not: the copy is kept beside the installed packages. */
async function template(): Promise<Buffer<ArrayBuffer>> {
  const entry = fileURLToPath(import.meta.resolve('@electric-sql/pglite'))
  const version = createHash('sha256')
    .update(await readFile(join(entry, '..', 'pglite.wasm')))
    .digest('hex')
    .slice(0, 16)
  const folder = join(entry, '..', '..', '..', '..', '.cache', 'weft')
  const path = join(folder, `pglite-${version}.tar`)
  const kept = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (kept) return kept
  const { PGlite } = await import('@electric-sql/pglite')
  const db = await PGlite.create()
  const made = Buffer.from(await (await db.dumpDataDir('none')).arrayBuffer())
  await db.close()
  await mkdir(folder, { recursive: true })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, made)
  await rename(draft, path)
  return made
}

async function openOnServer(): Promise<Database> {
  const { url, drop } = await createDatabase()
  const database = await openPostgresql({ url, maxConnections: 5 })
  return {
    ...database,
    async close() {
      await database.close()
      await drop()
    },
  }
}

async function createDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  if (!serverUrl) throw new Error('WEFT_TEST_DATABASE_URL is not set')
  const name = `weft_test_${randomUUID().replaceAll('-', '')}`
  await onServer(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(serverUrl, `drop database if exists ${name} with (force)`) }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
