import type { WeftError } from '@weft/foundation/errors'
import type { OutboundRequest, OutboundResponse } from '@weft/foundation/http'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { signJwt } from '../trust/index.ts'
import { codeOf, createWorld, noon, type Party, type World } from '../trust/testing/world.ts'
import { exchangeToken } from './token-exchange.ts'
import { buildTokenResponse, readRenewalForm, renewToken, verifyRenewalClient } from './token-renewal.ts'

let world: World
let consumer: Party
let mallory: Party
const provider = 'did:web:parties.example:provider'
const seconds = noon / 1000

beforeAll(async () => {
  world = createWorld()
  consumer = await world.party('consumer')
  mallory = await world.party('mallory')
})

const claims = (changes: object = {}) => ({
  iss: consumer.did,
  sub: consumer.did,
  aud: provider,
  token: 'current',
  jti: 'j-1',
  iat: seconds,
  exp: seconds + 300,
  ...changes,
})
const check = () => ({
  consumer: consumer.did,
  provider,
  isCurrent: (token: string) => token === 'current',
  resolver: world.resolver,
  now: noon,
})
const judge = async (changes: object, key = consumer.key) =>
  codeOf(verifyRenewalClient(await signJwt(JSON.parse(JSON.stringify(claims(changes))), key), check()))

describe('DPS-21: a client token for a renewal', () => {
  it('is taken from the consumer, for the provider, about the current access token', async () => {
    const token = await signJwt(claims(), consumer.key)
    expect(await verifyRenewalClient(token, check())).toEqual({
      jti: 'j-1',
      expiresAt: new Date((seconds + 300) * 1000),
    })
    expect(await judge({ aud: ['x', provider] })).toBe('no error')
    expect(await judge({ jti: undefined, iat: undefined, exp: undefined })).toBe('no error')
  })

  it.each<[string, object]>([
    ['another audience', { aud: 'did:web:parties.example:other' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'did:web:parties.example:mallory' }],
    ['another subject', { sub: 'did:web:parties.example:mallory' }],
    ['no access token', { token: undefined }],
    ['another access token', { token: 'old' }],
    ['an end that has passed', { exp: seconds - 60 }],
    ['a beginning in a minute', { nbf: seconds + 60 }],
    ['a time of issue in a minute', { iat: seconds + 60 }],
    ['a time that is no number', { exp: 'soon' }],
  ])('is refused with %s', async (_what, changes) => {
    expect(await judge(changes)).toBe('renewal.invalid-client')
  })

  it('DPS-22: is refused when a key of the consumer did not sign it', async () => {
    expect(await judge({}, mallory.key)).toBe('renewal.invalid-client')
    expect(await judge({}, { ...mallory.key, kid: consumer.key.kid })).toBe('renewal.invalid-client')
    expect(await judge({}, { ...consumer.key, kid: `${consumer.did}#unknown` })).toBe('renewal.invalid-client')
  })

  it('throws nothing but refusals for arbitrary texts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await codeOf(verifyRenewalClient(text, check()))).toBe('renewal.invalid-client')
      }),
    )
  })
})

describe('a renewal request', () => {
  it('is a form with a refresh token', () => {
    expect(readRenewalForm({ grant_type: 'refresh_token', refresh_token: 'r' })).toBe('r')
  })

  it('is refused in words of OAuth when it is anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (form) => {
        try {
          readRenewalForm(form)
        } catch (error) {
          expect((error as WeftError).code).toBeOneOf(['renewal.invalid-request', 'renewal.unsupported-grant-type'])
        }
      }),
    )
    expect(() => readRenewalForm({ grant_type: 'password' })).toThrow(
      expect.objectContaining({ code: 'renewal.unsupported-grant-type' }),
    )
  })
})

/** A provider that answers every request like this. */
function answering(status: number, body: unknown, seen: OutboundRequest[] = []) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return async (request: OutboundRequest): Promise<OutboundResponse> => {
    seen.push(request)
    const json = () => JSON.parse(text) as unknown
    return { status, headers: {}, body: Buffer.from(text), text: () => text, json }
  }
}

describe('renewing', () => {
  const request = { refreshEndpoint: 'https://p.example/token', refreshToken: 'r/1', clientToken: 'c' }

  it('DPS-21: posts the form with the client token, and reads what it was answered', async () => {
    const seen: OutboundRequest[] = []
    const answer = { accessToken: 'a', expiresIn: 300, refreshToken: 'r2' }
    const send = answering(200, buildTokenResponse(answer), seen)
    expect(await renewToken(send, request)).toEqual(answer)
    expect(seen).toMatchObject([
      { method: 'POST', url: 'https://p.example/token', headers: { authorization: 'Bearer c' } },
    ])
    expect(String(seen[0]?.body)).toBe('grant_type=refresh_token&refresh_token=r%2F1')
  })

  it.each<[number, unknown, string]>([
    [400, { error: 'invalid_grant' }, 'dps.renewal-refused'],
    [401, { error: 'invalid_client' }, 'dps.renewal-refused'],
    [302, '{}', 'dps.renewal-refused'],
    [503, '{}', 'dps.plane-unavailable'],
    [429, '{}', 'dps.plane-unavailable'],
    [200, {}, 'dps.plane-malformed'],
    [200, [], 'dps.plane-malformed'],
    [200, { access_token: 'a\r\nx: y' }, 'dps.plane-malformed'],
    [200, { access_token: 'a', token_type: 'mac' }, 'dps.plane-malformed'],
    [200, { access_token: 'a', expires_in: 'soon' }, 'dps.plane-malformed'],
    [200, { access_token: 'a', refresh_token: 7 }, 'dps.plane-malformed'],
  ])('answered %i with %j is %s', async (status, body, code) => {
    expect(await codeOf(renewToken(answering(status, body), request))).toBe(code)
  })
})

describe('exchanging a workload token', () => {
  const exchange = { tokenExchangeEndpoint: 'https://b.example', subjectToken: 's', resource: 'dp', audience: 'cp' }

  it('DPS-16: asks for one receiver and the scope of signaling', async () => {
    const seen: OutboundRequest[] = []
    const send = answering(200, { access_token: 'x', expires_in: 60 }, seen)
    expect(await exchangeToken(send, exchange)).toEqual({ token: 'x', expiresInSeconds: 60 })
    expect(Object.fromEntries(seen[0]?.body as URLSearchParams)).toMatchObject({
      subject_token: 's',
      resource: 'dp',
      audience: 'cp',
      scope: 'signaling:dataflow',
    })
  })

  it.each<[number, unknown, string]>([
    [400, { error: 'invalid_target' }, 'dps.plane-unauthorized'],
    [500, '{}', 'dps.plane-unavailable'],
    [200, {}, 'dps.plane-malformed'],
  ])('answered %i with %j is %s', async (status, body, code) => {
    expect(await codeOf(exchangeToken(answering(status, body), exchange))).toBe(code)
  })
})
