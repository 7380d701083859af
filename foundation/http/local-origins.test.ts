import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TokenVerifier } from '../access/index.ts'
import { requestErrors, WeftError } from '../errors/index.ts'
import { createLogger, withCorrelation } from '../telemetry/index.ts'
import {
  acceptForms,
  type CountedOutboundClient,
  createListeners,
  createOutboundClient,
  LocalOrigins,
  type OutboundRequest,
  type OutboundResponse,
  type RunningListeners,
  registerApi,
} from './index.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
const mostAtATime = 40
const open = { access: { kind: 'open' } } as const
const around = new AsyncLocalStorage<string>()

const verifier: TokenVerifier = {
  verify: async () => {
    throw new WeftError(requestErrors.unauthenticated, { message: 'The token is not valid.' })
  },
}

/** Told by the handlers of the routes below. */
let overWire: boolean[] = []
let running = 0
let mostRunning = 0
let held = Promise.withResolvers<void>()
const release = () => held.resolve()

beforeEach(() => {
  overWire = []
  running = 0
  mostRunning = 0
  held = Promise.withResolvers<void>()
})

function listenersOf(localOrigins: LocalOrigins, graceMs = 2000): RunningListeners {
  const listeners = createListeners({
    deployment: 'test',
    host: '127.0.0.1',
    ports: { internal: 0 },
    logger,
    verifier,
    maxConcurrent: mostAtATime,
    graceMs,
    localOrigins,
  })
  const app = listeners.app('internal')
  registerApi(app, {
    name: 'local',
    title: 'Local',
    version: '1.0.0',
    prefix: '/local',
    bodyLimit: 5000,
    documented: false,
    routes: (routes) => {
      acceptForms(routes)
      routes.addHook('onRequest', async (request) => {
        overWire.push(request.raw.socket instanceof Socket)
      })
      routes.post('/echo', { config: open }, async (request, reply) => {
        const { 'content-type': type, host, 'user-agent': agent } = request.headers
        const echoed = { body: request.body, query: request.query, type, host, agent }
        return reply.code(201).send({ ...echoed, around: around.getStore() ?? 'nothing' })
      })
      const named = { body: Type.Object({ name: Type.String() }) }
      routes.post('/named', { config: open, schema: named }, async (request) => request.body)
      routes.delete('/thing', { config: open }, async (_request, reply) => reply.code(204).send())
      routes.get('/fault', { config: open }, async () => {
        throw new Error('secret text of a fault')
      })
      const guarded = { kind: 'token', scope: 'local:read', roles: ['admin'] } as const
      routes.post('/guarded', { config: { access: guarded } }, async () => 'inside')
      routes.get('/sized/:bytes', { config: open }, async (request) =>
        'x'.repeat(Number((request.params as { bytes: string }).bytes)),
      )
      routes.get('/endless', { config: open }, async (_request, reply) => {
        const endless = Readable.from(
          (function* () {
            while (true) yield Buffer.alloc(16 * 1024)
          })(),
        )
        running++
        endless.once('close', () => running--)
        return reply.send(endless)
      })
      const hold = async () => {
        running++
        mostRunning = Math.max(mostRunning, running)
        await held.promise
        running--
        return 'released'
      }
      routes.get('/held', { config: open }, hold)
      routes.post('/held', { config: open }, hold)
    },
  })
  return listeners
}

async function outcomeOf(call: Promise<OutboundResponse>): Promise<unknown> {
  return call.then(
    (response) => response.status,
    (error: { code: string }) => error.code,
  )
}

interface Way {
  readonly outbound: CountedOutboundClient
  readonly listeners: RunningListeners
  readonly origin: string
  readonly send: (request: Partial<OutboundRequest> & { readonly path: string }) => Promise<OutboundResponse>
  readonly close: () => Promise<void>
}

/** A listener and a client that calls it; in the same process when both know the same origins. */
async function openWay(isLocal: boolean, graceMs?: number): Promise<Way> {
  const localOrigins = new LocalOrigins()
  const listeners = listenersOf(localOrigins, graceMs)
  await listeners.open()
  const origin = listeners.url('internal')
  const outbound = createOutboundClient({
    allowedOrigins: [],
    internalOrigins: [origin],
    logger,
    ...(isLocal ? { localOrigins } : {}),
  })
  return {
    outbound,
    listeners,
    origin,
    send: ({ path, ...request }) =>
      outbound.send({ method: 'GET', url: `${origin}${path}`, purpose: 'test', internal: true, ...request }),
    close: async () => {
      release()
      await listeners.close()
      await outbound.close()
    },
  }
}

const exchanges: readonly (Partial<OutboundRequest> & { readonly path: string })[] = [
  { method: 'POST', path: '/local/echo?a=1&a=2&b=%20', body: { deep: { text: 'ü' } } },
  { method: 'POST', path: '/local/echo', body: new URLSearchParams({ grant: 'a b', more: '&=' }) },
  { method: 'POST', path: '/local/echo', body: '{"a":1}', headers: { 'Content-Type': 'application/json' } },
  { method: 'POST', path: '/local/echo', body: '{"a":1,"a":2}', headers: { 'Content-Type': 'application/json' } },
  { method: 'POST', path: '/local/echo', body: 'text', headers: { 'Content-Type': 'text/plain' } },
  { method: 'POST', path: '/local/echo', body: '', headers: { 'Content-Type': 'application/json' } },
  { method: 'POST', path: '/local/echo' },
  { method: 'POST', path: '/local/echo', body: { text: 'x'.repeat(6000) } },
  { method: 'POST', path: '/local/named', body: { name: 7 } },
  { method: 'DELETE', path: '/local/thing' },
  { method: 'PUT', path: '/local/thing', body: {} },
  { path: '/local/fault' },
  { path: '/local/nowhere' },
  { path: '//local/echo' },
  { method: 'POST', path: '/local/guarded', body: {} },
  { method: 'POST', path: '/local/guarded', body: {}, headers: { authorization: 'Bearer abc' } },
  { path: '/local/sized/100000' },
]

test('every exchange has the same answer whichever way it goes', async () => {
  const answers: { isLocal: boolean; status: number; headers: OutboundResponse['headers']; text: string }[] = []
  for (const isLocal of [false, true]) {
    const way = await openWay(isLocal)
    for (const exchange of exchanges) {
      const { status, headers, text } = await withCorrelation('c-7', () => way.send(exchange))
      const { date, connection, 'keep-alive': kept, ...rest } = headers
      expect([typeof date, rest['x-correlation-id']]).toEqual(['string', 'c-7'])
      answers.push({ isLocal, status, headers: rest, text: text().replaceAll(way.origin.slice(7), 'host') })
    }
    expect(new Set(overWire)).toEqual(new Set([!isLocal]))
    overWire = []
    await way.close()
  }
  const of = (local: boolean) =>
    answers.filter(({ isLocal }) => isLocal === local).map((one) => ({ ...one, isLocal: 0 }))
  expect(of(true)).toEqual(of(false))
  expect(of(true).map(({ status }) => status)).toEqual([
    201, 201, 201, 400, 415, 201, 201, 413, 400, 204, 405, 500, 404, 404, 401, 401, 200,
  ])
  const refused = answers.filter(({ status }) => status === 401)
  for (const { headers } of refused) expect(headers['www-authenticate']).toBe('Bearer realm="weft"')
})

describe.each([
  ['over a socket', false],
  ['within the process', true],
])('an internal call %s', (_name, isLocal) => {
  let way: Way
  beforeAll(async () => {
    way = await openWay(isLocal)
  })
  afterAll(() => way.close())

  test('takes nothing of its caller’s surroundings along, such as a transaction', async () => {
    const answer = await around.run('a transaction', () => way.send({ method: 'POST', path: '/local/echo', body: {} }))
    expect(answer.json()).toMatchObject({ around: 'nothing' })
  })

  test('is counted, and told to who watches', async () => {
    const told: unknown[] = []
    const watch = (message: unknown): void => void told.push(message)
    subscribe('weft:outbound:answered', watch)
    await way.send({ path: '/local/sized/5', purpose: 'counted' })
    unsubscribe('weft:outbound:answered', watch)
    expect(told).toEqual([{ purpose: 'counted', origin: way.origin, status: 200 }])
    const counters = way.outbound.counters().find(({ purpose }) => purpose === 'counted')
    expect(counters).toMatchObject({ answered: { '2xx': 1 }, bytes: 5 })
  })

  test('is cut at its time, and its place is taken by others while the handler still works (X-04)', async () => {
    for (const method of ['GET', 'POST'] as const) {
      const body = method === 'POST' ? { body: {} } : {}
      const calls = Array.from({ length: 32 }, () =>
        outcomeOf(way.send({ method, path: '/local/held', timeoutMs: 200, ...body })),
      )
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['outbound.timeout']))
      expect((await way.send({ path: '/local/sized/1' })).status).toBe(200)
      release()
      await vi.waitFor(() => expect(running).toBe(0))
      held = Promise.withResolvers<void>()
    }
  })

  test('is cut at its size, and the sender of an answer without an end is told (X-04)', async () => {
    expect((await way.send({ path: '/local/sized/1000', maxBytes: 1000 })).body.length).toBe(1000)
    expect(await outcomeOf(way.send({ path: '/local/sized/1000', maxBytes: 999 }))).toBe('outbound.too-large')
    expect(await outcomeOf(way.send({ path: '/local/endless' }))).toBe('outbound.too-large')
    await vi.waitFor(() => expect(running).toBe(0))
  })

  test('gives its place at the listener back, however it ends', async () => {
    for (let round = 0; round < mostAtATime + 5; round++) {
      await way.send({ method: 'POST', path: '/local/echo', body: {} })
      await way.send({ method: 'POST', path: '/local/guarded', body: {} })
      await way.send({ path: '/local/fault' })
    }
    expect((await way.send({ path: '/local/sized/1' })).status).toBe(200)
  })

  test('is one of 32 at a time; beyond 512 they are refused, not queued', async () => {
    const calls = Array.from({ length: 513 }, () => outcomeOf(way.send({ path: '/local/held' })))
    expect(await Promise.race(calls)).toBe('outbound.overloaded')
    await vi.waitFor(() => expect(running).toBe(32))
    release()
    const outcomes = await Promise.all(calls)
    expect(outcomes.filter((outcome) => outcome === 200).length).toBe(512)
    expect(mostRunning).toBe(32)
  })

  test('without saying so is refused (X-05)', async () => {
    const call = way.outbound.send({ method: 'GET', url: `${way.origin}/local/sized/1`, purpose: 'test' })
    expect(await outcomeOf(call)).toBe('outbound.address-refused')
    expect(overWire).toEqual([])
  })
})

describe.each([
  ['over a socket', false],
  ['within the process', true],
])('a listener that closes, called %s', (_name, isLocal) => {
  test('ends what runs and refuses what comes', async () => {
    const way = await openWay(isLocal)
    const call = outcomeOf(way.send({ path: '/local/held' }))
    await vi.waitFor(() => expect(running).toBe(1))
    const closed = way.listeners.close().then(() => 'closed')
    expect(await outcomeOf(way.send({ path: '/local/sized/1' }))).toBe('outbound.unreachable')
    release()
    expect(await call).toBe(200)
    expect(await closed).toBe('closed')
    await way.close()
  })

  test('cuts what does not end within the grace', async () => {
    const way = await openWay(isLocal, 50)
    const call = outcomeOf(way.send({ method: 'POST', path: '/local/held', body: {} }))
    await vi.waitFor(() => expect(running).toBe(1))
    await way.listeners.close()
    expect(await call).toBe('outbound.unreachable')
    await way.close()
  })

  test('is not called by a client that is closed', async () => {
    const way = await openWay(isLocal)
    await way.outbound.close()
    expect(await outcomeOf(way.send({ path: '/local/sized/1' }))).toBe('outbound.unreachable')
    expect(overWire).toEqual([])
    await way.close()
  })
})

test('another origin than exactly that of the listener, and a stream, go over the wire', async () => {
  const localOrigins = new LocalOrigins()
  const listeners = listenersOf(localOrigins)
  await listeners.open()
  const origin = listeners.url('internal')
  const named = origin.replace('127.0.0.1', 'localhost')
  const outbound = createOutboundClient({ allowedOrigins: [named], internalOrigins: [origin], logger, localOrigins })
  const call = { method: 'POST', purpose: 'test', internal: true } as const
  const headers = { 'content-type': 'application/json' }
  await outbound.send({ ...call, url: `${named}/local/echo`, body: {} })
  await outbound.send({ ...call, url: `${origin}/local/echo`, headers, body: Readable.from([Buffer.from('{}')]) })
  await outbound.send({ ...call, url: `${origin}/local/echo`, body: {} })
  expect(overWire).toEqual([true, true, false])
  await listeners.close()
  await outbound.close()
})
