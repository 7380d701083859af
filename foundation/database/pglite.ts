import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PGlite, PGliteOptions } from '@electric-sql/pglite'
import { lockFolder } from './folder-lock.ts'
import { PgliteEngine } from './pglite-engine.ts'
import type { Database } from './port.ts'
import { databaseOver } from './service-database.ts'

export interface PgliteOptions {
  /** State folder, made when missing; in memory when absent. */
  readonly folder?: string
  /** A tar of a data folder to start from, instead of making a new database. */
  readonly template?: Blob
}

/**
 * Opens the embedded database: in a folder, which only one process at a time can have, or in memory. A first start
 * makes a new database, which takes seconds; later ones a fraction of one.
 * @throws `database.held` when a living process has the folder open.
 */
export async function openPglite(options: PgliteOptions): Promise<Database> {
  const { folder, template } = options
  if (folder === undefined) return databaseOver(new PgliteEngine(await start(undefined, template), async () => {}))
  const lock = await lockFolder(folder)
  try {
    const db = await openFolder(folder, template)
    return databaseOver(new PgliteEngine(db, () => lock.release()))
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** A crash while the database is being made leaves half of one: the mark, written last, says that it is whole. */
async function openFolder(folder: string, template: Blob | undefined): Promise<PGlite> {
  const data = join(folder, 'data')
  const mark = join(folder, 'complete')
  if (await readFile(mark).catch(() => undefined)) return start(data, undefined)
  await rm(data, { recursive: true, force: true })
  const db = await start(data, template)
  await writeFile(mark, '')
  return db
}

async function start(dataDir: string | undefined, template: Blob | undefined): Promise<PGlite> {
  const [{ PGlite }, modules] = await Promise.all([import('@electric-sql/pglite'), compiled()])
  return PGlite.create({
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(template === undefined ? {} : { loadDataDir: template }),
    initDbStartParams: ['--no-sync', '--no-instructions'],
    ...modules,
  })
}

type CompiledModules = Pick<PGliteOptions, 'pgliteWasmModule' | 'initdbWasmModule'>

/** A global of Node that its type declarations leave to the browser's. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> }

let compilation: Promise<CompiledModules> | undefined

/** Making a database starts the engine twice; compiled here once, both starts share the code. */
function compiled(): Promise<CompiledModules> {
  compilation ??= compileModules()
  return compilation
}

async function compileModules(): Promise<CompiledModules> {
  const entry = import.meta.resolve('@electric-sql/pglite')
  const load = async (file: string): Promise<object> =>
    WebAssembly.compile(await readFile(fileURLToPath(new URL(file, entry))))
  const [pgliteWasmModule, initdbWasmModule] = await Promise.all([load('pglite.wasm'), load('initdb.wasm')])
  return { pgliteWasmModule, initdbWasmModule }
}
