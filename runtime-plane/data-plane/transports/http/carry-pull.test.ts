import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { httpPullProfile } from '@weft/protocols/dps'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Ends } from '../../testing/ends.ts'
import { messages, propertiesOf, type RunningDataPlane, runDataPlane, until } from '../../testing/run-data-plane.ts'

const file = randomBytes(5 * 1024 * 1024 + 3)
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let ends: Ends
let plane: RunningDataPlane
let context: string

beforeAll(async () => {
  ends = await Ends.start()
  plane = await runDataPlane({ sources: ends.servers })
  context = await plane.participant()
})
beforeEach(() => ends.reset(file))
afterAll(async () => {
  await plane.stop()
  await ends.close()
})

const stateOf = async (id: string): Promise<string> =>
  (await plane.signal(context, `/dataflows/${id}/status`)).body.state
const isIn = (id: string, state: string) => until(async () => (await stateOf(id)) === state, `${id} is ${state}`)
const reports = (id: string): readonly string[] => plane.controlPlane.reportsOf(id).map(({ report }) => report)
describe('the consumer of a pull with a destination', () => {
  const destinationOf = (more: object = {}) => ({
    type: 'HttpData',
    baseUrl: `${ends.destination.url}/store`,
    method: 'PUT',
    'header:X-Key': 'of-the-destination',
    ...more,
  })
  const prepare = async (profile = 'HttpData-PULL'): Promise<string> => {
    const message = messages.prepare({
      profile,
      participantId: ends.consumer.did,
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
    endpoint: `${ends.source.url}/data/1`,
    endpointProperties: Object.entries({ authType: 'bearer', ...properties }).map(([name, value]) => ({ name, value })),
  })

  test('DPS-05, DPS-11: fetches the data, hands it over, is COMPLETED and reports it', async () => {
    let asked: IncomingHttpHeaders = {}
    ends.give = (request, response) => {
      asked = request.headers
      response.end(file)
    }
    const id = await prepare()
    expect(await started(id, pullAddress({ authorization: 'token-1' }))).toMatchObject({ status: 200 })
    await isIn(id, 'COMPLETED')
    expect(asked.authorization).toBe('Bearer token-1')
    expect(ends.taken).toMatchObject([{ method: 'PUT', url: '/store', headers: { 'x-key': 'of-the-destination' } }])
    expect(ends.taken[0]?.headers.authorization).toBeUndefined()
    expect(digest(ends.taken[0]?.bytes ?? Buffer.alloc(0))).toBe(digest(file))
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
      refreshEndpoint: `${ends.source.url}/token`,
    }
    expect((await started(id, pullAddress(renewable, httpPullProfile))).status).toBe(200)
    const edc = await prepare()
    expect((await started(edc, pullAddress({ authorization: 't' }))).status).toBe(200)
    for (const flow of [id, edc]) await isIn(flow, 'COMPLETED')
  })

  test('DPS-21, DPS-23: renews its token before it expires, by a client token of its own DID, and keeps the newest', async () => {
    const renewals: { form: URLSearchParams; authorization: string | undefined }[] = []
    plane.controlPlane.sts = async (form) => {
      expect(form.get('client_id')).toBe(ends.consumer.did)
      return ends.consumer.clientToken(form.get('audience') ?? '', form.get('token') ?? '')
    }
    ends.give = async (request, response) => {
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
      refreshEndpoint: `${ends.source.url}/token`,
    }
    await started(id, pullAddress(address, httpPullProfile))
    await isIn(id, 'COMPLETED')
    expect(ends.taken[0]?.bytes.toString()).toBe('fresh data')
    expect(renewals.map(({ form }) => form.get('refresh_token'))).toEqual(['refresh-1', 'refresh-2'])
    expect(renewals.every(({ form }) => form.get('grant_type') === 'refresh_token')).toBe(true)
    const claims = renewals.map(({ authorization }) =>
      JSON.parse(Buffer.from(authorization?.split('.')[1] ?? '', 'base64url').toString()),
    )
    expect(claims).toMatchObject([
      { iss: ends.consumer.did, sub: ends.consumer.did, aud: 'did:web:provider.example', token: 'token-1' },
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
      expect(ends.taken).toHaveLength(0)
      expect(await stateOf(id)).toBe('STARTED')
    },
  )

  test('X-04: takes no more of a renewal than a token can have, and follows no redirect', async () => {
    plane.controlPlane.sts = async () => 'client-token'
    for (const answer of ['huge', 'redirect'] as const) {
      let fetched = 0
      ends.give = (request, response) => {
        if (request.method === 'GET') fetched++
        if (answer === 'redirect') response.writeHead(307, { location: `${ends.destination.url}/elsewhere` }).end()
        else
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(`{"access_token":"${'x'.repeat(200_000)}"}`)
      }
      const id = await prepare(httpPullProfile)
      const refreshEndpoint = `${ends.source.url}/token`
      const address = { authorization: 't', refreshToken: 'r', expiresIn: '0', refreshEndpoint }
      await started(id, pullAddress(address, httpPullProfile))
      await until(() => reports(id).includes('errored'), 'the error is reported')
      expect([fetched, ends.taken]).toEqual([0, []])
    }
  })

  test('a token that does not fit into a header is refused', async () => {
    const id = await prepare()
    const answer = await started(id, pullAddress({ authorization: 'a\r\nx-evil: 1' }))
    expect(answer).toMatchObject({ status: 400, body: { code: 'dps.invalid-data-address' } })
  })

  test('keeps tokens and headers in the vault only', async () => {
    const id = await prepare(httpPullProfile)
    const secret = `s3cr3t${randomUUID()}`
    const address = {
      authorization: secret,
      refreshToken: `${secret}-r`,
      expiresIn: '300',
      refreshEndpoint: `${ends.source.url}/t`,
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

test('DPS-24, DPS-26: between two of ours a renewed token reads, and dies with the flow', async () => {
  const provider = await plane.participant()
  const start = messages.start(ends.source.url, { profile: httpPullProfile, counterPartyId: ends.consumer.did })
  const { body } = await plane.signal(provider, '/dataflows/start', start)
  const properties = propertiesOf(body.dataAddress)
  const form = { grant_type: 'refresh_token', refresh_token: properties.refreshToken ?? '' }
  const clientToken = await ends.consumer.clientToken('did:web:provider.example', properties.authorization ?? '')
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
