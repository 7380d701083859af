import { createHash, randomBytes, randomUUID } from 'node:crypto'
import {
  get,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { serve, type TestServer } from '../testing/fake-surroundings.ts'
import { messages, type RunningDataPlane, runDataPlane, tokenOf, until } from '../testing/run-data-plane.ts'

const file = randomBytes(3 * 1024 * 1024 + 17)
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let source: TestServer
let plane: RunningDataPlane
let provider: string
let seen: { url: string; headers: IncomingHttpHeaders }[] = []
let answer: RequestListener

beforeAll(async () => {
  source = await serve((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers })
    answer(request, response)
  })
  plane = await runDataPlane({ sources: [source] })
  provider = await plane.participant()
})
beforeEach(() => {
  seen = []
  answer = (_request, response) => void response.end(file)
})
afterAll(async () => {
  await plane.stop()
  await source.close()
})

interface Flow {
  readonly id: string
  readonly token: string
}

async function start(dataAddress: Readonly<Record<string, unknown>> = {}): Promise<Flow> {
  const address = { type: 'HttpData', baseUrl: `${source.url}/file`, ...dataAddress }
  const status = await plane.signal(
    provider,
    '/dataflows/start',
    messages.start('', { metadata: { dataAddress: address } }),
  )
  expect(status.status).toBe(200)
  return { id: status.body.dataFlowId, token: tokenOf(status) }
}

const fetchData = (flow: Flow, path = '', init: RequestInit = {}): Promise<Response> =>
  fetch(`${plane.url('public')}/data/${flow.id}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${flow.token}`, ...init.headers },
  })

/** Opens a request and gives its answer unread, so that the test decides when bytes are taken. */
function openData(flow: Flow): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${flow.token}` }
    get(`${plane.url('public')}/data/${flow.id}`, { headers, agent: false }, resolve).on('error', reject)
  })
}

/** An endless source; tells how much it has written and whether its consumer is gone. */
function endless(): { readonly written: () => number; readonly stopped: () => boolean } {
  let written = 0
  let stopped = false
  const chunk = Buffer.alloc(64 * 1024, 'x')
  answer = (_request, response) => {
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
  return { written: () => written, stopped: () => stopped }
}

const refusalOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code]

describe('the data endpoint', () => {
  test('gives every byte of the source, with its headers, and counts them', async () => {
    answer = (_request, response) => {
      response.setHeader('content-type', 'text/csv')
      response.setHeader('etag', '"1"')
      response.setHeader('set-cookie', 'of=the-source')
      response.end(file)
    }
    const flow = await start()
    const response = await fetchData(flow)
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(response.status).toBe(200)
    expect(digest(bytes)).toBe(digest(file))
    expect(response.headers.get('content-type')).toBe('text/csv')
    expect(response.headers.get('content-length')).toBe(String(file.length))
    expect(response.headers.get('etag')).toBe('"1"')
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('x-correlation-id')).toEqual(expect.any(String))
    await until(async () => (await deliveredBytes(flow)) === file.length, 'the bytes are counted')
  })

  test('gives an answer without bytes, and one without a known length', async () => {
    answer = (_request, response) => void response.end()
    const flow = await start()
    expect((await (await fetchData(flow)).arrayBuffer()).byteLength).toBe(0)
    answer = (_request, response) => {
      response.write(file.subarray(0, 1000))
      setImmediate(() => response.end(file.subarray(1000)))
    }
    expect(digest(new Uint8Array(await (await fetchData(flow)).arrayBuffer()))).toBe(digest(file))
  })

  test('passes Range on and the part back', async () => {
    answer = (request, response) => {
      expect(request.headers.range).toBe('bytes=10-19')
      response.writeHead(206, { 'content-range': `bytes 10-19/${file.length}` }).end(file.subarray(10, 20))
    }
    const response = await fetchData(await start(), '', { headers: { range: 'bytes=10-19' } })
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(`bytes 10-19/${file.length}`)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(file.subarray(10, 20))
  })

  test('asks the source with the headers of the data address, and never with the token of the consumer', async () => {
    const flow = await start({ 'header:Authorization': 'Basic of-the-source', 'header:X-Tenant': 'acme' })
    await (await fetchData(flow)).arrayBuffer()
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Basic of-the-source', 'x-tenant': 'acme' })
    expect(JSON.stringify(seen)).not.toContain(flow.token)
  })

  test('passes path and query on where the data address says so, and nowhere else', async () => {
    const open = await start({ baseUrl: `${source.url}/share`, proxyPath: 'true', proxyQueryParams: 'true' })
    await (await fetchData(open, '/a%20b/c.csv?page=2')).arrayBuffer()
    expect(seen.at(-1)?.url).toBe('/share/a%20b/c.csv?page=2')
    const closed = await start()
    await (await fetchData(closed, '?page=2')).arrayBuffer()
    expect(seen.at(-1)?.url).toBe('/file')
    expect(await refusalOf(await fetchData(closed, '/other'))).toEqual([404, 'data-plane.path-not-offered'])
    expect(await refusalOf(await fetchData(open, '/%2e%2e%2fsecret'))).toEqual([404, 'data-plane.path-not-offered'])
    expect(seen).toHaveLength(2)
  })

  test('takes the bare token too, as partners that run EDC send it', async () => {
    const flow = await start()
    const response = await fetch(`${plane.url('public')}/data/${flow.id}`, { headers: { authorization: flow.token } })
    expect(response.status).toBe(200)
    await response.arrayBuffer()
  })

  test('answers methods other than GET with 405', async () => {
    const flow = await start()
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) {
      expect((await fetchData(flow, '', { method })).status).toBe(405)
    }
    expect(seen).toHaveLength(0)
  })
})

describe('a token', () => {
  test('that is missing, made up, changed, or of another flow is refused without a word to the source', async () => {
    const flow = await start()
    const other = await start()
    const forged = flow.token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    for (const token of ['', 'nonsense', forged, other.token]) {
      const refused = await fetchData({ ...flow, token })
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(await refusalOf(refused)).toEqual([401, 'data-plane.token-invalid'])
    }
    expect(await refusalOf(await fetchData({ ...flow, id: randomUUID() }))).toEqual([401, 'data-plane.token-invalid'])
    expect(seen).toHaveLength(0)
  })

  test('expires after ten minutes', async () => {
    // The calls between take time, too.
    const goOn = plane.stopClock()
    const flow = await start()
    plane.advance(599)
    expect((await fetchData(flow)).status).toBe(200)
    plane.advance(2)
    expect(await refusalOf(await fetchData(flow))).toEqual([401, 'data-plane.token-expired'])
    goOn()
  })

  test('is never written to the log', async () => {
    const flow = await start()
    await (await fetchData(flow)).arrayBuffer()
    await fetchData({ ...flow, token: `${flow.token}x` })
    expect(plane.log.join('')).not.toContain(flow.token)
  })
})

describe('a source that fails', () => {
  test.each([
    [401, 502, 'data-plane.source-refused'],
    [403, 502, 'data-plane.source-refused'],
    [302, 502, 'data-plane.source-refused'],
    [500, 502, 'data-plane.source-refused'],
    [404, 404, 'data-plane.source-not-found'],
    [410, 404, 'data-plane.source-not-found'],
  ])('with %i is answered %i, and nothing of its own text gets out', async (status, expected, code) => {
    answer = (_request, response) =>
      void response.writeHead(status, { location: '/elsewhere' }).end('internal secret text')
    const response = await fetchData(await start())
    expect(response.status).toBe(expected)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ code })
    expect(text).not.toContain('secret')
  })

  test('before its first byte is answered 502 with a code', async () => {
    answer = (request) => void request.socket.destroy()
    expect(await refusalOf(await fetchData(await start()))).toEqual([502, 'data-plane.source-unreachable'])
    const gone = await serve(() => undefined)
    await gone.close()
    expect(await refusalOf(await fetchData(await start({ baseUrl: gone.url })))).toEqual([
      502,
      'data-plane.source-unreachable',
    ])
  })

  test('inside at an address that nobody allowed is not called', async () => {
    const inside = await serve((_request, response) => void response.end('inside'))
    const flow = await start({ baseUrl: inside.url })
    expect(await refusalOf(await fetchData(flow))).toEqual([502, 'data-plane.source-unreachable'])
    await inside.close()
  })

  test.each(['with a length', 'without a length'])(
    'after its first byte breaks the connection: never a short body (%s)',
    async (kind) => {
      answer = (_request, response) => {
        if (kind === 'with a length') response.setHeader('content-length', file.length)
        response.write(file.subarray(0, 100_000), () => response.destroy())
      }
      const response = await fetchData(await start())
      expect(response.status).toBe(200)
      await expect(response.arrayBuffer()).rejects.toThrow()
    },
  )

  test('is not answered after a broken one: the next request gets all bytes', async () => {
    const flow = await start()
    answer = (_request, response) => {
      response.write(file.subarray(0, 100_000), () => response.destroy())
    }
    await expect((await fetchData(flow)).arrayBuffer()).rejects.toThrow()
    answer = (_request, response) => void response.end(file)
    expect(digest(new Uint8Array(await (await fetchData(flow)).arrayBuffer()))).toBe(digest(file))
  })
})

describe('a stream', () => {
  test('waits for its consumer: a slow one does not make the source run ahead', async () => {
    const running = endless()
    const response = await openData(await start())
    await until(() => running.written() > 0, 'the source began')
    let before = -1
    await until(async () => {
      const standing = running.written() === before
      before = running.written()
      await new Promise((resolve) => setTimeout(resolve, 100))
      return standing
    }, 'the source stands still')
    expect(running.written()).toBeLessThan(32 * 1024 * 1024)
    response.destroy()
    await until(running.stopped, 'the source was stopped')
  })

  test('ends at the source when the consumer goes away', async () => {
    const running = endless()
    const response = await openData(await start())
    response.once('data', () => response.destroy())
    await until(running.stopped, 'the source was stopped')
  })

  test('that has no answer yet ends at the source when the consumer goes away', async () => {
    let begin: (() => void) | undefined
    const running = { stopped: false }
    answer = (_request, response: ServerResponse) => {
      response.once('close', () => {
        running.stopped = true
      })
      begin = () => void response.write(file)
    }
    const flow = await start()
    const target = new URL(plane.url('public'))
    const socket = connect(Number(target.port), target.hostname)
    socket.write(`GET /data/${flow.id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${flow.token}\r\n\r\n`)
    await until(() => begin !== undefined, 'the source was asked')
    socket.destroy()
    begin?.()
    await until(() => running.stopped, 'the source was stopped')
  })

  test.each(['suspend', 'terminate', 'completed'])('is cut at once by %s (DPS-26)', async (signal) => {
    const running = endless()
    const flow = await start()
    const response = await openData(flow)
    const broken = new Promise((resolve) => response.once('error', resolve))
    response.resume()
    await until(() => running.written() > 1024 * 1024, 'bytes flow')
    expect((await plane.signal(provider, `/dataflows/${flow.id}/${signal}`, { messageId: randomUUID() })).status).toBe(
      200,
    )
    await broken
    await until(running.stopped, 'the source was stopped')
  })

  test('of another flow goes on', async () => {
    const running = endless()
    const response = await openData(await start())
    let taken = 0
    response.on('data', (chunk: Buffer) => {
      taken += chunk.length
    })
    const other = await start()
    await plane.signal(provider, `/dataflows/${other.id}/terminate`, { messageId: randomUUID() })
    const before = taken
    await until(() => taken > before + 1024 * 1024, 'bytes go on')
    expect(running.stopped()).toBe(false)
    response.destroy()
    await until(running.stopped, 'the source was stopped')
  })

  test('of a context that is disabled is cut', async () => {
    const leaving = await plane.participant()
    const status = await plane.signal(leaving, '/dataflows/start', messages.start(source.url))
    const running = endless()
    const response = await openData({ id: status.body.dataFlowId, token: tokenOf(status) })
    const broken = new Promise((resolve) => response.once('error', resolve))
    response.resume()
    await until(() => running.written() > 0, 'bytes flow')
    await plane.admin('DELETE', `/api/data-plane/v1/participants/${leaving}`)
    await broken
    await until(running.stopped, 'the source was stopped')
  })
})

async function deliveredBytes(flow: Flow): Promise<number> {
  const { migrations, schema } = await import('../store/migrations.ts')
  const database = await plane.database.forService(schema, migrations)
  const row = await database.tenant(provider as never, (tx) =>
    tx.one<{ bytes_delivered: number }>(`select bytes_delivered from ${schema}.data_flow where id = $1`, [flow.id]),
  )
  return row?.bytes_delivered ?? -1
}
