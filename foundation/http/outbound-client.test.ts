import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../http-testing/index.ts'
import { createLogger, withCorrelation } from '../telemetry/index.ts'
import { type CountedOutboundClient, createOutboundClient, internalCalls, type OutboundRequest } from './index.ts'
import type { Resolve } from './outbound-target.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
let upstream: Server
let origin: string
let answer: RequestListener = (_request, response) => response.end()
let outbound: CountedOutboundClient

beforeAll(async () => {
  upstream = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  outbound = createOutboundClient({ allowedOrigins: [origin], logger })
})
afterEach(() => {
  answer = (_request, response) => response.end()
})
afterAll(async () => {
  await outbound.close()
  upstream.closeAllConnections()
  upstream.close()
})

const get = (more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'GET',
  url: `${origin}/`,
  purpose: 'test',
  ...more,
})

/** Leaves a connection open, so that the next call is written at once: it arrives however soon its time is up. */
async function connected(): Promise<void> {
  expect((await outbound.send(get())).status).toBe(200)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** Collects what is written; `pauseMs` makes it slow. */
function sink(pauseMs = 0): Writable & { size: number } {
  const writable = new Writable({
    write(chunk: Buffer, _encoding, done) {
      into.size += chunk.length
      setTimeout(done, pauseMs)
    },
  })
  const into = Object.assign(writable, { size: 0 })
  return into
}

/** Answers without an end, counting what the other side took; resolves `gone` when the connection is closed. */
function endless(): { listener: RequestListener; written: () => number; gone: Promise<void> } {
  let written = 0
  const gone = Promise.withResolvers<void>()
  const chunk = Buffer.alloc(64 * 1024)
  const listener: RequestListener = (_request, response) => {
    const more = (): void => {
      while (!response.destroyed) {
        written += chunk.length
        if (!response.write(chunk)) return void response.once('drain', more)
      }
    }
    response.on('close', () => gone.resolve())
    more()
  }
  return { listener, written: () => written, gone: gone.promise }
}

describe('a call', () => {
  test('sends objects as JSON, parameters as a form, and gives every status as an answer', async () => {
    const seen: unknown[] = []
    answer = async (request, response) => {
      seen.push([request.method, request.url, request.headers['content-type'], await bodyOf(request)])
      response.writeHead(418, { 'x-tea': 'yes' }).end('{"a":1}')
    }
    const response = await outbound.send(get({ method: 'POST', url: `${origin}/a?b=c`, body: { x: 1 } }))
    await outbound.send(get({ method: 'PUT', body: new URLSearchParams({ grant: 'a b' }) }))
    await outbound.send(get({ method: 'POST', body: 'text', headers: { 'Content-Type': 'text/plain' } }))
    expect(response).toMatchObject({ status: 418, headers: { 'x-tea': 'yes' } })
    expect(response.json()).toEqual({ a: 1 })
    expect(response.text()).toBe('{"a":1}')
    expect(seen).toEqual([
      ['POST', '/a?b=c', 'application/json', '{"x":1}'],
      ['PUT', '/', 'application/x-www-form-urlencoded', 'grant=a+b'],
      ['POST', '/', 'text/plain', 'text'],
    ])
  })

  test('carries the correlation id and asks for no compression', async () => {
    let headers: IncomingMessage['headers'] = {}
    answer = (request, response) => {
      headers = request.headers
      response.end()
    }
    await withCorrelation('c-7', () => outbound.send(get()))
    expect(headers).toMatchObject({ 'x-correlation-id': 'c-7', 'accept-encoding': 'identity' })
  })

  test('follows no redirect (X-04)', async () => {
    const paths: unknown[] = []
    answer = (request, response) => {
      paths.push(request.url)
      response.writeHead(302, { location: `${origin}/elsewhere` }).end()
    }
    expect((await outbound.send(get())).status).toBe(302)
    expect(paths).toEqual(['/'])
  })

  test('fails with a code when nobody listens', async () => {
    const closed = `http://127.0.0.1:${await freePort()}`
    const client = createOutboundClient({ allowedOrigins: [closed], logger })
    await expect(client.send(get({ url: closed }))).rejects.toMatchObject({ code: 'outbound.unreachable' })
    await client.close()
  })

  test('tells who watches after each exchange, and counts by purpose', async () => {
    const told: unknown[] = []
    const watch = (message: unknown): void => void told.push(message)
    subscribe('weft:outbound:answered', watch)
    answer = (_request, response) => response.writeHead(201).end('12345')
    await outbound.send(get({ purpose: 'counted' }))
    await outbound.send(get({ purpose: 'counted', url: 'http://127.0.0.1:1/' })).catch(() => undefined)
    unsubscribe('weft:outbound:answered', watch)
    expect(told).toEqual([{ purpose: 'counted', origin, status: 201 }])
    expect(outbound.counters().find((one) => one.purpose === 'counted')).toMatchObject({
      answered: { '2xx': 1 },
      failed: { 'outbound.address-refused': 1 },
      bytes: 5,
    })
  })

  test('answer that is not JSON is refused as the other side’s fault, without quoting it', async () => {
    answer = (_request, response) => response.end('{"secret":"hunter2"')
    const response = await outbound.send(get())
    expect(() => response.json()).toThrow(expect.objectContaining({ code: 'outbound.invalid-json' }))
    answer = (_request, other) => other.end('{"a":1,"a":2}')
    const twice = await outbound.send(get())
    expect(() => twice.json()).toThrow(expect.objectContaining({ code: 'outbound.invalid-json' }))
  })
})

describe('X-04: bounds', () => {
  test('an answer announced too large is cut before it is there', async () => {
    const { listener, gone } = endless()
    answer = (request, response) => {
      response.setHeader('content-length', 10_000_000)
      listener(request, response)
    }
    await expect(outbound.send(get({ maxBytes: 1000 }))).rejects.toMatchObject({ code: 'outbound.too-large' })
    await gone
  })

  test('an answer without an end is cut at the limit', async () => {
    const { listener, written, gone } = endless()
    answer = listener
    await expect(outbound.send(get())).rejects.toMatchObject({ code: 'outbound.too-large' })
    await gone
    expect(written()).toBeLessThan(64 * 1024 * 1024)
  })

  test('an answer of exactly the limit passes', async () => {
    answer = (_request, response) => response.end('x'.repeat(1000))
    expect((await outbound.send(get({ maxBytes: 1000 }))).body.length).toBe(1000)
    await expect(outbound.send(get({ maxBytes: 999 }))).rejects.toMatchObject({ code: 'outbound.too-large' })
  })

  test('a compressed answer is refused, so that nothing can be inflated', async () => {
    answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1e6)))
    await expect(outbound.send(get())).rejects.toMatchObject({ code: 'outbound.encoding-refused' })
  })

  test('a head that does not come is cut', async () => {
    await connected()
    const gone = Promise.withResolvers<void>()
    answer = (_request, response) => response.on('close', () => gone.resolve())
    await expect(outbound.send(get({ timeoutMs: 100 }))).rejects.toMatchObject({ code: 'outbound.timeout' })
    await gone.promise
  })

  test('a body that trickles is cut when the whole time is up', async () => {
    await connected()
    const gone = Promise.withResolvers<void>()
    answer = (_request, response) => {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => {
        clearInterval(timer)
        gone.resolve()
      })
    }
    await expect(outbound.send(get({ timeoutMs: 150 }))).rejects.toMatchObject({ code: 'outbound.timeout' })
    await gone.promise
  })

  test('a resolution that does not end is cut too', async () => {
    const started = performance.now()
    const never: Resolve = () => new Promise(() => undefined)
    const client = createOutboundClient({ allowedOrigins: [], logger, resolve: never })
    await expect(client.send(get({ url: 'https://slow.example/', timeoutMs: 50 }))).rejects.toMatchObject({
      code: 'outbound.timeout',
    })
    expect(performance.now() - started).toBeLessThan(2000)
    await client.close()
  })

  test('more calls at a time to one origin than fit are refused, not queued', async () => {
    const release: (() => void)[] = []
    answer = (_request, response) => release.push(() => response.end())
    const client = createOutboundClient({ allowedOrigins: [origin], logger })
    const calls = Array.from({ length: 513 }, () =>
      client.send(get({ timeoutMs: 10_000 })).then(
        () => 'answered',
        (error: { code: string }) => error.code,
      ),
    )
    expect(await Promise.race(calls)).toBe('outbound.overloaded')
    await vi.waitFor(() => expect(release.length).toBe(32), { timeout: 5000 })
    answer = (_request, response) => response.end()
    for (const end of release) end()
    const outcomes = await Promise.all(calls)
    expect(outcomes.filter((outcome) => outcome === 'answered').length).toBe(512)
    await client.close()
  })
})

describe('X-05: resolved addresses', () => {
  const resolving = (addresses: readonly string[], allowedOrigins: readonly string[] = []) => {
    const resolve = vi.fn<Resolve>(async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
    return { client: createOutboundClient({ allowedOrigins, logger, resolve }), resolve }
  }

  test('inside are refused, alone or among public ones', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['10.1.2.3'],
      ['169.254.169.254'],
      ['::1'],
      ['fd00::1'],
      ['::ffff:127.0.0.1'],
      ['64:ff9b::10.0.0.1'],
      ['2002:7f00:1::'],
      ['fe80::1%lo'],
      ['93.184.216.34', '127.0.0.1'],
    ]) {
      const { client } = resolving(addresses)
      await expect(client.send(get({ url: 'https://rebound.example/' })), String(addresses)).rejects.toMatchObject({
        code: 'outbound.address-refused',
      })
      await client.close()
    }
  })

  test('are the ones connected to: one resolution a connection, by the guard', async () => {
    const other = createServer((_request, response) => response.end('on 127.0.0.2')).listen(0, '127.0.0.2')
    await once(other, 'listening')
    let connections = 0
    other.on('connection', () => connections++)
    const port = (other.address() as AddressInfo).port
    const { client, resolve } = resolving(['127.0.0.2'], [`http://localhost:${port}`])
    expect((await client.send(get({ url: `http://localhost:${port}/` }))).text()).toBe('on 127.0.0.2')
    expect((await client.send(get({ url: `http://localhost:${port}/` }))).status).toBe(200)
    expect(resolve.mock.calls).toEqual(Array(connections).fill(['localhost']))
    await client.close()
    other.closeAllConnections()
    other.close()
  })

  test('of our own services are reached by calls that say so only; nobody else opens a connection (X-05)', async () => {
    let asked = 0
    answer = (_request, response) => {
      asked++
      response.end('inside')
    }
    const client = createOutboundClient({ allowedOrigins: [], internalOrigins: [origin], logger })
    const ours = internalCalls(client)
    const refusal = { code: 'outbound.address-refused' }
    await expect(client.send(get())).rejects.toMatchObject(refusal)
    expect((await ours.send(get())).text()).toBe('inside')
    // The connection that is open by now helps nobody.
    await expect(client.send(get())).rejects.toMatchObject(refusal)
    await expect(client.stream(get(), () => sink())).rejects.toMatchObject(refusal)
    expect((await ours.stream(get(), () => sink())).status).toBe(200)
    expect(asked).toBe(2)
    await client.close()
  })

  test('of an allowed plain http origin must be loopback all the same', async () => {
    const { client } = resolving(['93.184.216.34'], ['http://localhost:9'])
    await expect(client.send(get({ url: 'http://localhost:9/' }))).rejects.toMatchObject({
      code: 'outbound.address-refused',
    })
    await client.close()
  })
})

describe('a stream', () => {
  test('arrives whole, whatever its size, with its head first', async () => {
    const size = 8 * 1024 * 1024
    answer = (_request, response) => response.writeHead(206, { 'content-type': 'video/mp4' }).end(Buffer.alloc(size))
    const into = sink()
    const head = await outbound.stream(get(), ({ status, headers }) => {
      expect([status, headers['content-type']]).toEqual([206, 'video/mp4'])
      return into
    })
    expect(head.status).toBe(206)
    expect(into.size).toBe(size)
  })

  test('goes no faster than its reader', async () => {
    const { listener, written, gone } = endless()
    answer = listener
    const into = sink(5)
    const running = outbound.stream(get(), () => into).catch((error: { code: string }) => error.code)
    await vi.waitFor(() => expect(into.size).toBeGreaterThan(2 * 1024 * 1024), { timeout: 20_000 })
    // Socket buffers of both sides and one high-water mark, nothing that grows.
    expect(written() - into.size).toBeLessThan(16 * 1024 * 1024)
    into.destroy()
    expect(await running).toBe('outbound.reader-failed')
    await gone
  })

  test('whose head does not come, or that stops in the middle, is cut', async () => {
    answer = () => undefined
    await expect(outbound.stream(get({ timeoutMs: 100 }), () => sink())).rejects.toMatchObject({
      code: 'outbound.timeout',
    })
    answer = (_request, response) => response.write('half')
    const into = sink()
    await expect(outbound.stream(get({ timeoutMs: 1000 }), () => into)).rejects.toMatchObject({
      code: 'outbound.timeout',
    })
    expect(into.size).toBe(4)
  })

  test('whose sender breaks off is the sender’s fault', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    }
    await expect(outbound.stream(get(), () => sink())).rejects.toMatchObject({ code: 'outbound.unreachable' })
  })

  test('goes on beyond the time limit as long as bytes come', async () => {
    answer = (_request, response) => {
      let left = 30
      const timer = setInterval(() => {
        if (left-- > 0) return response.write('x')
        clearInterval(timer)
        response.end()
      }, 50)
    }
    const into = sink()
    await outbound.stream(get({ timeoutMs: 1000 }), () => into)
    expect(into.size).toBe(30)
  })

  test('ends with the error of whoever opens it', async () => {
    await expect(
      outbound.stream(get(), () => {
        throw new Error('no room')
      }),
    ).rejects.toMatchObject({ code: 'outbound.reader-failed', cause: { message: 'no room' } })
  })
})

test('after closing, nothing goes out', async () => {
  const client = createOutboundClient({ allowedOrigins: [origin], logger })
  await client.send(get())
  await client.close()
  await expect(client.send(get())).rejects.toMatchObject({ code: 'outbound.unreachable' })
})

test('calls that are answered only once one of another purpose has come back do not wait for themselves', async () => {
  answer = async (request, response) => {
    if (request.url === '/outer') await outbound.send(get({ url: `${origin}/inner`, purpose: 'test.inner' }))
    response.end()
  }
  const many = Array.from({ length: 100 }, () => outbound.send(get({ url: `${origin}/outer`, purpose: 'test.outer' })))
  expect((await Promise.all(many)).every(({ status }) => status === 200)).toBe(true)
})
