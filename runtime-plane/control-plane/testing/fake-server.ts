import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as fakes see it. */
export interface FakeRequest {
  readonly method: string
  /** Path without query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

export interface FakeAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A small HTTP server on a free loopback port, for what stands in for other services. */
export interface FakeServer {
  readonly url: string
  close(): Promise<void>
}

/** Starts one; a thrown error is answered 500 with its text. */
export async function startFakeServer(answer: (request: FakeRequest) => Promise<FakeAnswer>): Promise<FakeServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const [path = ''] = (request.url ?? '').split('?')
      const text = Buffer.concat(chunks).toString('utf8')
      const given = await answer({ method: request.method ?? 'GET', path, headers: request.headers, text }).catch(
        (error: unknown): FakeAnswer => ({ status: 500, body: { error: String(error) } }),
      )
      const isText = typeof given.body === 'string'
      response.writeHead(given.status, { 'content-type': isText ? 'text/plain' : 'application/json', ...given.headers })
      response.end(given.body === undefined ? undefined : isText ? given.body : JSON.stringify(given.body))
    })
  })
  await listen(server)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
}
