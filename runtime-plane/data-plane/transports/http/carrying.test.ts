import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http'
import { httpPullProfile, httpPushProfile } from '@weft/protocols/dps'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { serve, type TestServer } from '../../testing/fake-surroundings.ts'
import { type Party, startParty } from '../../testing/party.ts'
import { messages, propertiesOf, type RunningDataPlane, runDataPlane, until } from '../../testing/run-data-plane.ts'

const file = randomBytes(5 * 1024 * 1024 + 3)
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Taken {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly whole: boolean
  readonly bytes: Buffer
}

let source: TestServer
let destination: TestServer
let consumer: Party
let plane: RunningDataPlane
let context: string
let give: RequestListener
let statusOf: (request: IncomingMessage) => number
let taken: Taken[] = []

beforeAll(async () => {
  source = await serve((request, response) => give(request, response))
  destination = await serve((request, response) => {
    const chunks: Buffer[] = []
    const note = (whole: boolean): void => {
      const { method = '', url = '', headers } = request
      taken.push({ method, url, headers, whole, bytes: Buffer.concat(chunks) })
    }
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      note(true)
      response.writeHead(statusOf(request)).end()
    })
    request.on('error', () => note(false))
  })
  consumer = await startParty()
  plane = await runDataPlane({ sources: [source, destination, consumer.server] })
  context = await plane.participant()
})
beforeEach(() => {
  taken = []
  give = (_request, response) => void response.writeHead(200, { 'content-type': 'text/csv' }).end(file)
  statusOf = () => 200
})
afterAll(async () => {
  await plane.stop()
  for (const server of [source, destination, consumer.server]) await server.close()
})

const stateOf = async (id: string): Promise<string> =>
  (await plane.signal(context, `/dataflows/${id}/status`)).body.state
const isIn = (id: string, state: string) => until(async () => (await stateOf(id)) === state, `${id} is ${state}`)
const reports = (id: string): readonly string[] => plane.controlPlane.reportsOf(id).map(({ report }) => report)
const end = (id: string, signal: string) =>
  plane.signal(context, `/dataflows/${id}/${signal}`, { messageId: randomUUID() })

const pushAddress = (more: object = {}) => ({
  endpointType: httpPushProfile,
  endpoint: `${destination.url}/inbox`,
  endpointProperties: [
    { name: 'authorization', value: 'of-the-consumer' },
    { name: 'authType', value: 'bearer' },
  ],
  ...more,
})
const push = (more: Readonly<Record<string, unknown>> = {}) =>
  messages.start(source.url, { profile: httpPushProfile, dataAddress: pushAddress(), ...more })

/** An endless source; tells whether its reader is gone, and how much it has written. */
function endless(): { readonly stopped: () => boolean; readonly written: () => number } {
  let stopped = false
  let written = 0
  const chunk = Buffer.alloc(64 * 1024, 'x')
  give = (_request, response) => {
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

describe('the provider of a push', () => {
  test('DPS-02, DPS-11: sends its source to the consumer, is COMPLETED, and reports it', async () => {
    const message = push()
    const { status, body } = await plane.signal(context, '/dataflows/start', message)
    expect([status, body.state]).toEqual([200, 'STARTED'])
    expect(body).not.toHaveProperty('dataAddress')
    await isIn(message.processId, 'COMPLETED')
    expect(taken).toMatchObject([
      {
        method: 'POST',
        url: '/inbox',
        headers: { authorization: 'Bearer of-the-consumer', 'content-type': 'text/csv' },
      },
    ])
    expect(digest(taken[0]?.bytes ?? Buffer.alloc(0))).toBe(digest(file))
    await until(() => reports(message.processId).length > 0, 'completed is reported')
    expect(plane.controlPlane.reportsOf(message.processId)).toEqual([
      {
        report: 'completed',
        body: { messageId: expect.any(String), dataFlowId: message.processId, state: 'COMPLETED' },
      },
    ])
    // The control plane's own signal afterwards finds the work done.
    expect((await end(message.processId, 'completed')).status).toBe(200)
  })

  test('DPS-04: is not started without an address, nor with one that is not of the profile', async () => {
    const missing = await plane.signal(context, '/dataflows/start', push({ dataAddress: undefined }))
    expect(missing).toMatchObject({ status: 400, body: { code: 'dps.data-address-missing' } })
    for (const dataAddress of [
      pushAddress({ endpointType: httpPullProfile }),
      pushAddress({ endpoint: 'http://consumer.example/inbox' }),
      pushAddress({ endpoint: 'file:///var/inbox' }),
    ]) {
      const answer = await plane.signal(context, '/dataflows/start', push({ dataAddress }))
      expect(answer).toMatchObject({ status: 400, body: { code: 'dps.invalid-data-address' } })
    }
  })

  test('DPS-26: stops sending at once when it is suspended, and sends all of it again when resumed with a new address', async () => {
    const stream = endless()
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await until(() => stream.written() > 1024 * 1024, 'data flows')
    await end(message.processId, 'suspend')
    await until(() => taken.length === 1 && stream.stopped(), 'both ends are broken off')
    expect(taken[0]?.whole).toBe(false)
    expect(await stateOf(message.processId)).toBe('SUSPENDED')
    give = (_request, response) => void response.end('all')
    const properties = [
      { name: 'authorization', value: 'a-new-one' },
      { name: 'authType', value: 'bearer' },
    ]
    const resumed = await plane.signal(context, `/dataflows/${message.processId}/resume`, {
      messageId: randomUUID(),
      dataAddress: pushAddress({ endpointProperties: properties }),
    })
    expect(resumed).toMatchObject({ status: 200, body: { state: 'STARTED' } })
    await isIn(message.processId, 'COMPLETED')
    expect(taken[1]?.headers.authorization).toBe('Bearer a-new-one')
    expect(taken[1]?.bytes.toString()).toBe('all')
  })

  test('goes no faster than the consumer takes it', async () => {
    const stream = endless()
    const slow = await serve((request) => void request.pause())
    const other = await runDataPlane({ sources: [source, slow] })
    const name = await other.participant()
    const message = push({ dataAddress: pushAddress({ endpoint: slow.url }) })
    await other.signal(name, '/dataflows/start', message)
    await until(() => stream.written() > 0, 'data flows')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const before = stream.written()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(stream.written()).toBe(before)
    expect(before).toBeLessThan(32 * 1024 * 1024)
    await other.signal(name, `/dataflows/${message.processId}/terminate`, { messageId: randomUUID() })
    await until(stream.stopped, 'the source is let go')
    await other.stop()
    await slow.close()
  })

  test('tries again when the consumer is not ready', async () => {
    statusOf = () => (taken.length === 1 ? 503 : 200)
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await isIn(message.processId, 'COMPLETED')
    expect(taken).toHaveLength(2)
  })

  test.each<[string, () => void, object]>([
    ['the consumer refuses', () => (statusOf = () => 403), {}],
    ['the source is gone', () => (give = (_request, response) => void response.writeHead(404).end()), {}],
    ['the address points inside', () => undefined, { endpoint: 'https://169.254.169.254/latest/meta-data' }],
    ['the address is a private one', () => undefined, { endpoint: 'https://10.0.0.1/inbox' }],
  ])('DPS-12: reports an error without a change of state when %s', async (_what, arrange, address) => {
    arrange()
    const message = push({ dataAddress: pushAddress(address) })
    await plane.signal(context, '/dataflows/start', message)
    await until(() => reports(message.processId).length > 0, 'the error is reported')
    expect(plane.controlPlane.reportsOf(message.processId)).toMatchObject([
      { report: 'errored', body: { state: 'STARTED', error: expect.stringMatching(/^data-plane\./) } },
    ])
    expect(await stateOf(message.processId)).toBe('STARTED')
  })

  test('a source that breaks off never becomes a whole delivery', async () => {
    give = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' }).write(Buffer.alloc(500_000))
      setTimeout(() => response.destroy(), 20)
    }
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await until(() => taken.length > 0, 'the delivery ends')
    expect(taken[0]?.whole).toBe(false)
    await end(message.processId, 'terminate')
  })
})

describe('the consumer of a pull with a destination', () => {
  const destinationOf = (more: object = {}) => ({
    type: 'HttpData',
    baseUrl: `${destination.url}/store`,
    method: 'PUT',
    'header:X-Key': 'of-the-destination',
    ...more,
  })
  const prepare = async (profile = 'HttpData-PULL'): Promise<string> => {
    const message = messages.prepare({
      profile,
      participantId: consumer.did,
      counterPartyId: 'did:web:provider.example',
      metadata: { dataDestination: destinationOf() },
    })
    const { status, body } = await plane.signal(context, '/dataflows/prepare', message)
    expect([status, body.state]).toEqual([200, 'PREPARED'])
    expect(body).not.toHaveProperty('dataAddress')
    return message.processId
  }
  const started = (id: string, dataAddress: object) =>
    plane.signal(context, `/dataflows/${id}/started`, { messageId: randomUUID(), dataAddress })
  const pullAddress = (properties: Readonly<Record<string, string>>, profile = 'https://w3id.org/idsa/v4.1/HTTP') => ({
    endpointType: profile,
    endpoint: `${source.url}/data/1`,
    endpointProperties: Object.entries({ authType: 'bearer', ...properties }).map(([name, value]) => ({ name, value })),
  })

  test('DPS-05, DPS-11: fetches the data, hands it over, is COMPLETED and reports it', async () => {
    let asked: IncomingHttpHeaders = {}
    give = (request, response) => {
      asked = request.headers
      response.end(file)
    }
    const id = await prepare()
    expect(await started(id, pullAddress({ authorization: 'token-1' }))).toMatchObject({ status: 200 })
    await isIn(id, 'COMPLETED')
    expect(asked.authorization).toBe('Bearer token-1')
    expect(taken).toMatchObject([{ method: 'PUT', url: '/store', headers: { 'x-key': 'of-the-destination' } }])
    expect(taken[0]?.headers.authorization).toBeUndefined()
    expect(digest(taken[0]?.bytes ?? Buffer.alloc(0))).toBe(digest(file))
    await until(() => reports(id).includes('completed'), 'completed is reported')
  })

  test('DPS-25: refuses an address of the HTTP profile without renewal, and takes that of a partner that runs EDC', async () => {
    const id = await prepare(httpPullProfile)
    const without = await started(id, pullAddress({ authorization: 't' }, httpPullProfile))
    expect(without).toMatchObject({ status: 400, body: { code: 'dps.invalid-data-address' } })
    expect(await stateOf(id)).toBe('PREPARED')
    const renewable = {
      authorization: 't',
      refreshToken: 'r',
      expiresIn: '300',
      refreshEndpoint: `${source.url}/token`,
    }
    expect((await started(id, pullAddress(renewable, httpPullProfile))).status).toBe(200)
    const edc = await prepare()
    expect((await started(edc, pullAddress({ authorization: 't' }))).status).toBe(200)
  })

  test('DPS-21, DPS-23: renews its token before it expires, by a client token of its own DID, and keeps the newest', async () => {
    const renewals: { form: URLSearchParams; authorization: string | undefined }[] = []
    plane.controlPlane.sts = async (form) => {
      expect(form.get('client_id')).toBe(consumer.did)
      return consumer.clientToken(form.get('audience') ?? '', form.get('token') ?? '')
    }
    give = async (request, response) => {
      if (request.method === 'GET') {
        // The first two tries fail after the renewal, so that the renewed token is used, and renewed again.
        const isNewest = request.headers.authorization === 'Bearer token-3'
        response.writeHead(isNewest ? 200 : 401).end(isNewest ? 'fresh data' : '')
        return
      }
      let text = ''
      for await (const chunk of request) text += String(chunk)
      renewals.push({ form: new URLSearchParams(text), authorization: request.headers.authorization })
      const count = renewals.length + 1
      const body = {
        access_token: `token-${count}`,
        refresh_token: `refresh-${count}`,
        token_type: 'Bearer',
        expires_in: 300,
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const id = await prepare(httpPullProfile)
    const address = {
      authorization: 'token-1',
      refreshToken: 'refresh-1',
      expiresIn: '0',
      refreshEndpoint: `${source.url}/token`,
    }
    await started(id, pullAddress(address, httpPullProfile))
    await isIn(id, 'COMPLETED')
    expect(taken[0]?.bytes.toString()).toBe('fresh data')
    expect(renewals.map(({ form }) => form.get('refresh_token'))).toEqual(['refresh-1', 'refresh-2'])
    expect(renewals.every(({ form }) => form.get('grant_type') === 'refresh_token')).toBe(true)
    const claims = renewals.map(({ authorization }) =>
      JSON.parse(Buffer.from(authorization?.split('.')[1] ?? '', 'base64url').toString()),
    )
    expect(claims).toMatchObject([
      { iss: consumer.did, sub: consumer.did, aud: 'did:web:provider.example', token: 'token-1' },
      { token: 'token-2' },
    ])
  })

  test.each(['https://169.254.169.254/token', 'https://[::1]/token', 'http://localhost:1/token'])(
    'DPS-21: never calls a refresh endpoint inside: %s',
    async (refreshEndpoint) => {
      plane.controlPlane.sts = async () => 'client-token'
      const id = await prepare(httpPullProfile)
      const address = { authorization: 't', refreshToken: 'r', expiresIn: '0', refreshEndpoint }
      expect((await started(id, pullAddress(address, httpPullProfile))).status).toBe(200)
      await until(() => reports(id).includes('errored'), 'the error is reported')
      expect(taken).toHaveLength(0)
      expect(await stateOf(id)).toBe('STARTED')
    },
  )

  test('keeps tokens and headers in the vault only', async () => {
    const id = await prepare(httpPullProfile)
    const secret = `s3cr3t${randomUUID()}`
    const address = {
      authorization: secret,
      refreshToken: `${secret}-r`,
      expiresIn: '300',
      refreshEndpoint: `${source.url}/t`,
    }
    await started(id, pullAddress(address, httpPullProfile))
    await isIn(id, 'COMPLETED')
    const rows = await plane.rows(context)
    expect(JSON.stringify(rows)).toContain(id)
    for (const text of [secret, 'of-the-destination']) {
      expect(JSON.stringify(rows)).not.toContain(text)
      expect(plane.log.join('')).not.toContain(text)
    }
  })

  test.each([
    ['a file', { type: 'File', baseUrl: '/var/data' }],
    ['a file URL', { type: 'HttpData', baseUrl: 'file:///var/data' }],
    ['nothing usable', 'x'],
  ])('refuses a destination that is %s', async (_what, dataDestination) => {
    const answer = await plane.signal(
      context,
      '/dataflows/prepare',
      messages.prepare({ metadata: { dataDestination } }),
    )
    expect(answer).toMatchObject({ status: 400, body: { code: 'data-plane.destination-invalid' } })
  })
})

test('what is interrupted by the end of the process begins again at its next start', async () => {
  const stream = endless()
  const first = await runDataPlane({ sources: [source, destination] })
  const name = await first.participant()
  const message = push()
  await first.signal(name, '/dataflows/start', message)
  await until(() => stream.written() > 1024 * 1024, 'data flows')
  await first.stopKeepingData()
  await until(stream.stopped, 'the source is let go')
  give = (_request, response) => void response.end('all of it')
  const second = await runDataPlane({ sources: [source, destination], replicaOf: first })
  await until(() => taken.some(({ whole }) => whole), 'it is sent whole')
  expect(taken.find(({ whole }) => whole)?.bytes.toString()).toBe('all of it')
  await until(() => second.controlPlane.reportsOf(message.processId).length > 0, 'completed is reported')
  await second.stop()
  await first.database.close()
})

test('DPS-24, DPS-26: between two of ours a renewed token reads, and dies with the flow', async () => {
  const provider = await plane.participant()
  const start = messages.start(source.url, { profile: httpPullProfile, counterPartyId: consumer.did })
  const { body } = await plane.signal(provider, '/dataflows/start', start)
  const properties = propertiesOf(body.dataAddress)
  const form = { grant_type: 'refresh_token', refresh_token: properties.refreshToken ?? '' }
  const clientToken = await consumer.clientToken('did:web:provider.example', properties.authorization ?? '')
  const url = `${plane.url('public')}/data/${start.processId}`
  const answer = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clientToken}` },
    body: new URLSearchParams(form),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const read = async () => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status
  expect(await read()).toBe(200)
  await plane.signal(provider, `/dataflows/${start.processId}/terminate`, { messageId: randomUUID() })
  expect(await read()).toBe(403)
})
