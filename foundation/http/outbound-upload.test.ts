import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../telemetry/index.ts'
import { type CountedOutboundClient, createOutboundClient } from './index.ts'

let server: Server
let url: string
let outbound: CountedOutboundClient
let answer: RequestListener
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  outbound = createOutboundClient({
    allowedOrigins: [url],
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
})
afterAll(async () => {
  await outbound.close()
  server.closeAllConnections()
  server.close()
})

const chunk = Buffer.alloc(64 * 1024, 'x')

/** A body that counts what was taken of it; without an end unless one is given. */
function counted(chunks = Number.POSITIVE_INFINITY): { readonly body: Readable; taken(): number } {
  let taken = 0
  const body = new Readable({
    read() {
      taken++
      this.push(taken > chunks ? null : chunk)
    },
  })
  return { body, taken: () => taken }
}

test('a stream is sent whole, and goes on beyond the time limit as long as bytes are taken', async () => {
  let size = 0
  answer = (request, response) => {
    request.on('data', (part: Buffer) => {
      size += part.length
    })
    request.on('end', () => response.end('taken'))
  }
  const slow = Readable.from(
    (async function* () {
      for (let sent = 0; sent < 8; sent++) {
        await new Promise((resolve) => setTimeout(resolve, 150))
        yield chunk
      }
    })(),
  )
  const response = await outbound.send({ method: 'POST', url, body: slow, timeoutMs: 1000, purpose: 'test' })
  expect([response.text(), size]).toEqual(['taken', 8 * chunk.length])
})

test('a stream goes no faster than its receiver, and one that takes nothing is given up (X-04)', async () => {
  answer = (request) => void request.pause()
  const { body, taken } = counted()
  const sending = outbound.send({ method: 'POST', url, body, timeoutMs: 150, purpose: 'test' })
  await expect(sending).rejects.toMatchObject({ code: 'outbound.timeout' })
  expect(taken()).toBeLessThan(400)
  expect(body.destroyed).toBe(true)
})

test('a stream that breaks off breaks the request off: the receiver never takes a part for the whole', async () => {
  const begun = Promise.withResolvers<void>()
  const ended = new Promise<string>((resolve) => {
    answer = (request) => {
      request.on('error', () => resolve('broken'))
      request.on('end', () => resolve('whole'))
      request.on('data', () => begun.resolve())
    }
  })
  const body = Readable.from(
    (async function* () {
      yield chunk
      await begun.promise
      throw new Error('the source broke')
    })(),
  )
  await expect(outbound.send({ method: 'POST', url, body, purpose: 'test' })).rejects.toThrow()
  expect(await ended).toBe('broken')
})

test('a refusal before the end is an answer, and ends the stream', async () => {
  answer = (_request, response) => void response.writeHead(401).end('no')
  const { body } = counted()
  const sending = outbound.send({ method: 'POST', url, body, timeoutMs: 10_000, purpose: 'test' })
  const outcome = await sending.then(
    (response) => response.status,
    (error: { code: string }) => error.code,
  )
  expect(outcome).toBeOneOf([401, 'outbound.unreachable'])
  expect(body.destroyed).toBe(true)
})

test('an address that is not called ends the stream too (X-05)', async () => {
  const { body } = counted()
  const sending = outbound.send({ method: 'POST', url: 'https://169.254.169.254/', body, purpose: 'test' })
  await expect(sending).rejects.toMatchObject({ code: 'outbound.address-refused' })
  expect(body.destroyed).toBe(true)
})
