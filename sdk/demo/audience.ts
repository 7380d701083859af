import type { Audience } from './step-runner.ts'

/** Tells a terminal, as it happens: what is seen inside a step, then the step with its time. */
export function terminalAudience(write: (line: string) => void): Audience {
  return {
    began: () => {},
    saw: (event) => write(`      ${event}`),
    ended: ({ name, ms }) => write(`  ✓ ${name.padEnd(42)} ${String(ms).padStart(7)} ms`),
  }
}

/** Hears everything, says nothing. */
export const silentAudience: Audience = { began: () => {}, saw: () => {}, ended: () => {} }
