import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** The platform as a user starts it: a process of its own, on state of its own. */
export interface PlatformProcess {
  readonly pid: number
  readonly basePort: number
  /** From the command until it said that it is ready. */
  readonly readyMs: number
  stop(): Promise<void>
}

const startDeadlineMs = 60_000

/** Starts `weft start` without its demo and waits until it is ready. @throws Error with its log when it is not */
export async function startPlatformProcess(
  state: string,
  basePort: number,
  allowedOrigins: readonly string[],
): Promise<PlatformProcess> {
  const began = performance.now()
  const origins = allowedOrigins.flatMap((origin) => ['--allow-origin', origin])
  const child = spawn(
    process.execPath,
    ['all-in-one/weft.mjs', 'start', '--json', '--no-demo', '--state', state, '--port', String(basePort), ...origins],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  await readyLine(child)
  if (child.pid === undefined) throw new Error('the platform has no process id')
  return { pid: child.pid, basePort, readyMs: performance.now() - began, stop: () => stop(child) }
}

function readyLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`the platform was not ready in ${startDeadlineMs} ms:\n${log}`))
    }, startDeadlineMs)
    child.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-20_000)
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the platform ended with ${code} before it was ready:\n${log}`))
    })
    if (!child.stdout) return
    createInterface({ input: child.stdout }).once('line', () => {
      clearTimeout(timer)
      child.removeAllListeners('exit')
      resolve()
    })
  })
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  return gone
}

/** Resident memory of a process and its children in MiB (Linux, /proc). */
export function residentMiB(pid: number): number {
  return family(pid)
    .map((one) => /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1] ?? '0')
    .reduce((sum, kibibytes) => sum + Number(kibibytes) / 1024, 0)
}

/** Processor time that a process and its children have used so far, user and system, in milliseconds (Linux, /proc; ticks of 10 ms). */
export function cpuMs(pid: number): number {
  return family(pid)
    .map((one) => readFileSync(`/proc/${one}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [])
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) * 10, 0)
}

function family(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return [pid, ...children.map(Number)]
}
