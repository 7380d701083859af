import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveFile } from './file-source.ts'
import { download } from './trading.ts'

let folder: string
let outbound: OutboundClient | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-download-'))
})

afterEach(async () => {
  await outbound?.close()
  rmSync(folder, { recursive: true, force: true })
})

function clientFor(origin: string): OutboundClient {
  outbound = createOutboundClient({
    allowedOrigins: [origin],
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  return outbound
}

describe('the download of the demo', () => {
  it('fails as a call when its file cannot be written', async () => {
    const shared = join(folder, 'shared.bin')
    writeFileSync(shared, Buffer.alloc(100_000, 7))
    const source = await serveFile(shared)
    const address = { endpoint: source.url, authorization: 'token' }
    await expect(
      download(address, join(folder, 'missing', 'copy.bin'), clientFor(source.origin)),
    ).rejects.toBeInstanceOf(Error)
    await source.close()
  })

  it('fails as a call when the answer is cut in the middle', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 4_000_000 })
      response.write(Buffer.alloc(2_000_000, 7), () => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`
    const address = { endpoint: `${origin}/shared.bin`, authorization: 'token' }
    await expect(download(address, join(folder, 'copy.bin'), clientFor(origin))).rejects.toBeInstanceOf(Error)
    await new Promise((resolve) => server.close(resolve))
  })
})
