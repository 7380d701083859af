import { createServer, type Server } from 'node:http'
import { json } from 'node:stream/consumers'

/** A request that the other side of a conformance run gets. */
export interface ReceivedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  /** Parsed JSON; undefined without a body, the text as it is where it is no JSON. */
  readonly body: unknown
}

export interface GivenAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface CounterpartServer {
  /** `http://localhost:41234` */
  readonly url: string
  close(): Promise<void>
}

/**
 * An HTTP server that stands for somebody else's software, on loopback. A handler that fails is a 500.
 * @param wanted port; a free one when absent
 */
export async function serveCounterpart(
  handle: (request: ReceivedRequest) => Promise<GivenAnswer> | GivenAnswer,
  wanted = 0,
): Promise<CounterpartServer> {
  const server = createServer((request, response) => {
    const respond = ({ status, body, headers }: GivenAnswer): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(body === undefined ? undefined : JSON.stringify(body))
    }
    bodyOf(request)
      .then((body) =>
        handle({
          method: request.method ?? 'GET',
          path: (request.url ?? '/').split('?')[0] ?? '/',
          authorization: request.headers.authorization,
          contentType: request.headers['content-type'],
          body,
        }),
      )
      .then(respond, (error: unknown) => respond({ status: 500, body: { error: String(error) } }))
  })
  const port = await listen(server, wanted)
  return {
    url: `http://localhost:${port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function bodyOf(request: NodeJS.ReadableStream & { readonly headers: NodeJS.Dict<string | string[]> }) {
  const type = String(request.headers['content-type'] ?? '')
  if (type.includes('json')) return json(request).catch(() => undefined)
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? undefined : text
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address) resolve(address.port)
    })
  })
}
