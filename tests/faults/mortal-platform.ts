import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FromPlatform, ToPlatform } from './process-messages.ts'

export interface MortalPlatformOptions {
  readonly state: string
  readonly basePort: number
  readonly allowedOrigin: string
}

const program = fileURLToPath(new URL('./platform-process.ts', import.meta.url))
const stopDeadlineMs = 30_000

/** One life of the process: it is `ready` once it listens, and `ended` with it. */
interface Life {
  readonly child: ChildProcess
  readonly ready: Promise<void>
  readonly ended: Promise<void>
}

/** The platform in a process of its own that is started again, on the same state and ports, whenever it is killed. */
export class MortalPlatform {
  readonly #options: MortalPlatformOptions
  #life: Life
  #fabricIsDown = false
  #stopping = false
  /** How often it was ended by SIGKILL. */
  kills = 0
  /** Why it could not be started again, if so. */
  failure: Error | undefined

  constructor(options: MortalPlatformOptions) {
    this.#options = options
    this.#life = this.#begin()
  }

  /** Resolves when the current life listens, with that life's process. */
  async ready(): Promise<void> {
    for (;;) {
      if (this.failure) throw this.failure
      if (this.#stopping) throw new Error('The platform was ended for good.')
      const life = this.#life
      await Promise.race([life.ready, life.ended])
      if (life === this.#life && life.child.exitCode === null && life.child.signalCode === null) return
    }
  }

  /** The current life, to be ended by `kill -9`; once it has ended otherwise, `kill` does nothing. */
  victim(): { readonly kill: () => void; readonly ended: Promise<void> } {
    const { child, ended } = this.#life
    return { kill: () => void child.kill('SIGKILL'), ended }
  }

  /** Has the current life end itself within the `nth` answer to an outside call from now. */
  arm(nth: number): void {
    this.#tell({ kind: 'arm', nth })
  }

  /** Stops the fabric manager, for every later life as well. */
  async stopFabric(): Promise<void> {
    this.#fabricIsDown = true
    await this.#ask({ kind: 'stop-fabric' }, 'fabric-stopped')
  }

  async startFabric(): Promise<void> {
    this.#fabricIsDown = false
    await this.#ask({ kind: 'start-fabric' }, 'fabric-started')
  }

  /** Resolves when it has nothing left to do that would change what its tables must say, or has not come to that in time. */
  async settle(): Promise<void> {
    await this.#ask({ kind: 'settle' }, 'settled')
  }

  /** Ends it gracefully and for good. @throws Error when it does not end by itself */
  async stop(): Promise<void> {
    await this.ready()
    this.#stopping = true
    const { child, ended } = this.#life
    this.#tell({ kind: 'stop' })
    const hurry = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs)
    await ended
    clearTimeout(hurry)
    if (child.exitCode !== 0) throw new Error(`The platform did not stop: ${child.exitCode ?? child.signalCode}`)
  }

  /** Ends it at once and for good. */
  abandon(): void {
    this.#stopping = true
    this.#life.child.kill('SIGKILL')
  }

  /** Asks until a life has answered: the one that was asked first may have died of something else. */
  async #ask(message: ToPlatform, answer: FromPlatform['kind']): Promise<void> {
    for (;;) {
      await this.ready()
      const { child, ended } = this.#life
      const answered = heard(child, answer)
      this.#tell(message)
      if (await Promise.race([answered.then(() => true), ended.then(() => false)])) return
    }
  }

  #tell(message: ToPlatform): void {
    // A process that has just died cannot be told; its end is noticed elsewhere.
    this.#life.child.send(message, () => {})
  }

  #begin(): Life {
    const { state, basePort, allowedOrigin } = this.#options
    const args = [state, String(basePort), allowedOrigin, this.#fabricIsDown ? 'without-fabric' : '']
    const child = fork(program, args, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let complaint = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4000)
    })
    const ready = heard(child, 'ready')
    const ended = once(child, 'exit').then(([code, signal]) => {
      if (signal === 'SIGKILL') this.kills += 1
      else if (!this.#stopping) this.failure ??= new Error(`The platform ended by itself with ${code}: ${complaint}`)
      if (!this.#stopping && !this.failure) this.#life = this.#begin()
    })
    return { child, ready, ended }
  }
}

function heard(child: ChildProcess, kind: FromPlatform['kind']): Promise<void> {
  return new Promise((resolve) => {
    const listen = (message: unknown): void => {
      if ((message as FromPlatform).kind !== kind) return
      child.off('message', listen)
      resolve()
    }
    child.on('message', listen)
  })
}
