import { channel } from 'node:diagnostics_channel'
import { Readable } from 'node:stream'
import { type Dispatcher, errors as undiciErrors } from 'undici'
import { type ServiceKey, type ServiceModule, serviceKey } from '../assembly/index.ts'
import { WeftError } from '../errors/index.ts'
import { correlationId, type Logger } from '../telemetry/index.ts'
import { outboundErrors } from './errors.ts'
import { wholeAnswer } from './outbound-answer.ts'
import { type CountedOutboundClient, OutboundTallies } from './outbound-counters.ts'
import { OutboundPools } from './outbound-pools.ts'
import { type Resolve, readAllowedOrigins, readTarget, resolveBySystem, type Target } from './outbound-target.ts'
import type { OutboundClient, OutboundRequest } from './port.ts'

export interface OutboundOptions {
  /**
   * Exact origins whose addresses may be inside, such as `http://localhost:7100`; http only for loopback ones. All
   * other addresses must be https and public.
   */
  readonly allowedOrigins: readonly string[]
  /**
   * Exact origins of the deployment's own services: requests that say `internal` reach them, all others are refused,
   * wherever these origins are. One that is allowed as well is for everybody. None when absent.
   */
  readonly internalOrigins?: readonly string[]
  readonly logger: Logger
  /** How names are resolved; the system's resolver when absent. */
  readonly resolve?: Resolve
}

export const outboundKey: ServiceKey<OutboundClient> = serviceKey('outbound client')

/** Told after each exchange, before its caller goes on: `{ purpose, origin, status }`. */
const answered = channel('weft:outbound:answered')

const defaultTimeoutMs = 10_000
const defaultMaxBytes = 1024 * 1024

/** The one way out; see OutboundClient for what it promises. @throws Error when an allowed origin is not one. */
export function createOutboundClient(options: OutboundOptions): CountedOutboundClient {
  const origins = {
    allowed: readAllowedOrigins(options.allowedOrigins),
    internal: readAllowedOrigins(options.internalOrigins ?? []),
  }
  const pools = new OutboundPools(options.resolve ?? resolveBySystem)
  const tallies = new OutboundTallies()

  /** Counts, logs and publishes around one exchange. */
  const exchange = async <T extends { readonly status: number }>(
    request: OutboundRequest,
    run: (target: Target, opened: () => void) => Promise<{ readonly result: T; readonly bytes: number }>,
  ): Promise<T> => {
    const started = performance.now()
    let origin: string | undefined
    let opened = false
    try {
      const target = readTarget(request, origins)
      origin = target.origin
      const { result, bytes } = await run(target, () => {
        opened = true
      })
      const milliseconds = performance.now() - started
      tallies.answered(request.purpose, result.status, bytes, milliseconds)
      const fields = { purpose: request.purpose, origin, status: result.status, milliseconds: Math.round(milliseconds) }
      options.logger.debug('a call was answered', fields)
      answered.publish({ purpose: request.purpose, origin, status: result.status })
      return result
    } catch (thrown) {
      const error = explain(thrown, request, origin, opened)
      tallies.failed(request.purpose, error.code, performance.now() - started)
      options.logger.info('a call failed', { purpose: request.purpose, origin, error })
      throw error
    } finally {
      // A body that nobody reads any more must not be kept waiting.
      if (request.body instanceof Readable) request.body.destroy()
    }
  }

  return {
    send: (request) =>
      exchange(request, async (target) => {
        const use = request.body instanceof Readable ? 'streams' : 'messages'
        const result = await withDeadline(request, (signal, { progress }) =>
          pools.with(target, use, request.purpose, (pool) =>
            wholeAnswer(pool, dispatchOptions(request, target, progress), {
              signal,
              maxBytes: request.maxBytes ?? defaultMaxBytes,
            }),
          ),
        )
        return { result, bytes: result.body.length }
      }),
    stream: (request, open) =>
      exchange(request, async (target, opened) => {
        let status = 0
        let headers: Record<string, string | string[] | undefined> = {}
        await withDeadline(request, (signal, { headArrived, progress }) =>
          pools.with(target, 'streams', request.purpose, (pool) =>
            pool.stream({ ...dispatchOptions(request, target, progress), signal }, (head) => {
              headArrived()
              opened()
              status = head.statusCode
              headers = head.headers as typeof headers
              return open({ status, headers })
            }),
          ),
        )
        return { result: { status, headers }, bytes: 0 }
      }),
    close: () => pools.close(),
    counters: () => tallies.snapshot(),
  }
}

/** The same client for our own addresses: each request says that it is `internal`. */
export function internalCalls(outbound: OutboundClient): OutboundClient {
  return {
    send: (request) => outbound.send({ ...request, internal: true }),
    stream: (request, open) => outbound.stream({ ...request, internal: true }, open),
    close: () => outbound.close(),
  }
}

/** The outbound client as a module: provides `outboundKey`, closes its connections in `shutdown`. */
export function outboundModule(options: OutboundOptions): ServiceModule {
  const client = createOutboundClient(options)
  return {
    name: 'outbound client',
    provides: [outboundKey],
    init: (context) => context.provide(outboundKey, client),
    shutdown: () => client.close(),
  }
}

/** What stops the clock of a call: the head of a streamed answer for good, a chunk of a streamed body for a while. */
interface Clocked {
  readonly headArrived: () => void
  readonly progress: () => void
}

/**
 * Aborts when the time is up: the whole call, or for streams until `headArrived`. Waiting for a connection counts, and
 * the caller is told at once: a call that has no connection yet is dropped when it would get one.
 */
async function withDeadline<T>(
  request: OutboundRequest,
  call: (signal: AbortSignal, clocked: Clocked) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const expired = Promise.withResolvers<never>()
  const expire = (): void => {
    const error = new WeftError(outboundErrors.timeout)
    controller.abort(error)
    expired.reject(error)
  }
  const timer = setTimeout(expire, request.timeoutMs ?? defaultTimeoutMs)
  try {
    const clocked = { headArrived: () => clearTimeout(timer), progress: () => void timer.refresh() }
    return await Promise.race([call(controller.signal, clocked), expired.promise])
  } finally {
    clearTimeout(timer)
  }
}

function dispatchOptions(request: OutboundRequest, target: Target, progress: () => void): Dispatcher.RequestOptions {
  const timeout = request.timeoutMs ?? defaultTimeoutMs
  const { body, contentType } = encodeBody(request.body, progress)
  const correlation = correlationId()
  return {
    method: request.method,
    path: target.path,
    headers: {
      'user-agent': 'weft',
      // What is not compressed cannot blow up.
      'accept-encoding': 'identity',
      ...(correlation === undefined ? {} : { 'x-correlation-id': correlation }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...lowerCased(request.headers ?? {}),
    },
    ...(body === undefined ? {} : { body }),
    headersTimeout: timeout,
    bodyTimeout: timeout,
  }
}

function encodeBody(
  body: OutboundRequest['body'],
  progress: () => void,
): { readonly body?: string | Readable; readonly contentType?: string } {
  if (body === undefined) return {}
  if (body instanceof Readable) return { body: Readable.from(watched(body, progress), { objectMode: false }) }
  if (typeof body === 'string') return { body }
  if (body instanceof URLSearchParams)
    return { body: body.toString(), contentType: 'application/x-www-form-urlencoded' }
  return { body: JSON.stringify(body), contentType: 'application/json' }
}

/** Each chunk that is taken counts as progress, and is taken only when the one before is on its way. */
async function* watched(body: Readable, progress: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    progress()
    yield chunk as Buffer
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Gives what the network or the reader of a stream throws an entry of the catalogue, with purpose and origin for our logs. */
function explain(thrown: unknown, request: OutboundRequest, origin: string | undefined, opened: boolean): WeftError {
  if (thrown instanceof WeftError) return thrown
  const detail = { purpose: request.purpose, origin }
  const ofNetwork = thrown instanceof undiciErrors.UndiciError || (thrown instanceof Error && 'syscall' in thrown)
  if (opened && !ofNetwork) return new WeftError(outboundErrors['reader-failed'], { detail, cause: thrown })
  const timedOut =
    thrown instanceof undiciErrors.HeadersTimeoutError ||
    thrown instanceof undiciErrors.BodyTimeoutError ||
    thrown instanceof undiciErrors.ConnectTimeoutError
  return new WeftError(timedOut ? outboundErrors.timeout : outboundErrors.unreachable, { detail, cause: thrown })
}
