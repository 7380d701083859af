import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The entrance of a deployment: a public URL that is known before the listener behind it has a port. */
export interface Entrance {
  readonly url: string
  /** Sends everything on to the listener. */
  openTo(listenerUrl: string): void
  close(): Promise<void>
}

export async function startEntrance(): Promise<Entrance> {
  let target: URL | undefined
  const server = createServer((incoming, answer) => {
    if (!target) {
      answer.writeHead(503).end()
      return
    }
    const onward = request(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openTo: (listenerUrl) => {
      target = new URL(listenerUrl)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
