import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@weft/foundation/http-testing'

/** A PostgreSQL server of the system's own binaries (it forgoes fsync: no suite cuts the power), on a free loopback port, in a folder that goes with it. */
export interface PostgresqlServer {
  /** `postgresql://weft@127.0.0.1:41234/postgres`: a login that may create databases and roles and is no superuser. */
  readonly url: string
  readonly version: number
  stop(): Promise<void>
}

const oldestVersion = 15
const startDeadlineMs = 30_000
const stopDeadlineMs = 20_000

/** The folder with `initdb` and `postgres` of the newest PostgreSQL that is new enough, or undefined. */
export function findPostgresql(): { readonly folder: string; readonly version: number } | undefined {
  const debian = '/usr/lib/postgresql'
  const folders = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []
  for (const entry of (process.env.PATH ?? '').split(':')) folders.push(entry)
  return folders
    .filter((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
    .map((folder) => ({ folder, version: versionOf(folder) }))
    .filter(({ version }) => version >= oldestVersion)
    .sort((a, b) => b.version - a.version)[0]
}

function versionOf(folder: string): number {
  try {
    const text = execFileSync(join(folder, 'postgres'), ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return Number(/(\d+)(\.|\s|$)/.exec(text)?.[1] ?? 0)
  } catch {
    return 0
  }
}

/**
 * Starts a server. As root it runs under the user `postgres` or `nobody`, since PostgreSQL refuses root.
 * @throws Error when there is no PostgreSQL of version 15 or newer, or it does not come up within 30 s.
 */
export async function startPostgresql(): Promise<PostgresqlServer> {
  const found = findPostgresql()
  if (!found) throw new Error(`PostgreSQL ${oldestVersion} or newer is not installed`)
  const owner = process.getuid?.() === 0 ? unprivilegedUser() : undefined
  const folder = mkdtempSync(join(tmpdir(), 'weft-postgresql-'))
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const port = await freePort()
  const run = { cwd: folder, ...owner, stdio: 'pipe' as const }
  execFileSync(join(found.folder, 'initdb'), ['-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-sync'], run)
  // Into a file: who runs the suites may be in no position to read, and a full pipe stops the server in its tracks.
  const log = join(folder, 'log')
  const logFile = openSync(log, 'w')
  const server = spawn(
    join(found.folder, 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'max_connections=200', '-c', 'fsync=off'],
    { cwd: folder, ...owner, stdio: ['ignore', 'ignore', logFile] },
  )
  closeSync(logFile)
  try {
    await listening(server, log)
    // The last of these: a database is dropped although the server's own vacuum is at work in it.
    const login =
      'create role weft login createdb createrole; alter database postgres owner to weft; grant pg_signal_backend to weft'
    execFileSync('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'owner', '-d', 'postgres', '-qc', login], {
      stdio: 'pipe',
    })
  } catch (error) {
    await stopServer(server, folder)
    throw error
  }
  return {
    url: `postgresql://weft@127.0.0.1:${port}/postgres`,
    version: found.version,
    stop: () => stopServer(server, folder),
  }
}

function unprivilegedUser(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string, user: string) =>
    Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }))
  try {
    return { uid: id('-u', 'postgres'), gid: id('-g', 'postgres') }
  } catch {
    return { uid: id('-u', 'nobody'), gid: id('-g', 'nobody') }
  }
}

async function listening(server: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + startDeadlineMs
  for (;;) {
    const said = readFileSync(log, 'utf8')
    if (said.includes('ready to accept connections')) return
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at start: ${said}`)
    if (Date.now() > deadline) throw new Error(`PostgreSQL did not start in time: ${said}`)
    await pause(50)
  }
}

async function stopServer(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
    server.kill('SIGINT')
    // A backend that does not let itself be interrupted holds the server up; this ends it by force.
    const force = setTimeout(() => server.kill('SIGQUIT'), stopDeadlineMs)
    await gone
    clearTimeout(force)
  }
  rmSync(folder, { recursive: true, force: true })
}
