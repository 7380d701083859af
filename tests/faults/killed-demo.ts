import { setTimeout as pause } from 'node:timers/promises'
import { platformAt } from '@weft/all-in-one'
import { createOutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { type Audience, type DemoResult, type FileSource, originsOf, runDemo } from '@weft/sdk/demo'
import { type Acknowledged, remembering } from './acknowledged.ts'
import type { Instant } from './instants.ts'
import { MortalPlatform } from './mortal-platform.ts'

export interface KilledDemo {
  readonly result: DemoResult
  readonly acknowledged: readonly Acknowledged[]
  /** What became of each instant: `onboard the provider: within the answer to call 7`. */
  readonly deaths: readonly string[]
  /** How often the process ended by SIGKILL. */
  readonly kills: number
}

export interface KilledDemoOptions {
  readonly state: string
  readonly basePort: number
  readonly source: FileSource
  readonly target: string
  readonly run: string
  readonly instants: readonly Instant[]
}

const patienceMs = 60_000

/**
 * Runs the demo as a patient client from outside while the platform is killed at each instant and started again, lets
 * every service finish what it had begun, and ends the platform gracefully.
 * @throws StepFailure when the demo does not get to its end
 */
export async function runKilledDemo(options: KilledDemoOptions): Promise<KilledDemo> {
  const { state, basePort, source } = options
  const mortal = new MortalPlatform({ state, basePort, allowedOrigin: source.origin })
  try {
    const demo = await demonstrateOn(mortal, options)
    await mortal.stop()
    return demo
  } catch (error) {
    mortal.abandon()
    // A platform that cannot start again is why the demo failed.
    throw mortal.failure ?? error
  }
}

async function demonstrateOn(mortal: MortalPlatform, options: KilledDemoOptions): Promise<KilledDemo> {
  const { state, source, target, run, instants } = options
  await mortal.ready()
  const platform = await platformAt(state)
  const client = createOutboundClient({
    allowedOrigins: originsOf(platform),
    logger: createLogger({ component: 'kill-test', level: 'silent' }),
  })
  const acknowledged: Acknowledged[] = []
  const killer = new Killer(mortal, instants)
  try {
    const result = await runDemo({
      platform,
      stopFabricManager: () => mortal.stopFabric(),
      source,
      target,
      outbound: remembering(client, acknowledged),
      run,
      patienceMs,
      audience: killer,
    })
    await killer.done()
    await mortal.startFabric()
    await mortal.settle()
    return { result, acknowledged, deaths: killer.deaths, kills: mortal.kills }
  } finally {
    await client.close()
  }
}

/** Kills at the planned instants; a step that ended before its instant is followed by a kill at once. */
class Killer implements Audience {
  readonly deaths: string[] = []
  readonly #mortal: MortalPlatform
  readonly #instants: readonly Instant[]
  #stepEnded: (() => void) | undefined
  readonly #all: Promise<void>[] = []

  constructor(mortal: MortalPlatform, instants: readonly Instant[]) {
    this.#mortal = mortal
    this.#instants = instants
  }

  began(step: string): void {
    const instant = this.#instants.find((candidate) => candidate.step === step)
    if (!instant) return
    const ended = Promise.withResolvers<void>()
    this.#stepEnded = ended.resolve
    const killed = this.#killAt(instant, ended.promise)
    // Heard in `done`, or after the demo has failed for the same reason.
    killed.catch(() => {})
    this.#all.push(killed)
  }

  saw(): void {}

  ended(): void {
    this.#stepEnded?.()
    this.#stepEnded = undefined
  }

  /** Resolves when every instant has been a death. */
  async done(): Promise<void> {
    await Promise.all(this.#all)
    await this.#mortal.ready()
  }

  async #killAt({ step, moment }: Instant, ended: Promise<void>): Promise<void> {
    await this.#mortal.ready()
    const victim = this.#mortal.victim()
    if (moment.kind === 'answered') this.#mortal.arm(moment.nth)
    const due = moment.kind === 'time' ? pause(moment.afterMs) : victim.ended
    const early = await Promise.race([due.then(() => false), ended.then(() => true)])
    victim.kill()
    await victim.ended
    const how = moment.kind === 'time' ? `after ${moment.afterMs} ms` : `within the answer to call ${moment.nth}`
    this.deaths.push(`${step}: ${early ? 'right after its end, planned ' : ''}${how}`)
  }
}
