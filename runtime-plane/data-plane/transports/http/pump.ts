import { type Readable, Transform } from 'node:stream'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { OutboundClient, OutboundResponse, StreamedResponse } from '@weft/foundation/http'
import { dataPlaneErrors } from '../../domain/errors.ts'
import { countPassed } from './early-collection.ts'

/** One end of a pump. */
export interface End {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
}

/** How long either end may take for its head, and between two chunks. */
const patienceMs = 30_000
/** What is on its way between the two ends, in bytes: with the buffers of two connections, all the memory of a pump. */
const inBetween = 256 * 1024

/**
 * Moves all bytes of `from` to `to`, no faster than the slower of them, and returns their number when `to` has confirmed
 * them. When one end breaks the other is broken off too, so that a part is never taken for the whole.
 *
 * @throws `data-plane.source-*`, `data-plane.destination-*`; the reason of `signal` when it is aborted
 */
export async function pump(
  outbound: OutboundClient,
  { from, to, signal }: { readonly from: End; readonly to: End; readonly signal: AbortSignal },
): Promise<number> {
  signal.throwIfAborted()
  const passing = countingPassage()
  const abort = (): void => void passing.body.destroy(new Error('the carriage was stopped'))
  signal.addEventListener('abort', abort, { once: true })
  let delivery: Promise<OutboundResponse> | undefined
  let destinationEnded = false
  const open = (head: StreamedResponse): Transform => {
    refuseUseless(head)
    delivery = deliver(outbound, to, passing.body, head)
    const ended = (): void => {
      destinationEnded = true
    }
    delivery.then(ended, ended)
    return passing.body
  }
  try {
    const asked = { ...from, method: 'GET', timeoutMs: patienceMs, purpose: 'data-plane.carry-from' } as const
    await outbound.stream({ ...asked, headers: { ...from.headers, 'accept-encoding': 'identity' } }, open)
  } catch (error) {
    // A destination that refuses breaks the source off as well: what it said is the reason.
    const byDestination = destinationEnded || toWeftError(error).code === 'outbound.reader-failed'
    passing.body.destroy()
    signal.throwIfAborted()
    if (delivery && byDestination) requireTaken(await delivery.catch(destinationFault))
    throw sourceFault(error)
  } finally {
    signal.removeEventListener('abort', abort)
  }
  const answer = await delivery?.catch((error: unknown) => {
    signal.throwIfAborted()
    return destinationFault(error)
  })
  if (answer) requireTaken(answer)
  return passing.bytes()
}

function countingPassage(): { readonly body: Transform; readonly bytes: () => number } {
  let bytes = 0
  const body = new Transform({
    highWaterMark: inBetween,
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      countPassed(chunk.length)
      done(null, chunk)
    },
  })
  // Both ends have listeners of their own; a fault after they are gone must not end the process.
  body.on('error', () => undefined)
  return { body, bytes: () => bytes }
}

/**
 * Hands a body that is being received over to a destination, no faster than it takes it; returns the number of bytes.
 * @throws `data-plane.destination-*`; the reason of `signal` when it is aborted
 */
export async function handOver(
  outbound: OutboundClient,
  received: { readonly body: Readable; readonly contentType: string | undefined },
  { to, signal }: { readonly to: End; readonly signal: AbortSignal },
): Promise<number> {
  signal.throwIfAborted()
  const passing = countingPassage()
  const abort = (): void => void passing.body.destroy(new Error('the flow was stopped'))
  signal.addEventListener('abort', abort, { once: true })
  feed(received.body, passing.body)
  try {
    const head = { headers: { 'content-type': received.contentType } }
    requireTaken(await deliver(outbound, to, passing.body, head).catch(destinationFault))
    return passing.bytes()
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    received.body.unpipe(passing.body)
    passing.body.destroy()
  }
}

/** Without `pipeline`, which takes the connection from a server's request and with it the way to answer. */
function feed(body: Readable, passing: Transform): void {
  const brokenOff = (): void => {
    if (!body.readableEnded) passing.destroy(new Error('the sender broke off'))
  }
  body.on('error', brokenOff)
  body.once('close', brokenOff)
  body.pipe(passing)
  // A sender that went while it was found out who it is says so to nobody any more.
  if (body.destroyed) brokenOff()
}

function deliver(
  outbound: OutboundClient,
  to: End,
  body: Transform,
  head: Pick<StreamedResponse, 'headers'>,
): Promise<OutboundResponse> {
  const type = head.headers['content-type']
  return outbound.send({
    method: to.method,
    url: to.url,
    headers: { 'content-type': typeof type === 'string' ? type : 'application/octet-stream', ...to.headers },
    body,
    timeoutMs: patienceMs,
    maxBytes: 64 * 1024,
    purpose: 'data-plane.carry-to',
  })
}

function refuseUseless(head: StreamedResponse): void {
  if (head.status >= 200 && head.status < 300) return
  const detail = { status: head.status }
  if (head.status === 404 || head.status === 410) throw new WeftError(dataPlaneErrors['source-not-found'], { detail })
  if (head.status >= 500 || head.status === 429) throw new WeftError(dataPlaneErrors['source-unreachable'], { detail })
  throw new WeftError(dataPlaneErrors['source-refused'], { detail })
}

function requireTaken({ status }: Pick<OutboundResponse, 'status'>): void {
  if (status >= 200 && status < 300) return
  const name = status >= 500 || status === 429 ? 'destination-unavailable' : 'destination-refused'
  throw new WeftError(dataPlaneErrors[name], { detail: { status } })
}

/** Ours as they are; else a fault of the network, which may pass, or an address that is never called, which does not. */
function sourceFault(thrown: unknown): WeftError {
  const known = toWeftError(thrown)
  if (known.code.startsWith('data-plane.')) return known
  const name = known.code === 'outbound.address-refused' ? 'source-refused' : 'source-unreachable'
  return new WeftError(dataPlaneErrors[name], { cause: thrown, detail: { code: known.code } })
}

function destinationFault(thrown: unknown): never {
  const known = toWeftError(thrown)
  const name = known.code === 'outbound.address-refused' ? 'destination-refused' : 'destination-unavailable'
  throw new WeftError(dataPlaneErrors[name], { cause: thrown, detail: { code: known.code } })
}
