import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { createLogger } from '../telemetry/index.ts'
import { type CountedOutboundClient, createOutboundClient, type OutboundRequest } from './index.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
let server: Server
let client: CountedOutboundClient

/** A server that speaks raw bytes, and a call to it. */
async function callTo(behave: (socket: Socket) => void, timeoutMs: number): Promise<OutboundRequest> {
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    behave(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = createOutboundClient({ allowedOrigins: [url], logger })
  return { method: 'GET', url, purpose: 'test', timeoutMs }
}

afterEach(async () => {
  await client.close()
  server.close()
})

const timeout = { code: 'outbound.timeout' }
const sink = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

describe('X-04: a server that does not play by the rules', () => {
  test('headers without an end are cut at their limit', async () => {
    const line = `x-filler: ${'x'.repeat(1000)}\r\n`
    const request = await callTo((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const more = (): void => {
        while (!socket.destroyed) if (!socket.write(line)) return void socket.once('drain', more)
      }
      more()
    }, 20_000)
    const started = performance.now()
    await expect(client.send(request)).rejects.toMatchObject({ code: 'outbound.unreachable' })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('interim answers without an end are cut when the whole time is up', async () => {
    const request = await callTo((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'), 5)
      socket.on('close', () => clearInterval(timer))
    }, 200)
    await expect(client.send(request)).rejects.toMatchObject(timeout)
    await expect(client.stream(request, sink)).rejects.toMatchObject(timeout)
  })

  test('headers that trickle are cut when the whole time is up', async () => {
    const request = await callTo((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
      const timer = setInterval(() => socket.write('x'), 10)
      socket.on('close', () => clearInterval(timer))
    }, 200)
    await expect(client.send(request)).rejects.toMatchObject(timeout)
    await expect(client.stream(request, sink)).rejects.toMatchObject(timeout)
  })

  test('what is no HTTP, or contradicts its length, is an error of the other side', async () => {
    const heads = ['SSH-2.0-x\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!']
    let next = 0
    const request = await callTo((socket) => void socket.end(heads[next++ % heads.length] ?? ''), 5000)
    for (const head of heads) {
      await expect(client.send(request), head).rejects.toMatchObject({ code: 'outbound.unreachable' })
    }
  })
})
