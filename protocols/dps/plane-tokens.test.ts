import type { OutboundRequest, OutboundResponse } from '@weft/foundation/http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { codeOf, noon } from '../trust/testing/world.ts'
import { createPlaneTokenVerifier, type PlaneTokenRule } from './plane-tokens.ts'

type Signer = Awaited<ReturnType<typeof signer>>

async function signer(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  return {
    jwk: { ...(await exportJWK(publicKey)), kid },
    sign: (claims: object) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey),
  }
}

const seconds = noon / 1000
const claims = (changes: object = {}) => ({
  iss: 'https://idp.example',
  sub: 'plane',
  aud: 'receiver',
  iat: seconds,
  exp: seconds + 300,
  scope: 'signaling:dataflow',
  ...changes,
})

let one: Signer
let two: Signer
beforeAll(async () => {
  one = await signer('k1')
  two = await signer('k2')
})

/** A key set at an address, with the number of times it was asked for. */
function published(...keys: object[]) {
  const state = { keys, asked: 0, status: 200, now: noon }
  const send = async (_request: OutboundRequest): Promise<OutboundResponse> => {
    state.asked++
    const text = JSON.stringify({ keys: state.keys })
    const { status } = state
    return { status, headers: {}, body: Buffer.from(text), text: () => text, json: () => JSON.parse(text) as unknown }
  }
  const verifier = createPlaneTokenVerifier({ send, clock: () => state.now })
  const verify = async (token: string, rule: PlaneTokenRule) =>
    codeOf(verifier.verify(token, { rule, plane: 'plane', receiver: 'receiver' }))
  return { state, verify }
}

describe('the keys of a plane', () => {
  it('DPS-15: may be inline, and the one of the kid is used', async () => {
    const { verify } = published()
    const rule = { type: 'oauth2_client_credentials', jwks: { keys: [one.jwk, two.jwk] } } as const
    expect(await verify(await one.sign(claims()), rule)).toBe('no error')
    expect(await verify(await two.sign(claims()), rule)).toBe('no error')
    const impostor = await signer('k1')
    expect(await verify(await impostor.sign(claims()), rule)).toBe('dps.plane-token-invalid')
  })

  it('DPS-15, DPS-16: are never done without', async () => {
    const { verify } = published()
    expect(await verify(await one.sign(claims()), { type: 'oauth2_client_credentials' })).toBe(
      'dps.plane-token-invalid',
    )
    for (const jwks of [{}, { keys: 'x' }, { keys: [{ kty: 'oct', k: 'AAAA', kid: 'k1' }] }]) {
      expect(await verify(await one.sign(claims()), { type: 'oauth2_client_credentials', jwks })).toBe(
        'dps.plane-token-invalid',
      )
    }
  })

  it('are read from their address once in five minutes, and anew for a new kid, at most twice a minute', async () => {
    const { state, verify } = published(one.jwk)
    const rule = { type: 'oauth2_client_credentials', jwksUri: 'https://idp.example/jwks' } as const
    for (let count = 0; count < 5; count++) expect(await verify(await one.sign(claims()), rule)).toBe('no error')
    expect(state.asked).toBe(1)
    state.keys = [two.jwk]
    for (let count = 0; count < 5; count++) {
      expect(await verify(await two.sign(claims()), rule)).toBe('dps.plane-token-invalid')
    }
    expect(state.asked).toBe(1)
    state.now += 31_000
    expect(await verify(await two.sign(claims()), rule)).toBe('no error')
    expect(state.asked).toBe(2)
  })

  it('that cannot be read prove nothing, and are not asked for with every token', async () => {
    const { state, verify } = published(one.jwk)
    state.status = 500
    const rule = { type: 'oauth2_client_credentials', jwksUri: 'https://idp.example/jwks' } as const
    for (let count = 0; count < 5; count++) {
      expect(await verify(await one.sign(claims()), rule)).toBe('dps.plane-token-invalid')
    }
    expect(state.asked).toBe(1)
  })
})

it.each<[string, object]>([
  ['issuer', { iss: 'https://other.example' }],
  ['audience', { aud: 'another' }],
  ['expiry', { exp: seconds - 60 }],
  ['subject', { sub: 'another' }],
  ['scope', { scope: 'signaling:dataflows' }],
  ['scope, whatever act says', { scope: 'read', act: { scope: 'signaling:dataflow' } }],
  ['time of issue', { iat: seconds + 60 }],
])('DPS-16: an exchanged token is refused by its %s', async (_what, changes) => {
  const { verify } = published(one.jwk)
  const rule = {
    type: 'oauth2_token_exchange',
    issuer: 'https://idp.example',
    jwksUri: 'https://idp.example/jwks',
  } as const
  expect(await verify(await one.sign(claims()), rule)).toBe('no error')
  expect(await verify(await one.sign(claims(changes)), rule)).toBe('dps.plane-token-invalid')
})
