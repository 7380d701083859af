import { AsyncLocalStorage } from 'node:async_hooks'
import type { Readable } from 'node:stream'
import { WeftError } from '../errors/index.ts'
import { outboundErrors } from './errors.ts'
import type { App, OutboundRequest, StreamedResponse } from './port.ts'

/** A request as it would go over the wire. */
interface LocalCall {
  readonly method: OutboundRequest['method']
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Readable
  /** Ends the wait for the answer, and the reading of it. */
  readonly signal: AbortSignal
}

/** The head of an answer with its body still to be read. */
export interface LocalAnswer {
  readonly statusCode: number
  readonly headers: StreamedResponse['headers']
  readonly body: Readable
}

/** As many as there would be connections of messages, and calls that run or wait for one. */
const limits = { running: 32, inFlight: 512 } as const

/**
 * The listeners of one assembly, by origin, for its own outbound client: a service that calls its neighbour in the same
 * process needs no socket. Assemblies do not share one, so none reaches another past its ports.
 */
export class LocalOrigins {
  readonly #doors = new Map<string, LocalDoor>()

  /** The port is open: its app takes calls from now on. */
  open(origin: string, app: App): void {
    this.#doors.set(origin, new LocalDoor(app))
  }

  /** From now on calls go over the wire, where nobody listens; what runs ends within the grace or is cut. */
  async close(origin: string, graceMs: number): Promise<void> {
    const door = this.#doors.get(origin)
    this.#doors.delete(origin)
    await door?.close(graceMs)
  }

  /** Where calls to exactly this origin are taken; undefined when it is none of ours, or not open. */
  at(origin: string): LocalDoor | undefined {
    return this.#doors.get(origin)
  }
}

/** Hands calls to the app of one listener, as many at a time as connections would. */
class LocalDoor {
  readonly #app: App
  /** What a caller has around it, such as a running transaction, does not come along, as it does not over a socket. */
  readonly #outside = AsyncLocalStorage.snapshot()
  readonly #running = new Set<PromiseWithResolvers<never>>()
  readonly #waiting: (() => void)[] = []
  #places: number = limits.running
  #closed: PromiseWithResolvers<void> | undefined

  constructor(app: App) {
    this.#app = app
  }

  /**
   * Gives the answer to `read`; the call is over when that is.
   * @throws `outbound.overloaded` when too many run or wait, `outbound.unreachable` when the listener closes
   */
  async call<T>(call: LocalCall, read: (answer: LocalAnswer) => Promise<T>): Promise<T> {
    if (limits.running - this.#places + this.#waiting.length >= limits.inFlight) {
      throw new WeftError(outboundErrors.overloaded, { detail: { url: call.url } })
    }
    if (this.#places > 0) this.#places--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      call.signal.throwIfAborted()
      if (this.#closed) throw new WeftError(outboundErrors.unreachable)
      return await this.#run(call, read)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#places++
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = Promise.withResolvers()
    if (this.#running.size === 0) return
    const cut = setTimeout(() => {
      for (const gone of this.#running) gone.reject(new WeftError(outboundErrors.unreachable))
    }, graceMs)
    await this.#closed.promise.finally(() => clearTimeout(cut))
  }

  /** Who hangs up is told at once, whatever the handler still does, as over a socket. */
  async #run<T>(call: LocalCall, read: (answer: LocalAnswer) => Promise<T>): Promise<T> {
    const gone = Promise.withResolvers<never>()
    const hangUp = (): void => gone.reject(call.signal.reason)
    call.signal.addEventListener('abort', hangUp, { once: true })
    this.#running.add(gone)
    try {
      return await Promise.race([this.#answer(call).then(read), gone.promise])
    } finally {
      call.signal.removeEventListener('abort', hangUp)
      this.#running.delete(gone)
      if (this.#running.size === 0) this.#closed?.resolve()
    }
  }

  async #answer({ method, url, headers, body, signal }: LocalCall): Promise<LocalAnswer> {
    const payload = body === undefined ? {} : { payload: body }
    const request = { method, url, headers, ...payload, signal, payloadAsStream: true, validate: false }
    // Waited for inside: it begins where somebody waits for it.
    const answer = await this.#outside(async () => await this.#app.inject(request))
    const stream = answer.stream()
    // A reader that has enough ends the answer.
    stream.once('close', () => answer.raw.res.destroy())
    return { statusCode: answer.statusCode, headers: textsOf(answer.headers), body: stream }
  }
}

/** The values are texts by now, which their type does not say. */
function textsOf(headers: Readonly<Record<string, unknown>>): LocalAnswer['headers'] {
  return headers as LocalAnswer['headers']
}
