import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeControlPlane, fakeToken, serve, type TestServer } from '../testing/fake-surroundings.ts'
import { messages, type RunningDataPlane, runDataPlane, until } from '../testing/run-data-plane.ts'

let source: TestServer
let server: TestServer
let broker: TestServer
let partner: FakeControlPlane
let plane: RunningDataPlane
let context: string
let keys: { readonly jwks: { readonly keys: object[] }; sign: (claims: object, kid?: string) => Promise<string> }
const exchanges: URLSearchParams[] = []

beforeAll(async () => {
  source = await serve((_request, response) => void response.end('data'))
  partner = new FakeControlPlane()
  server = await serve(partner.listener)
  keys = await makeKeys()
  broker = await serve(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    if (request.url === '/jwks') return void response.end(JSON.stringify(keys.jwks))
    exchanges.push(new URLSearchParams(text))
    response.end(JSON.stringify({ access_token: 'exchanged', token_type: 'Bearer', expires_in: 300 }))
  })
  plane = await runDataPlane({ sources: [source, server, broker] })
  context = await plane.participant()
})
afterAll(async () => {
  await plane.stop()
  for (const one of [source, server, broker]) await one.close()
})

async function makeKeys() {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] }
  const sign = (claims: object, kid = 'k1') =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
  return { jwks, sign }
}

const seconds = () => Math.floor(Date.now() / 1000)
const claimsOf = (id: string, changes: object = {}) => ({
  iss: 'https://idp.partner.example',
  sub: id,
  aud: 'data-plane',
  iat: seconds(),
  exp: seconds() + 300,
  jti: randomUUID(),
  ...changes,
})
const own = (changes: object = {}) => ({
  type: 'oauth2_client_credentials',
  tokenEndpoint: `${server.url}/token`,
  clientId: 'our-client',
  clientSecret: 's3cr3t-of-ours',
  jwks: keys.jwks,
  ...changes,
})
const exchanged = () => ({
  type: 'oauth2_token_exchange',
  tokenExchangeEndpoint: `${broker.url}/exchange`,
  issuer: 'https://broker.example',
  jwksUri: `${broker.url}/jwks`,
})
const registration = (id: string, authorization?: object) => ({
  controlplaneId: id,
  endpoint: server.url,
  ...(authorization ? { authorization } : {}),
})
const bearer = async (id: string, changes: object = {}) => `Bearer ${await keys.sign(claimsOf(id, changes))}`
const remove = async (id: string, token: string) =>
  (
    await fetch(`${plane.url('signaling')}/data-plane/${context}/controlplanes/${id}`, {
      method: 'DELETE',
      headers: { authorization: token },
    })
  ).status
const status = async (token: string) =>
  (await plane.signal(context, `/dataflows/${randomUUID()}/status`, undefined, token)).status
const client = (id: string) => fakeToken('workload', id, 'signaling:dataflow:write')
/** A push whose only outcome is a report to whoever created it. */
const failing = () =>
  messages.start('https://10.0.0.1/', {
    profile: 'HttpData-PUSH',
    dataAddress: { endpointType: 'x', endpoint: `${source.url}/x`, endpointProperties: [] },
  })

describe('a control plane', () => {
  test('DPS-13: registers, registers again with other content, and leaves', async () => {
    expect((await plane.register(context, registration('cp-1', own()))).status).toBe(200)
    expect(await status(await bearer('cp-1'))).toBe(404)
    const others = await makeKeys()
    expect((await plane.register(context, registration('cp-1', own({ jwks: others.jwks })))).status).toBe(200)
    expect(await status(await bearer('cp-1'))).toBe(401)
    const rotated = `Bearer ${await others.sign(claimsOf('cp-1'))}`
    expect(await status(rotated)).toBe(404)
    expect(await remove('cp-1', client('control-plane'))).toBe(204)
    expect(await remove('cp-1', client('control-plane'))).toBe(404)
    expect(await status(rotated)).toBe(401)
  })

  test('DPS-13: rotates its keys by its own token, and can name no broker for our credential', async () => {
    await plane.register(context, registration('cp-2', own()))
    const others = await makeKeys()
    const message = registration('cp-2', own({ jwks: others.jwks }))
    expect((await plane.register(context, message, await bearer('cp-2'))).status).toBe(200)
    const rotated = async () => `Bearer ${await others.sign(claimsOf('cp-2'))}`
    expect(await status(await rotated())).toBe(404)
    expect((await plane.register(context, registration('cp-2', exchanged()), await rotated())).status).toBe(403)
    expect(await plane.register(context, registration('cp-2'), await rotated())).toMatchObject({
      status: 400,
      body: { code: 'data-plane.authorization-missing' },
    })
  })

  test('keeps its id: another client can neither replace nor remove it', async () => {
    await plane.register(context, registration('cp-3', own()))
    expect(await plane.register(context, registration('cp-3', own()), client('another'))).toMatchObject({
      status: 409,
      body: { code: 'data-plane.control-plane-taken' },
    })
    expect(await remove('cp-3', client('another'))).toBe(404)
    expect((await plane.register(context, registration('cp-3', own()), await bearer('cp-4'))).status).toBe(401)
  })

  test('DPS-14: is refused with an authorization that is not understood, or that proves nothing', async () => {
    const codes = []
    for (const authorization of [{ type: 'magic' }, {}, own({ jwks: undefined })]) {
      const { status: answered, body } = await plane.register(context, registration('cp-5', authorization))
      codes.push([answered, body.code])
    }
    expect(codes).toEqual([
      [400, 'dps.unknown-authorization-type'],
      [400, 'dps.malformed-message'],
      [400, 'data-plane.authorization-missing'],
    ])
    expect((await plane.register('nobody', registration('cp-5', own()))).status).toBe(404)
  })

  test('its secret is in the vault only, and goes with it', async () => {
    await plane.register(context, registration('cp-6', own()))
    expect(JSON.stringify(await plane.rows(context))).not.toContain('s3cr3t-of-ours')
    expect(plane.log.join('')).not.toContain('s3cr3t-of-ours')
  })
})

describe('a token of a registered control plane', () => {
  test.each<[string, object]>([
    ['is expired', { exp: 1_700_000_000 }],
    ['is for another plane', { aud: 'another-data-plane' }],
    ['is of another plane', { sub: 'cp-other' }],
    ['has no issuer', { iss: undefined }],
    ['has no time of issue', { iat: undefined }],
    ['has no expiry', { exp: undefined }],
    ['is from the future', { iat: 4_000_000_000, exp: 4_000_000_300 }],
  ])('DPS-15: is refused when it %s', async (_what, changes) => {
    await plane.register(context, registration('cp-7', own()))
    expect(await status(await bearer('cp-7'))).toBe(404)
    expect(await status(await bearer('cp-7', changes))).toBe(401)
  })

  test('DPS-15: is refused when the key of its kid did not sign it', async () => {
    await plane.register(context, registration('cp-7', own()))
    const mallory = await makeKeys()
    expect(await status(`Bearer ${await mallory.sign(claimsOf('cp-7'))}`)).toBe(401)
    expect(await status(`Bearer ${await keys.sign(claimsOf('cp-7'), 'k2')}`)).toBe(401)
    const [, payload] = (await keys.sign(claimsOf('cp-7'))).split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    expect(await status(`Bearer ${none}.${payload}.`)).toBe(401)
  })

  test('DPS-16: by token exchange needs signature, issuer, audience, expiry and scope; act gives nothing', async () => {
    await plane.register(context, registration('cp-8', exchanged()))
    const good = { iss: 'https://broker.example', scope: 'signaling:dataflow', participant_context: context }
    expect(await status(await bearer('cp-8', good))).toBe(404)
    for (const changes of [
      { iss: 'https://evil.example' },
      { aud: 'another' },
      { exp: 1_700_000_000 },
      { scope: 'something:else' },
      { scope: undefined },
      { scope: undefined, act: { sub: 'cp-8', scope: 'signaling:dataflow' } },
      { sub: 'somebody', act: { sub: 'cp-8' } },
    ]) {
      expect([changes, await status(await bearer('cp-8', { ...good, ...changes }))]).toEqual([changes, 401])
    }
    const forged = await makeKeys()
    expect(await status(`Bearer ${await forged.sign(claimsOf('cp-8', good))}`)).toBe(401)
  })

  test('DPS-17: is refused when another token had its id', async () => {
    await plane.register(context, registration('cp-9', own()))
    const jti = randomUUID()
    const token = await bearer('cp-9', { jti })
    expect(await status(token)).toBe(404)
    // Planes use a token until it expires.
    expect(await status(token)).toBe(404)
    expect(await status(await bearer('cp-9', { jti, iat: seconds() - 1 }))).toBe(401)
  })

  test('is good for the context that it registered for, and for no other', async () => {
    await plane.register(context, registration('cp-10', own()))
    const other = await plane.participant()
    const answer = await plane.signal(other, '/dataflows/start', messages.start(source.url), await bearer('cp-10'))
    expect(answer.status).toBe(401)
  })
})

describe('DPS-18: a flow belongs to the control plane that created it', () => {
  test('which alone may signal it, whatever name others give themselves', async () => {
    await plane.register(context, registration('cp-11', own()))
    await plane.register(context, registration('control-plane', own()), client('another'))
    const message = messages.start(source.url)
    expect((await plane.signal(context, '/dataflows/start', message, await bearer('cp-11'))).status).toBe(200)
    const path = `/dataflows/${message.processId}`
    for (const token of [
      client('control-plane'),
      client('cp-11'),
      client('control-plane:cp-11x'),
      await bearer('control-plane'),
    ]) {
      expect((await plane.signal(context, `${path}/terminate`, { messageId: randomUUID() }, token)).status).toBe(404)
    }
    const ofOurs = messages.start(source.url)
    await plane.signal(context, '/dataflows/start', ofOurs)
    const foreign = await bearer('control-plane')
    expect((await plane.signal(context, `/dataflows/${ofOurs.processId}/status`, undefined, foreign)).status).toBe(404)
    expect((await plane.signal(context, `${path}/status`, undefined, await bearer('cp-11'))).body.state).toBe('STARTED')
    expect(await remove('control-plane', client('another'))).toBe(204)
  })

  test('and gets its reports: with a client of its own, an exchanged token, or that of the deployment', async () => {
    const reported = async (processId: string) => {
      await until(() => partner.reportsOf(processId).length > 0, 'the error is reported')
      return partner.registered.find(({ path }) => path.includes(processId))?.authorization
    }
    await plane.register(context, registration('cp-12', own()))
    const first = failing()
    await plane.signal(context, '/dataflows/start', first, await bearer('cp-12'))
    expect(await reported(first.processId)).toBe('Bearer of-the-data-plane')

    await plane.register(context, registration('cp-13', exchanged()))
    const second = failing()
    const token = await bearer('cp-13', { iss: 'https://broker.example', scope: 'signaling:dataflow:write' })
    await plane.signal(context, '/dataflows/start', second, token)
    expect(await reported(second.processId)).toBe('Bearer exchanged')
    expect(Object.fromEntries(exchanges[0] ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'of-the-data-plane',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: 'data-plane',
      audience: 'cp-13',
      scope: 'signaling:dataflow',
    })

    await plane.register(context, registration('cp-14'), client('cp-14'))
    const third = failing()
    await plane.signal(context, '/dataflows/start', third, client('cp-14'))
    expect(await reported(third.processId)).toBe('Bearer of-the-data-plane')
    expect(plane.controlPlane.reportsOf(third.processId)).toEqual([])
  })

  test('and when that has left, nobody else is told', async () => {
    await plane.register(context, registration('cp-15'), client('cp-15'))
    const message = messages.start(source.url, { profile: 'HttpData-PULL' })
    await plane.signal(context, '/dataflows/start', message, client('cp-15'))
    await remove('cp-15', client('cp-15'))
    expect(
      (await plane.signal(context, `/dataflows/${message.processId}/status`, undefined, client('cp-15'))).status,
    ).toBe(200)
    expect(plane.controlPlane.reportsOf(message.processId)).toEqual([])
  })
})
