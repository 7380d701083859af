import { setTimeout as pause } from 'node:timers/promises'

const everyMs = 50

/** Looks until something holds. @throws Error after `deadlineMs` */
export async function until(what: string, deadlineMs: number, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`gave up waiting for ${what}`)
    await pause(everyMs)
  }
}
