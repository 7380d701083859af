import cluster, { type Worker } from 'node:cluster'
import { setTimeout as pause } from 'node:timers/promises'

/** A worker says so once it serves. */
const serving = 'weft:serving'

const restartLimit = 5
const restartWindowMs = 60_000
const restartPauseMs = 500

/** Whether this process is one of several that share the ports of a service. */
export function isWorker(): boolean {
  return cluster.isWorker
}

/** Lets go of the first process, so that this one can end. */
export function leave(): void {
  if (isWorker()) process.disconnect()
}

/** Tells the first process that this one serves. */
export function announceServing(): void {
  process.send?.(serving)
}

/**
 * Runs a service in `count` processes that share its ports: the services keep what they share in the database, so any of
 * them takes any request and any task. One that dies is replaced; one that cannot start, or dies again and again, ends all.
 * @param ended resolves when the service is to end
 * @returns the exit code
 */
export async function runWorkers(count: number, ended: Promise<void>): Promise<number> {
  const workers = new Set<Worker>()
  const deaths: number[] = []
  let ending = false
  let settle: (code: number) => void = () => {}
  const broken = new Promise<number>((resolve) => {
    settle = resolve
  })
  const fork = (): void => {
    const worker = cluster.fork()
    let served = false
    workers.add(worker)
    worker.on('message', (message: unknown) => {
      if (message === serving) served = true
    })
    worker.on('exit', (code, signal) => {
      workers.delete(worker)
      if (ending) return
      const recent = [...deaths, Date.now()].filter((at) => at > Date.now() - restartWindowMs)
      deaths.splice(0, deaths.length, ...recent)
      const cannotStart = !served && signal === null
      if (cannotStart || recent.length > restartLimit) return settle(code || 1)
      void pause(restartPauseMs).then(() => {
        if (!ending) fork()
      })
    })
  }
  for (let number = 0; number < count; number += 1) fork()
  const code = await Promise.race([ended.then(() => 0), broken])
  ending = true
  await Promise.all([...workers].map(endWorker))
  return code
}

function endWorker(worker: Worker): Promise<void> {
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.process.kill('SIGTERM')
  return gone
}
