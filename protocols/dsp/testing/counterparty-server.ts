import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'

interface ReceivedRequest {
  readonly method: string
  /** With its query, as it came. */
  readonly path: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  /** Undefined without a body. */
  readonly body: unknown
}

interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Objects are sent as JSON. */
  readonly body?: object | string
}

/** A server on loopback that remembers what it was sent and answers as a test says, with the real client in front of it. */
export interface CounterpartyServer {
  readonly origin: string
  readonly outbound: OutboundClient
  readonly received: readonly ReceivedRequest[]
  /** The answer to every request from now on; forgets what was received. */
  answerWith(reply: Reply): void
  close(): Promise<void>
}

export async function startCounterpartyServer(): Promise<CounterpartyServer> {
  const received: ReceivedRequest[] = []
  let reply: Reply = {}
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    received.push({
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
      body: text === '' ? undefined : JSON.parse(text),
    })
    const { status = 200, headers = {}, body = '' } = reply
    response.writeHead(status, {
      ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    })
    response.end(typeof body === 'object' ? JSON.stringify(body) : body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const outbound = createOutboundClient({
    allowedOrigins: [origin],
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  return {
    origin,
    outbound,
    received,
    answerWith: (next) => {
      reply = next
      received.length = 0
    },
    close: async () => {
      await outbound.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
