import { setTimeout as pause } from 'node:timers/promises'
import { isRetryable, WeftError } from '@weft/foundation/errors'
import { ApiError } from '../api-client.ts'

export interface StepTime {
  readonly name: string
  readonly ms: number
}

/** Hears what a demo does, while it does it. */
export interface Audience {
  began(step: string): void
  /** Something worth telling inside a step. */
  saw(event: string): void
  ended(step: StepTime): void
}

/** A step did not work out. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
  readonly step: string

  constructor(step: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.step = step
  }

  get code(): string {
    const { cause } = this
    if (cause instanceof ApiError) return cause.code ?? `http.${cause.status}`
    return cause instanceof WeftError ? cause.code : 'demo.unexpected'
  }
}

/** Runs named steps and times them. With patience, a step that a passing fault ended is run again, so steps must bear that. */
export class StepRunner {
  readonly times: StepTime[] = []
  readonly #audience: Audience
  readonly #patienceMs: number

  constructor(audience: Audience, patienceMs = 0) {
    this.#audience = audience
    this.#patienceMs = patienceMs
  }

  /** @throws StepFailure with the step's name */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#audience.began(name)
    const began = performance.now()
    const result = await this.#patiently(name, work)
    const time = { name, ms: Math.round(performance.now() - began) }
    this.times.push(time)
    this.#audience.ended(time)
    return result
  }

  async #patiently<T>(name: string, work: () => Promise<T>): Promise<T> {
    const giveUp = Date.now() + this.#patienceMs
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (Date.now() >= giveUp || !passing(error)) throw new StepFailure(name, error)
        await pause(100)
      }
    }
  }
}

function passing(error: unknown): boolean {
  return error instanceof ApiError ? error.status >= 500 : isRetryable(error)
}
