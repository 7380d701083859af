import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, readlink, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname, uptime } from 'node:os'
import { join, resolve } from 'node:path'
import { WeftError } from '../errors/index.ts'
import { databaseErrors } from './errors.ts'

/** Who holds a folder. `startTime` and `boot` are null where the system does not tell them. */
interface Holder {
  readonly pid: number
  /** Start of the process in clock ticks since the system's start: tells a process from a later one with the same id. */
  readonly startTime: string | null
  readonly boot: string | null
  /** Process ids are only comparable inside of one namespace (a container has its own). */
  readonly namespace: string | null
  readonly host: string
  readonly since: string
  readonly released: boolean
}

export interface FolderLock {
  release(): Promise<void>
}

const fileShape = /^lock\.(\d+)$/
const maxRounds = 20
/** A holder touches its file, so that processes which cannot see it (another container or machine) can tell. */
const touchMs = 10_000
const silentMs = 60_000

/**
 * Takes a folder for this process alone; a lock that a dead process left is taken over.
 *
 * The files `lock.<generation>` form a queue that only grows at its end: whoever finds the last one dead or released
 * links the next number, which the file system grants to one only. The last file is never removed except by a later
 * one's holder, so that a slow starter cannot slip in behind.
 * @throws `database.held` when a living process has it; the message says which one.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = resolve(folder)
  await mkdir(path, { recursive: true, mode: 0o700 })
  const me = await self()
  for (let round = 0; round < maxRounds; round += 1) {
    const last = Math.max(0, ...(await generations(path)))
    const holder = last === 0 ? undefined : await read(join(path, `lock.${last}`))
    if (holder && (await isAlive(holder, me, join(path, `lock.${last}`)))) throw held(path, holder, me)
    const mine = await take(path, last + 1, me)
    if (mine) return keep(mine, me)
  }
  throw new WeftError(databaseErrors.held, { message: `Other processes are taking ${path} at this moment. Try again.` })
}

/** Takes the generation and returns its path, or undefined when somebody else was faster. */
async function take(folder: string, generation: number, me: Holder): Promise<string | undefined> {
  const path = join(folder, `lock.${generation}`)
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(me), { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  } finally {
    await unlink(draft)
  }
  const all = await generations(folder)
  if (Math.max(...all) > generation) {
    await unlink(path)
    return undefined
  }
  for (const older of all.filter((one) => one < generation)) await remove(join(folder, `lock.${older}`))
  return path
}

function keep(path: string, me: Holder): FolderLock {
  const timer = setInterval(() => {
    utimes(path, new Date(), new Date()).catch((error: unknown) => {
      process.emitWarning(`The lock file ${path} cannot be kept fresh: ${String(error)}`)
    })
  }, touchMs).unref()
  return {
    async release() {
      clearInterval(timer)
      await replace(path, { ...me, released: true })
    },
  }
}

async function generations(folder: string): Promise<number[]> {
  const names = await readdir(folder)
  return names.flatMap((name) => {
    const match = fileShape.exec(name)
    return match ? [Number(match[1])] : []
  })
}

/** Undefined when the file is gone or cut short, which only a crash of the whole machine can do: nobody holds it then. */
async function read(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function replace(path: string, holder: Holder): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

async function isAlive(holder: Holder, me: Holder, path: string): Promise<boolean> {
  if (holder.released) return false
  if (holder.host === me.host) {
    if (holder.boot !== me.boot || startedBefore(holder.since)) return false
    if (holder.namespace === me.namespace) return isSameProcess(holder)
  }
  const { mtimeMs } = await stat(path)
  return Date.now() - mtimeMs < silentMs
}

/** Whether the system was started after that instant: nothing from before runs any more. A minute's slack for clocks. */
function startedBefore(since: string): boolean {
  return Date.parse(since) < Date.now() - uptime() * 1000 - 60_000
}

async function isSameProcess(holder: Holder): Promise<boolean> {
  if (!processExists(holder.pid)) return false
  const startTime = await startTimeOf(holder.pid)
  return startTime === null || holder.startTime === null || startTime === holder.startTime
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function held(folder: string, holder: Holder, me: Holder): WeftError {
  const near = holder.host === me.host && holder.namespace === me.namespace
  const who = holder.pid === me.pid && near ? `This process (${holder.pid})` : `Process ${holder.pid}`
  const where = near ? '' : ` on ${holder.host}`
  const remedy = near
    ? 'Stop it, or choose another folder.'
    : `Stop it; when it is gone already, try again in ${silentMs / 1000} seconds.`
  return new WeftError(databaseErrors.held, {
    message: `${who}${where} has the folder ${folder} open since ${holder.since}. ${remedy}`,
  })
}

async function self(): Promise<Holder> {
  return {
    pid: process.pid,
    startTime: await startTimeOf(process.pid),
    boot: await orNull(readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim())),
    namespace: await orNull(readlink('/proc/self/ns/pid')),
    host: hostname(),
    since: new Date().toISOString(),
    released: false,
  }
}

/** Field 22 of `/proc/<pid>/stat`; the name in field 2 may hold spaces and brackets. */
async function startTimeOf(pid: number): Promise<string | null> {
  const stat = await orNull(readFile(`/proc/${pid}/stat`, 'utf8'))
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

/** Null where the system has no such file. */
async function orNull(reading: Promise<string>): Promise<string | null> {
  return reading.catch(() => null)
}
