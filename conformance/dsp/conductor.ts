import { setTimeout as pause } from 'node:timers/promises'
import type { ScriptStep } from './scripts.ts'

/** A process of the participant as its management API shows it. */
export interface WatchedProcess {
  readonly id: string
  readonly state: string
  /** What its script is found by: the dataset of a negotiation, the agreement of a transfer. */
  readonly key: string
}

const everyMs = 50

/**
 * Plays scripts by looking at the participant's processes and giving commands, as a person at a screen would.
 * @returns ends it; what a command was refused with goes to standard error, the kit's verdict tells whether it matters
 */
export function conduct<Command extends string>(
  watch: () => Promise<readonly WatchedProcess[]>,
  scriptOf: (key: string) => readonly ScriptStep<Command>[] | undefined,
  command: (process: WatchedProcess, command: Command) => Promise<void>,
): () => Promise<void> {
  const played = new Map<string, number>()
  /** When a process got its last command; until then it is not looked at, and no look that began before counts. */
  const commandedAt = new Map<string, number>()
  let ended = false

  const take = async (process: WatchedProcess, step: ScriptStep<Command>): Promise<void> => {
    commandedAt.set(process.id, Number.POSITIVE_INFINITY)
    try {
      await pause(step.afterMs)
      await command(process, step.command)
    } finally {
      commandedAt.set(process.id, performance.now())
    }
  }
  const look = async (): Promise<void> => {
    const began = performance.now()
    for (const process of await watch()) {
      const at = played.get(process.id) ?? 0
      const step = scriptOf(process.key)?.[at]
      if (step?.in !== process.state || began < (commandedAt.get(process.id) ?? 0)) continue
      played.set(process.id, at + 1)
      take(process, step).catch((error: unknown) => {
        console.error(`${step.command} of ${process.key} in ${process.state} was refused: ${String(error)}`)
      })
    }
  }
  const loop = async (): Promise<void> => {
    while (!ended) {
      await look().catch((error: unknown) => console.error(`looking at the processes failed: ${String(error)}`))
      await pause(everyMs)
    }
  }
  const running = loop()
  return () => {
    ended = true
    return running
  }
}
