import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { participantContextId } from '../access/index.ts'
import { type Database, openPglite, tenantTable } from './index.ts'

const alice = participantContextId('alice')
const migrations = [
  {
    id: '001-initial',
    sql: `create table kept.row (participant_context_id text not null, n int primary key); ${tenantTable('kept', 'row')}`,
  },
]

/** Making a database on disk is work for seconds, on a busy machine for many. */
const makingMs = 120_000

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-pglite-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function numbers(database: Database): Promise<number[]> {
  const kept = await database.forService('kept', migrations)
  return kept.tenant(alice, async (tx) =>
    (await tx.rows<{ n: number }>('select n from kept.row order by n')).map((row) => row.n),
  )
}

it(
  'finds at a second start what the first one left, and refuses a second opening in between',
  async () => {
    const first = await openPglite({ folder })
    const kept = await first.forService('kept', migrations)
    await kept.tenant(alice, (tx) => tx.run('insert into kept.row values ($1, 7)', [alice]))
    await expect(openPglite({ folder })).rejects.toMatchObject({ code: 'database.held' })
    await first.close()
    const second = await openPglite({ folder })
    expect(await numbers(second)).toEqual([7])
    expect(second).toMatchObject({ engine: 'pglite', exclusive: true })
    await second.close()
  },
  makingMs,
)

it(
  'loses nothing acknowledged when its process is killed, and opens again',
  async () => {
    const script = `
    const { openPglite } = await import(${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))})
    const database = await openPglite({ folder: ${JSON.stringify(folder)} })
    const kept = await database.forService('kept', ${JSON.stringify(migrations)})
    for (let n = 0; ; n += 1) {
      await kept.tenant('alice', (tx) => tx.run('insert into kept.row values ($1, $2)', ['alice', n]))
      console.log(n)
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = once(child, 'exit')
    let acknowledged = -1
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line)
      if (acknowledged === 200) child.kill('SIGKILL')
    }
    await gone
    const database = await openPglite({ folder })
    const found = await numbers(database)
    expect(acknowledged).toBeGreaterThanOrEqual(200)
    expect(found.slice(0, acknowledged + 1)).toEqual(Array.from({ length: acknowledged + 1 }, (_, n) => n))
    await database.close()
  },
  makingMs,
)

it(
  'begins anew when the process was killed while the database was being made',
  async () => {
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'data', 'PG_VERSION'), '18')
    const database = await openPglite({ folder })
    expect(await numbers(database)).toEqual([])
    await database.close()
    expect((await readdir(folder)).sort()).toEqual(['complete', 'data', 'lock.1'])
  },
  makingMs,
)

it(
  'lets work that was begun end before it closes',
  async () => {
    const database = await openPglite({})
    const kept = await database.forService('kept', migrations)
    const entered = Promise.withResolvers<void>()
    const work = kept.tenant(alice, async (tx) => {
      entered.resolve()
      await new Promise((resolve) => setImmediate(resolve))
      return tx.one('select 1 as n')
    })
    await entered.promise
    await database.close()
    expect(await work).toEqual({ n: 1 })
    await database.close()
  },
  makingMs,
)
