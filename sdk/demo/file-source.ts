import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** An organisation's own web server with the file that it shares; the data plane fetches from here. */
export interface FileSource {
  /** `http://localhost:43211/parts.csv` */
  readonly url: string
  readonly origin: string
  readonly name: string
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  close(): Promise<void>
}

/** Serves one file on a free loopback port (or the one given, so that a restarted demo finds it again). */
export async function serveFile(path: string, port = 0): Promise<FileSource> {
  const { size } = await stat(path)
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/octet-stream')
    response.setHeader('content-length', size)
    if (request.method === 'HEAD') response.end()
    else pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), response).catch(() => response.destroy())
  })
  const origin = `http://localhost:${await listen(server, port)}`
  return {
    url: `${origin}/${encodeURIComponent(basename(path))}`,
    origin,
    name: basename(path),
    bytes: size,
    sha256: await digestOf(path),
    close: () => close(server),
  }
}

/** SHA-256 of a file, lower-case hexadecimal, read as a stream. */
async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
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

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
