import type { Dispatcher } from 'undici'
import { WeftError } from '../errors/index.ts'
import { outboundErrors } from './errors.ts'
import { parseJson } from './json.ts'
import type { OutboundResponse } from './port.ts'

interface Limits {
  readonly signal: AbortSignal
  readonly maxBytes: number
}

/**
 * Makes one request and collects its whole answer. It listens to the dispatcher itself: a stream for each answer would take
 * longer than most answers do. A connection whose answer is not read to its end is closed.
 * @throws `outbound.too-large`, `outbound.encoding-refused`, the signal's reason, and what the network throws
 */
export function wholeAnswer(
  pool: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: Limits,
): Promise<OutboundResponse> {
  return new Promise((resolve, reject) => {
    pool.dispatch(options, new Collector(limits, resolve, reject))
  })
}

class Collector implements Dispatcher.DispatchHandler {
  readonly #limits: Limits
  readonly #resolve: (answer: OutboundResponse) => void
  readonly #reject: (reason: unknown) => void
  readonly #chunks: Buffer[] = []
  #size = 0
  #status = 0
  #headers: OutboundResponse['headers'] = {}

  constructor(limits: Limits, resolve: (answer: OutboundResponse) => void, reject: (reason: unknown) => void) {
    this.#limits = limits
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { signal } = this.#limits
    if (signal.aborted) controller.abort(signal.reason)
    else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: OutboundResponse['headers'],
  ): void {
    // RFC 9110 15.2: an interim answer says nothing about the final one.
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
    if (encoding !== 'identity')
      controller.abort(new WeftError(outboundErrors['encoding-refused'], { detail: { encoding } }))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#limits.maxBytes) controller.abort(tooLarge(this.#limits.maxBytes))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks, this.#size)
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body,
      text: () => body.toString('utf8'),
      json: () => readJson(body),
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error)
  }
}

function readJson(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'))
  } catch (error) {
    // Without the cause: a parser's message quotes what it read.
    throw new WeftError(outboundErrors['invalid-json'], { detail: (error as Error).message })
  }
}

function tooLarge(maxBytes: number): WeftError {
  return new WeftError(outboundErrors['too-large'], {
    message: `The answer of the other side has more than ${maxBytes} bytes.`,
  })
}
