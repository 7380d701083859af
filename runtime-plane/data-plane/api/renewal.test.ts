import { randomUUID } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import { httpPullProfile } from '@weft/protocols/dps'
import { signJwt } from '@weft/protocols/trust'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve, type TestServer } from '../testing/fake-surroundings.ts'
import { type Party, startParty } from '../testing/party.ts'
import { messages, propertiesOf, type RunningDataPlane, runDataPlane, until } from '../testing/run-data-plane.ts'

const providerDid = 'did:web:provider.example'
let source: TestServer
let consumer: Party
let stranger: Party
let plane: RunningDataPlane
let provider: string

beforeAll(async () => {
  source = await serve((_request, response) => void response.write('begin'))
  ;[consumer, stranger] = [await startParty(), await startParty()]
  plane = await runDataPlane({ sources: [source, consumer.server, stranger.server] })
  provider = await plane.participant()
})
afterAll(async () => {
  await plane.stop()
  for (const server of [source, consumer.server, stranger.server]) await server.close()
})

interface Tokens {
  readonly id: string
  readonly access: string
  readonly refresh: string
}

async function start(): Promise<Tokens & { readonly address: ReturnType<typeof JSON.parse> }> {
  const message = messages.start(source.url, { profile: httpPullProfile, counterPartyId: consumer.did })
  const { status, body } = await plane.signal(provider, '/dataflows/start', message)
  expect(status).toBe(200)
  const { authorization = '', refreshToken = '' } = propertiesOf(body.dataAddress)
  return { id: body.dataFlowId, access: authorization, refresh: refreshToken, address: body.dataAddress }
}

async function renew(
  { id, refresh }: Pick<Tokens, 'id' | 'refresh'>,
  clientToken: string | undefined,
  form: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(`${plane.url('public')}/data/${id}/token`, {
    method: 'POST',
    headers: clientToken === undefined ? {} : { authorization: `Bearer ${clientToken}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh, ...form }),
  })
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

const renewAs = async (tokens: Tokens, changes?: Readonly<Record<string, unknown>>) =>
  renew(tokens, await consumer.clientToken(providerDid, tokens.access, changes))

async function renewed(tokens: Tokens): Promise<Tokens> {
  const { status, body } = await renewAs(tokens)
  expect(status).toBe(200)
  return { id: tokens.id, access: body.access_token, refresh: body.refresh_token }
}

const fetchData = ({ id, access }: Tokens): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${access}` }
    const request = get(`${plane.url('public')}/data/${id}`, { headers, agent: false }, (response) => {
      resolve(response.statusCode ?? 0)
      response.on('error', () => undefined)
      response.destroy()
    })
    request.on('error', reject)
  })

describe('a started http-pull flow', () => {
  test('DPS-20, DPS-24: names token, refresh token, life and place of renewal', async () => {
    const { id, address } = await start()
    expect(address).toMatchObject({ '@type': 'DataAddress', endpointType: httpPullProfile })
    expect(address.endpoint).toMatch(/^https?:\/\//)
    const properties = propertiesOf(address)
    expect(properties).toMatchObject({ authType: 'bearer', refreshEndpoint: `http://localhost:7100/data/${id}/token` })
    expect(properties.expiresIn).toMatch(/^\d+$/)
  })

  test('DPS-21, DPS-24: gives its consumer another access token, under which data is fetched', async () => {
    const tokens = await start()
    const { status, headers, body } = await renewAs(tokens)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600 })
    expect(body.access_token).not.toBe(tokens.access)
    expect(await fetchData({ ...tokens, access: body.access_token })).toBe(200)
  })

  test('DPS-21: an access token that has expired is renewed all the same', async () => {
    const tokens = await start()
    plane.advance(601)
    expect(await fetchData(tokens)).toBe(401)
    const now = Math.floor(Date.now() / 1000) + 601
    const { status, body } = await renewAs(tokens, { iat: now, exp: now + 300 })
    plane.advance(-601)
    expect(status).toBe(200)
    expect(await fetchData({ ...tokens, access: body.access_token })).toBe(200)
  })

  test('DPS-23: each refresh token is good once; a second use ends every token and every stream, and is reported', async () => {
    const first = await start()
    const second = await renewed(first)
    const third = await renewed(second)
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${third.access}` }
      get(`${plane.url('public')}/data/${first.id}`, { headers, agent: false }, resolve).on('error', reject)
    })
    const broken = new Promise((resolve) => stream.once('error', resolve))
    stream.resume()
    expect(await renewAs({ ...first, access: third.access })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    await broken
    expect(await fetchData(third)).toBe(401)
    expect(await renewAs(third)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    await until(() => plane.controlPlane.reportsOf(first.id).length > 0, 'the control plane is told')
    expect(plane.controlPlane.reportsOf(first.id)).toMatchObject([{ report: 'errored', body: { state: 'STARTED' } }])
  })

  test('DPS-23: of many uses of one refresh token at once, one at most gets a token', async () => {
    const tokens = await start()
    const answers = await Promise.all(Array.from({ length: 6 }, () => renewAs(tokens)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]))
  })

  test.each(['suspend', 'terminate', 'completed'])('DPS-26: gives no token after %s', async (signal) => {
    const tokens = await renewed(await start())
    await plane.signal(provider, `/dataflows/${tokens.id}/${signal}`, { messageId: randomUUID() })
    expect(await fetchData(tokens)).toBe(403)
    expect(await renewAs(tokens)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  test('DPS-26: resumed, it has a new refresh token, and the old one gives nothing', async () => {
    const tokens = await start()
    await plane.signal(provider, `/dataflows/${tokens.id}/suspend`, { messageId: randomUUID() })
    const { body } = await plane.signal(provider, `/dataflows/${tokens.id}/resume`, { messageId: randomUUID() })
    const { authorization = '', refreshToken = '' } = propertiesOf(body.dataAddress)
    expect(await renewAs(tokens)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await renewAs({ id: tokens.id, access: authorization, refresh: refreshToken })).status).toBe(200)
  })
})

describe('a renewal is refused', () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['DPS-21: for another provider', { aud: 'did:web:other.example' }],
    ['DPS-21: without an audience', { aud: undefined }],
    ['DPS-22: in the name of somebody else', { iss: 'did:web:other.example', sub: 'did:web:other.example' }],
    ['DPS-21: whose issuer is not its subject', { sub: 'did:web:other.example' }],
    ['DPS-21: without the access token', { token: undefined }],
    ['DPS-21: about another access token', { token: 'w2.e30.x' }],
    ['DPS-21: that has expired', { iat: 1_700_000_000, exp: 1_700_000_300 }],
    ['DPS-21: from the future', { iat: 4_000_000_000, exp: 4_000_000_300 }],
  ])('%s', async (_what, changes) => {
    const tokens = await start()
    expect(await renewAs(tokens, changes)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    // It took nothing away from who may ask.
    expect((await renewAs(tokens)).status).toBe(200)
  })

  test('DPS-22: to another DID, whoever signed; its refresh token stays good', async () => {
    const tokens = await start()
    const { did } = consumer
    const forged = [
      await stranger.clientToken(providerDid, tokens.access),
      await stranger.clientToken(providerDid, tokens.access, { iss: did, sub: did }),
      await signJwt(
        { iss: did, sub: did, aud: providerDid, token: tokens.access },
        { ...stranger.key, kid: consumer.key.kid },
      ),
      undefined,
      'nonsense',
    ]
    for (const token of forged) {
      expect(await renew(tokens, token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    }
    expect((await renewAs(tokens)).status).toBe(200)
  })

  test('DPS-17: when the client token was used before', async () => {
    const tokens = await start()
    const jti = randomUUID()
    const next = await (async () => {
      const { body } = await renewAs(tokens, { jti })
      return { id: tokens.id, access: body.access_token as string, refresh: body.refresh_token as string }
    })()
    expect(await renewAs(next, { jti })).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect((await renewAs(next)).status).toBe(200)
  })

  test('DPS-21: with a refresh token that is none, forged, or of another flow', async () => {
    const [tokens, other] = [await start(), await start()]
    const clientToken = () => consumer.clientToken(providerDid, tokens.access)
    for (const refresh of [
      'unknown',
      tokens.access,
      `${tokens.refresh.slice(0, -2)}xx`,
      other.refresh,
      `r2.${Buffer.from(JSON.stringify([provider, tokens.id, 0, 0])).toString('base64url')}.${'A'.repeat(43)}`,
      `r2.${Buffer.from(JSON.stringify(['../x', tokens.id, 0, 0])).toString('base64url')}.AAAA`,
    ]) {
      const answer = await renew({ id: tokens.id, refresh }, await clientToken())
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }
    // The client token that goes with another flow's access token opens nothing here.
    const foreign = await consumer.clientToken(providerDid, other.access)
    expect(await renew(tokens, foreign)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  test('when the form is not one of OAuth', async () => {
    const tokens = await start()
    const clientToken = await consumer.clientToken(providerDid, tokens.access)
    expect(await renew(tokens, clientToken, { grant_type: 'password' })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    })
    expect(await renew({ ...tokens, refresh: '' }, clientToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
    const response = await fetch(`${plane.url('public')}/data/${tokens.id}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=refresh_token&grant_type=refresh_token',
    })
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([400, 'invalid_request'])
  })

  test('and tokens are in no line of the log', async () => {
    const tokens = await renewed(await start())
    const secrets = [tokens.access, tokens.refresh].map((token) => token.split('.')[2] ?? '')
    for (const secret of secrets) expect(plane.log.join('')).not.toContain(secret)
  })
})

describe('whatever is sent to the place of renewal', () => {
  const post = (id: string, init: RequestInit) =>
    fetch(`${plane.url('public')}/data/${id}/token`, { method: 'POST', ...init })

  test('is refused with an error of OAuth, never with a fault of ours', async () => {
    const { id, refresh, access } = await start()
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(refresh, access, 'refresh_token', id, provider),
    )
    await fc.assert(
      fc.asyncProperty(
        part,
        fc.dictionary(fc.constantFrom('grant_type', 'refresh_token', 'x'), part),
        part,
        async (path, form, bearer) => {
          const authorization = `Bearer ${encodeURIComponent(bearer)}`
          const texts = Object.entries(form).map(([name, value]) => [name, value.toWellFormed()])
          const body = new URLSearchParams(Object.fromEntries(texts))
          const response = await post(encodeURIComponent(path.toWellFormed()), { headers: { authorization }, body })
          expect(response.status).toBeOneOf([400, 401, 404, 414])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('as another content type or too much is refused before it is read', async () => {
    const { id } = await start()
    const json = await post(id, {
      headers: { 'content-type': 'application/json' },
      body: '{"grant_type":"refresh_token"}',
    })
    expect(json.status).toBeOneOf([400, 415])
    const huge = await post(id, { body: new URLSearchParams({ refresh_token: 'x'.repeat(100_000) }) })
    expect(huge.status).toBe(413)
  })
})
