import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedCall {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  /** Parsed JSON, the text of a form, or undefined without a body. */
  readonly body: unknown
}

export interface FakeAnswer {
  readonly status: number
  readonly body?: unknown
}

/** A system that agents call, with a real listener on a free port. It keeps what it was asked. */
export interface FakeSystem {
  readonly url: string
  readonly calls: readonly ReceivedCall[]
  /** Answers the next calls with these before it behaves as usual again. */
  failNext(...answers: readonly FakeAnswer[]): void
  close(): Promise<void>
}

/** Starts a fake whose usual behaviour is `answer`. */
export async function startFakeSystem(answer: (call: ReceivedCall) => FakeAnswer): Promise<FakeSystem> {
  const calls: ReceivedCall[] = []
  const next: FakeAnswer[] = []
  const server: Server = createServer(async (request, response) => {
    const call = await readCall(request)
    calls.push(call)
    const { status, body } = next.shift() ?? answer(call)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? '' : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    failNext: (...answers) => void next.push(...answers),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
    },
  }
}

async function readCall(request: IncomingMessage): Promise<ReceivedCall> {
  const text = (await request.toArray()).join('')
  const isJson = request.headers['content-type']?.includes('json')
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    authorization: request.headers.authorization,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
  }
}
