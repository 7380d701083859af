import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeBasePort } from '@weft/all-in-one'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endedAfter } from '../tools/suite/bounded.ts'

let folder: string
let state: string
let basePort: number
let running: ChildProcess[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-start-'))
  state = join(folder, 'state')
  basePort = await freeBasePort()
})

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => end(child, 'SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

const command = () => ['all-in-one/weft.mjs', 'start', '--no-demo', '--state', state, '--port', String(basePort)]

/** Starts the platform and resolves once it prints that everything is running. */
function start(): Promise<ChildProcess> {
  const child = spawn('node', command(), { stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  return new Promise((resolve, reject) => {
    let output = ''
    const hear = (chunk: Buffer) => {
      output += chunk
      if (output.includes('Everything is running')) resolve(child)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)))
  })
}

/** Starts it where it has to refuse to. One that starts all the same is ended, and fails the test by having no exit code. */
const startRefused = () => spawnSync('node', command(), { encoding: 'utf8', ...endedAfter(60_000) })

function end(child: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> {
  running = running.filter((one) => one !== child)
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill(signal)
  return gone
}

describe('npm start', () => {
  it('stops cleanly on Ctrl-C and starts again on the same state', async () => {
    expect(await end(await start(), 'SIGINT')).toBe(0)
    expect(await end(await start(), 'SIGINT')).toBe(0)
  })

  it('takes over the lock that a crash left', async () => {
    await end(await start(), 'SIGKILL')
    expect(await end(await start(), 'SIGINT')).toBe(0)
  })

  it('refuses a state folder that another process holds, and says which', async () => {
    const holder = await start()
    const second = startRefused()
    expect(second.status).toBe(1)
    expect(second.stderr).toContain(String(holder.pid))
    expect(second.stderr).toContain('state')
    expect(second.stderr).not.toContain('    at ')
  })

  it('refuses a busy port with a sentence that names it', async () => {
    const squatter = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => squatter.listen(basePort + 1, '127.0.0.1', () => resolve()))
    const refused = startRefused()
    await new Promise<void>((resolve) => squatter.close(() => resolve()))
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain(String(basePort + 1))
    expect(refused.stderr).not.toContain('    at ')
  })

  it('refuses other ports than those that the DIDs of the state name', async () => {
    await end(await start(), 'SIGINT')
    const first = basePort
    basePort = await freeBasePort()
    const refused = startRefused()
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain(String(first))
  })
})
