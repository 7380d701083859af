import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from './folder-lock.ts'

let folder: string
let children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-lock-'))
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await rm(folder, { recursive: true })
})

const held = { code: 'database.held' }
const lockModule = fileURLToPath(new URL('./folder-lock.ts', import.meta.url))

/** Another process that tries to take the folder; says `locked` or why not, then stays until it is killed. */
async function otherProcess(): Promise<{ child: ChildProcess; said: string }> {
  const script = `
    const { lockFolder } = await import(${JSON.stringify(lockModule)})
    await lockFolder(${JSON.stringify(folder)}).then(() => console.log('locked'), (error) => console.log(error.code))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said).trim() }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** What the lock file of this process says, changed. */
async function leaveLock(change: object): Promise<string> {
  const lock = await lockFolder(folder)
  const [name] = await readdir(folder)
  const path = join(folder, name ?? '')
  const content = JSON.parse(await readFile(path, 'utf8'))
  await lock.release()
  await writeFile(path, JSON.stringify({ ...content, ...change }))
  return path
}

it('gives a folder to one only, and again after it was released', async () => {
  const lock = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toMatchObject(held)
  await lock.release()
  const next = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toMatchObject(held)
  await next.release()
})

it('says which process holds which folder since when', async () => {
  const { child, said } = await otherProcess()
  expect(said).toBe('locked')
  const error = await lockFolder(folder).catch((thrown: Error) => thrown)
  expect(error).toMatchObject(held)
  expect(error).toHaveProperty(
    'message',
    expect.stringMatching(
      new RegExp(`^Process ${child.pid} has the folder ${folder} open since 20..-..-..T.*Z\\. Stop it`),
    ),
  )
})

it('takes over what a killed process left', async () => {
  const { child } = await otherProcess()
  await kill(child)
  const lock = await lockFolder(folder)
  expect(await readdir(folder)).toEqual(['lock.2'])
  await lock.release()
})

it('gives what a killed process left to one of many that start at the same time', async () => {
  const { child } = await otherProcess()
  await kill(child)
  const outcomes = await Promise.all(Array.from({ length: 4 }, otherProcess))
  expect(outcomes.map((one) => one.said).sort()).toEqual(['database.held', 'database.held', 'database.held', 'locked'])
}, 30_000)

it('gives it to one of many inside of one process, whatever the order of their steps', async () => {
  for (let round = 0; round < 30; round += 1) {
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(folder)))
    const locks = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(locks).toHaveLength(1)
    await locks[0]?.release()
  }
})

describe.runIf(process.platform === 'linux')('a lock of', () => {
  it('a process whose id was given to another one is taken over', async () => {
    await leaveLock({ released: false, pid: process.ppid, startTime: '1' })
    await (await lockFolder(folder)).release()
  })

  it('a living process is respected, however old', async () => {
    const stat = await readFile(`/proc/${process.ppid}/stat`, 'utf8')
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const path = await leaveLock({ released: false, pid: process.ppid, startTime })
    await utimes(path, new Date(0), new Date(0))
    await expect(lockFolder(folder)).rejects.toMatchObject(held)
  })

  it('the time before the last start of the machine is taken over', async () => {
    await leaveLock({ released: false, boot: 'another' })
    await (await lockFolder(folder)).release()
  })

  it.each([{ host: 'elsewhere' }, { namespace: 'pid:[1]' }])(
    'a process that cannot be seen from here (%o) is respected while it is touched, and taken over after a minute',
    async (change) => {
      const path = await leaveLock({ released: false, ...change })
      const where = 'host' in change ? 'elsewhere' : hostname()
      await expect(lockFolder(folder)).rejects.toThrow(`on ${where} has the folder ${folder} open`)
      await utimes(path, new Date(), new Date(Date.now() - 61_000))
      await (await lockFolder(folder)).release()
    },
  )
})

it('takes over a lock file that was cut short', async () => {
  const path = await leaveLock({})
  await writeFile(path, '{"pid":')
  await (await lockFolder(folder)).release()
})
