import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http'
import { serve, type TestServer } from './fake-surroundings.ts'
import { type Party, startParty } from './party.ts'

/** A body that came to the destination, or to the endpoint of a push. */
export interface Taken {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** False when its sender broke off. */
  readonly whole: boolean
  readonly bytes: Buffer
}

/** Both ends of carriages as real servers: a source, a destination, and a consumer with a DID. */
export class Ends {
  readonly source: TestServer
  readonly destination: TestServer
  readonly consumer: Party
  taken: Taken[] = []
  /** Bytes that have come to the destination, of bodies that are not over yet too. */
  coming = 0
  /** How the source answers. */
  give: RequestListener = (_request, response) => void response.end()
  /** How the destination answers a body that has come whole. */
  statusOf: (request: IncomingMessage) => number = () => 200

  private constructor(source: TestServer, destination: TestServer, consumer: Party) {
    this.source = source
    this.destination = destination
    this.consumer = consumer
  }

  static async start(): Promise<Ends> {
    const found: { ends?: Ends } = {}
    const source = await serve((request, response) => found.ends?.give(request, response))
    const destination = await serve((request, response) => {
      const chunks: Buffer[] = []
      const note = (whole: boolean): void => {
        const { method = '', url = '', headers } = request
        found.ends?.taken.push({ method, url, headers, whole, bytes: Buffer.concat(chunks) })
      }
      request.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (found.ends) found.ends.coming += chunk.length
      })
      request.on('end', () => {
        note(true)
        response.writeHead(found.ends?.statusOf(request) ?? 500).end()
      })
      request.on('error', () => note(false))
    })
    found.ends = new Ends(source, destination, await startParty())
    return found.ends
  }

  get servers(): readonly TestServer[] {
    return [this.source, this.destination, this.consumer.server]
  }

  /** Forgets what was taken; the source gives these bytes from now on. */
  reset(bytes: Buffer): void {
    this.taken = []
    this.coming = 0
    this.give = (_request, response) => void response.writeHead(200, { 'content-type': 'text/csv' }).end(bytes)
    this.statusOf = () => 200
  }

  /** Makes the source endless; tells whether its reader is gone, and how much it has written. */
  endless(): { readonly stopped: () => boolean; readonly written: () => number } {
    let stopped = false
    let written = 0
    const chunk = Buffer.alloc(64 * 1024, 'x')
    this.give = (_request, response) => {
      response.once('close', () => {
        stopped = true
      })
      const more = (): void => {
        if (stopped) return
        written += chunk.length
        if (response.write(chunk)) setImmediate(more)
        else response.once('drain', more)
      }
      more()
    }
    return { stopped: () => stopped, written: () => written }
  }

  async close(): Promise<void> {
    for (const server of this.servers) await server.close()
  }
}
