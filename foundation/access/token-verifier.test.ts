import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createOutboundClient, type OutboundClient } from '../http/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createTokenVerifier, type TokenVerifier } from './index.ts'

type Algorithm = 'RS256' | 'ES256' | 'EdDSA' | 'ES384' | 'PS256'
interface TestKey {
  readonly alg: Algorithm
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

const issuer = 'https://idp.example'
const keys = new Map<string, TestKey>()
let published: JWK[] = []
let requests = 0
let broken = false
let server: Server
let jwksUri: string
let outbound: OutboundClient
let now = Date.now()
let verifier: TokenVerifier

async function makeKey(kid: string, alg: Algorithm): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const key = { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
  keys.set(kid, key)
  return key
}

beforeAll(async () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA', 'ES384', 'PS256'] as const) await makeKey(alg, alg)
  await makeKey('rotated', 'ES256')
  await makeKey('foreign', 'ES256')
  server = createServer((_request, response) => {
    requests++
    if (broken) response.writeHead(500).end()
    else response.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify({ keys: published }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  jwksUri = `${origin}/jwks`
  outbound = createOutboundClient({
    allowedOrigins: [origin],
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
})
afterAll(async () => {
  await outbound.close()
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  published = ['RS256', 'ES256', 'EdDSA', 'ES384', 'PS256'].map((kid) => jwkOf(kid))
  requests = 0
  broken = false
  now = Date.now()
  verifier = createTokenVerifier({ issuers: [{ issuer, jwksUri }], outbound, now: () => now })
})

function keyOf(kid: string): TestKey {
  const key = keys.get(kid)
  if (!key) throw new Error(kid)
  return key
}
const jwkOf = (kid: string): JWK => keyOf(kid).jwk

/** A token that is in order unless told otherwise; a claim of undefined is left out. */
async function token(claims: JWTPayload = {}, kid = 'ES256', header: object = {}): Promise<string> {
  const seconds = Math.floor(now / 1000)
  const payload = {
    iss: issuer,
    aud: 'weft',
    sub: 'pc1-api',
    client_id: 'pc1-api',
    role: 'participant',
    participant_context_id: 'pc1',
    iat: seconds,
    exp: seconds + 300,
    ...claims,
  }
  const key = keyOf(kid)
  return new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid, ...header }).sign(key.privateKey)
}

const refused = { code: 'request.unauthenticated', status: 401 }

describe('an access token', () => {
  test('of RS256, ES256 and EdDSA is accepted', async () => {
    for (const kid of ['RS256', 'ES256', 'EdDSA']) {
      expect(await verifier.verify(await token({ scope: 'management-api:read identity-api:read' }, kid)), kid).toEqual({
        subject: 'pc1-api',
        clientId: 'pc1-api',
        role: 'participant',
        participantContextId: 'pc1',
        scopes: ['management-api:read', 'identity-api:read'],
      })
    }
  })

  test('of another algorithm, of none, or signed with the public key as a secret is refused', async () => {
    for (const kid of ['ES384', 'PS256'])
      await expect(verifier.verify(await token({}, kid)), kid).rejects.toMatchObject(refused)
    const [, payload] = (await token()).split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    await expect(verifier.verify(none)).rejects.toMatchObject(refused)
    const secret = new TextEncoder().encode(JSON.stringify(jwkOf('ES256')).padEnd(64))
    const confused = await new SignJWT({ iss: issuer, aud: 'weft', sub: 'x', role: 'admin', exp: now })
      .setProtectedHeader({ alg: 'HS256', kid: 'ES256' })
      .sign(secret)
    await expect(verifier.verify(confused)).rejects.toMatchObject(refused)
  })

  test('with a changed payload or a foreign signature is refused', async () => {
    const [head, , signature] = (await token()).split('.')
    const forged = Buffer.from(
      JSON.stringify({ iss: issuer, aud: 'weft', sub: 'x', role: 'admin', exp: now }),
    ).toString('base64url')
    await expect(verifier.verify(`${head}.${forged}.${signature}`)).rejects.toMatchObject(refused)
    await expect(verifier.verify(await token({}, 'foreign', { kid: 'ES256' }))).rejects.toMatchObject(refused)
  })

  test('of an unknown issuer or for another audience is refused', async () => {
    for (const claims of [
      { iss: 'https://evil.example' },
      { iss: undefined },
      { iss: `${issuer}/` },
      { aud: 'other' },
      { aud: undefined },
    ]) {
      await expect(verifier.verify(await token(claims)), JSON.stringify(claims)).rejects.toMatchObject(refused)
    }
    expect((await verifier.verify(await token({ aud: ['other', 'weft'] }))).subject).toBe('pc1-api')
  })

  test('is valid between nbf and exp with a leeway of 5 s (X-10)', async () => {
    const seconds = Math.floor(now / 1000)
    for (const claims of [{ exp: seconds - 3 }, { nbf: seconds + 3 }, { iat: seconds + 3 }]) {
      expect((await verifier.verify(await token(claims))).role, JSON.stringify(claims)).toBe('participant')
    }
    for (const claims of [
      { exp: seconds - 10 },
      { exp: undefined },
      { nbf: seconds + 10 },
      { iat: seconds + 10 },
      { sub: undefined },
    ]) {
      await expect(verifier.verify(await token(claims)), JSON.stringify(claims)).rejects.toMatchObject(refused)
    }
  })

  test('that is no token at all is refused', async () => {
    for (const text of ['', 'x', 'a.b.c', 'x'.repeat(10_000), '..']) {
      await expect(verifier.verify(text), text.slice(0, 9)).rejects.toMatchObject(refused)
    }
    expect(requests).toBe(0)
  })
})

describe('the claims', () => {
  test('of the role model: role decides, context is the participant’s only', async () => {
    expect(await verifier.verify(await token({ role: 'admin', scope: undefined }))).toMatchObject({
      role: 'admin',
      participantContextId: null,
      scopes: [],
    })
    expect(await verifier.verify(await token({ role: 'provisioner' }))).toMatchObject({
      role: 'provisioner',
      participantContextId: null,
    })
    expect(await verifier.verify(await token({ participant_context_id: undefined, sub: 'pc9' }))).toMatchObject({
      participantContextId: 'pc9',
    })
    const lifted = await verifier.verify(await token({ scope: 'management-api:admin' }))
    expect(lifted.adminOf).toBeUndefined()
  })

  test('of the scope model: sub is the context, an admin scope lifts for its own API', async () => {
    const model = { role: undefined, participant_context_id: undefined, sub: 'pc7', client_id: undefined }
    expect(await verifier.verify(await token({ ...model, scope: 'management-api:assets:read' }))).toEqual({
      subject: 'pc7',
      clientId: 'pc7',
      role: 'participant',
      participantContextId: 'pc7',
      scopes: ['management-api:assets:read'],
      adminOf: [],
    })
    const admin = await verifier.verify(
      await token({ ...model, sub: 'https://operator/1', scope: 'management-api:admin issuer-admin-api:assets:admin' }),
    )
    expect(admin).toMatchObject({ participantContextId: null, adminOf: ['management-api'] })
  })

  test('of an unknown role, a context that is none, or the wrong type are refused', async () => {
    for (const claims of [
      { role: 'root' },
      { role: ['admin'] },
      { role: null },
      { participant_context_id: 'a/b' },
      { participant_context_id: 7 },
      { scope: ['management-api:read'] },
      { role: undefined, sub: 'a b' },
    ]) {
      await expect(verifier.verify(await token(claims as JWTPayload)), JSON.stringify(claims)).rejects.toMatchObject(
        refused,
      )
    }
  })
})

describe('the keys of an issuer', () => {
  test('are read once for many tokens', async () => {
    const tokens = await Promise.all(
      ['ES256', 'RS256', 'EdDSA', 'ES256'].map((kid, i) => token({ jti: String(i) }, kid)),
    )
    await Promise.all(tokens.map((one) => verifier.verify(one)))
    expect(requests).toBe(1)
  })

  test('are read again for an unknown key id, but not more than once in 30 s', async () => {
    await verifier.verify(await token())
    const rotated = await token({}, 'rotated')
    published.push(jwkOf('rotated'))
    for (let i = 0; i < 5; i++) await expect(verifier.verify(rotated)).rejects.toMatchObject(refused)
    expect(requests).toBe(1)
    now += 31_000
    expect((await verifier.verify(rotated)).role).toBe('participant')
    const unknown = await token({}, 'foreign')
    for (let i = 0; i < 5; i++) await expect(verifier.verify(unknown)).rejects.toMatchObject(refused)
    expect(requests).toBe(2)
  })

  test('that were withdrawn are no longer accepted after 5 minutes', async () => {
    await verifier.verify(await token())
    published = [jwkOf('RS256')]
    now += 5 * 60_000 + 1
    await expect(verifier.verify(await token({ jti: 'later' }))).rejects.toMatchObject(refused)
  })

  test('stay in use while the issuer cannot be reached, for an hour', async () => {
    await verifier.verify(await token())
    broken = true
    now += 10 * 60_000
    expect((await verifier.verify(await token({ jti: '2' }))).role).toBe('participant')
    now += 60 * 60_000
    await expect(verifier.verify(await token({ jti: '3' }))).rejects.toMatchObject({
      code: 'access.issuer-unavailable',
      status: 503,
    })
  })

  test('that could not be read yet make the answer 503, and are asked for again soon', async () => {
    broken = true
    const one = await token()
    await expect(verifier.verify(one)).rejects.toMatchObject({ code: 'access.issuer-unavailable' })
    await expect(verifier.verify(one)).rejects.toMatchObject({ code: 'access.issuer-unavailable' })
    expect(requests).toBe(1)
    broken = false
    now += 1001
    expect((await verifier.verify(one)).role).toBe('participant')
  })

  test('of one issuer do not sign for another', async () => {
    const two = createTokenVerifier({
      issuers: [
        { issuer, jwksUri },
        { issuer: 'https://other.example', jwksUri: `${jwksUri}-other`, audience: 'special' },
      ],
      outbound,
      now: () => now,
    })
    await expect(two.verify(await token({ iss: 'https://other.example' }))).rejects.toMatchObject(refused)
    expect((await two.verify(await token({ iss: 'https://other.example', aud: 'special' }))).role).toBe('participant')
    expect(() =>
      createTokenVerifier({
        issuers: [
          { issuer, jwksUri },
          { issuer, jwksUri },
        ],
        outbound,
      }),
    ).toThrow('twice')
  })
})

test('a verified token is remembered until it expires, not longer', async () => {
  const one = await token()
  await verifier.verify(one)
  broken = true
  now += 299_000
  expect((await verifier.verify(one)).subject).toBe('pc1-api')
  now += 10_000
  await expect(verifier.verify(one)).rejects.toMatchObject(refused)
})
