import type { Audience } from './step-runner.ts'

/** Tells a terminal: each step with its time, what was seen below it. */
export function terminalAudience(write: (line: string) => void): Audience {
  let events: string[] = []
  return {
    began: () => {
      events = []
    },
    saw: (event) => events.push(event),
    ended: ({ name, ms }) => {
      write(`  ✓ ${name.padEnd(42)} ${String(ms).padStart(7)} ms`)
      for (const event of events) write(`      ${event}`)
    },
  }
}

/** Hears everything, says nothing. */
export const silentAudience: Audience = { began: () => {}, saw: () => {}, ended: () => {} }
