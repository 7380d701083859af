import { setTimeout as pause } from 'node:timers/promises'

const deadlineMs = 15_000
const everyMs = 50

/** Looks until something holds. @throws Error after 15 seconds */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`gave up waiting for ${what}`)
    await pause(everyMs)
  }
}
