import { once } from 'node:events'
import { maxHeaderSize } from 'node:http'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLogger } from '../telemetry/index.ts'
import { createListeners, pageQuery, type RunningListeners, registerApi } from './index.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
const access = { kind: 'protocol', protocol: 'oauth' } as const
let listeners: RunningListeners
let url: string

beforeAll(async () => {
  listeners = createListeners({ deployment: 'test', host: '127.0.0.1', ports: { public: 0 }, logger })
  registerApi(listeners.app('public'), {
    name: 'open',
    title: 'Open',
    version: '1',
    prefix: '',
    documented: false,
    routes: (app) => {
      app.get('/list', { config: { access }, schema: { querystring: pageQuery } }, async (request) => request.query)
      const body = Type.Object({ name: Type.String() })
      app.post('/things', { config: { access }, schema: { body } }, async (request) => request.body)
    },
  })
  await listeners.open()
  url = listeners.url('public')
})

afterAll(() => listeners.close())

const post = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/things`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

async function rawSocket(): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Everything that comes until the other side closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  await once(socket, 'close')
  return text
}

describe('X-09: requests that try to break the reader', () => {
  test('a query without a plain integer is refused with the name of its field', async () => {
    for (const text of ['1.5', '1e3', '0x10', 'true', '', '1&limit=2']) {
      const response = await fetch(`${url}/list?limit=${text}`)
      expect([text, response.status, await response.json()]).toEqual([
        text,
        400,
        expect.objectContaining({ code: 'request.invalid-field', field: 'limit' }),
      ])
    }
    expect(await (await fetch(`${url}/list?limit=7`)).json()).toEqual({ offset: 0, limit: 7 })
  })

  test('a compressed body is 415 and never inflated: small bombs stay small', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'identity, gzip', 'x-unknown']) {
      const response = await post(gzipSync('{"name":"a"}'), { 'content-encoding': encoding })
      expect([encoding, response.status]).toEqual([encoding, 415])
      expect(await response.json()).toMatchObject({ code: 'request.unsupported-media-type' })
    }
    expect((await post('{"name":"a"}', { 'content-encoding': 'identity' })).status).toBe(200)
  })

  test('keys that reach for a prototype, a key twice, deep nesting: refused or inert', async () => {
    const inert = await post('{"name":"a","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}')
    expect([inert.status, await inert.json()]).toEqual([200, { name: 'a' }])
    for (const body of ['{"name":"a","name":"b"}', `{"name":"a","x":${'['.repeat(9999)}${']'.repeat(9999)}}`]) {
      expect((await post(body)).status).toBe(400)
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('headers larger than the limit are 431, and the connection is closed', async () => {
    const socket = await rawSocket()
    socket.write(`GET /list HTTP/1.1\r\nhost: x\r\nx-filler: ${'x'.repeat(maxHeaderSize + 1)}\r\n\r\n`)
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 431 /)
  })

  test('a body with two lengths, or both a length and chunks, is refused: nothing can be smuggled behind it', async () => {
    for (const lengths of [
      'content-length: 12\r\ncontent-length: 13',
      'content-length: 12\r\ntransfer-encoding: chunked',
      'transfer-encoding: chunked, identity',
      'transfer-encoding: xchunked',
    ]) {
      const socket = await rawSocket()
      const head = `POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${lengths}\r\n\r\n`
      socket.write(`${head}{"name":"a"}`)
      expect([lengths, await untilClosed(socket)]).toEqual([lengths, expect.stringMatching(/^HTTP\/1\.1 400 /)])
    }
  })

  test('who does not finish a request is cut after a bounded time, whatever is trickled', () => {
    const { headersTimeout, keepAliveTimeout, maxConnections } = listeners.app('public').server
    expect(headersTimeout).toBeLessThanOrEqual(15_000)
    expect(keepAliveTimeout).toBeLessThanOrEqual(30_000)
    expect(maxConnections).toBeLessThanOrEqual(10_000)
  })

  test('whose body does not come is cut after a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const socket = await rawSocket()
      const closed = untilClosed(socket)
      socket.write('POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{')
      while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve))
      vi.advanceTimersByTime(60_000)
      expect(await closed).toBe('')
    } finally {
      vi.useRealTimers()
    }
  })
})
