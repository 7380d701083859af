import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { countPassed } from './early-collection.ts'

/** The way of a source's bytes into an answer. */
export interface Delivery {
  /** What the source's bytes are written to; takes no more than the consumer's connection does. */
  readonly body: Writable
  /** Bytes handed to the consumer's connection so far. */
  bytes(): number
}

/** How long a consumer may take no byte; longer than the source may take for one. */
const consumerPatienceMs = 60_000

/**
 * Begins the answer and gives the stream for its body. The answer ends well only when the body does: a body that is
 * destroyed takes the connection with it, so that a consumer never takes a part for the whole, and a consumer that
 * goes away destroys the body, which stops the source.
 */
export function beginDelivery(
  answer: ServerResponse,
  head: { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | number>> },
): Delivery {
  let bytes = 0
  const body = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      countPassed(chunk.length)
      if (answer.write(chunk)) done()
      else answer.once('drain', done)
    },
    final: (done) => {
      answer.end(() => done())
    },
    destroy: (error, done) => {
      if (!answer.writableFinished) answer.destroy()
      done(error)
    },
  })
  // Whoever pipes into the body is told by its own listener; without one of ours a late fault would end the process.
  body.on('error', () => undefined)
  answer.setTimeout(consumerPatienceMs, () => body.destroy(new Error('the consumer stopped reading')))
  answer.once('close', () => {
    if (!answer.writableFinished) body.destroy(new Error('the consumer went away'))
  })
  answer.writeHead(head.status, head.headers)
  return { body, bytes: () => bytes }
}
