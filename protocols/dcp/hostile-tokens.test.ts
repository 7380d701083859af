import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { didDocumentUrl, type JwtClaims, signJwt } from '../trust/index.ts'
import { codeOf, createWorld, noon } from '../trust/testing/world.ts'
import { createAccessToken } from './access-token.ts'
import { createPresentation } from './presentation.ts'
import { verifySelfIssuedToken } from './self-issued-token.ts'
import { forgeJwt, forgeMac, forgeUnsigned } from './testing/forgery.ts'
import { createReplayMemory } from './testing/replay-memory.ts'

const seconds = noon / 1000

/** A sender who is impersonated, a receiver, and a peer who means no good but has a DID of its own. */
async function setUp() {
  const world = createWorld()
  const [victim, receiver, mallory] = [
    await world.party('victim'),
    await world.party('receiver'),
    await world.party('mallory'),
  ]
  const replay = createReplayMemory()
  const claims = (changes: JwtClaims = {}): JwtClaims => ({
    iss: victim.did,
    sub: victim.did,
    aud: receiver.did,
    jti: 'id-1',
    iat: seconds,
    exp: seconds + 300,
    ...changes,
  })
  const judge = (token: string) => {
    const check = { audience: receiver.did, resolver: world.resolver, replay, clock: world.clock }
    return codeOf(verifySelfIssuedToken(token, check))
  }
  /** The victim's own token with some claims changed: what a sender may write of itself. */
  const judgeClaims = async (changes: JwtClaims) => judge(await signJwt(claims(changes), victim.key))
  /** A header of the attacker's choice over the victim's claims, signed with the attacker's key. */
  const judgeHeader = (header: Record<string, unknown>) =>
    judge(forgeJwt({ alg: 'ES256', kid: victim.key.kid, ...header }, claims(), mallory.key.privateJwk))
  return { world, victim, receiver, mallory, replay, claims, judge, judgeClaims, judgeHeader }
}

describe('attacks on the algorithm and the key of a token', () => {
  it('DCP-49: alg none, with and without a signature, in any spelling', async () => {
    const { judge, claims, victim } = await setUp()
    const algorithms = ['none', 'None', 'NONE', '', null, undefined]
    for (const alg of algorithms) {
      expect(await judge(forgeUnsigned({ alg, kid: victim.key.kid }, claims()))).toBe('trust.token-malformed')
      expect(await judge(forgeUnsigned({ alg, kid: victim.key.kid }, claims(), 'AA'))).toBe('trust.algorithm-refused')
    }
  })

  it("DCP-49: a MAC with the victim's public key as its secret", async () => {
    const { judge, claims, victim } = await setUp()
    const pem = createPublicKey({ key: { ...victim.publicJwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
    for (const secret of [JSON.stringify(victim.publicJwk), String(pem), '']) {
      const token = forgeMac({ alg: 'HS256', kid: victim.key.kid }, claims(), secret)
      expect(await judge(token)).toBe('trust.algorithm-refused')
    }
  })

  it('DCP-49: an algorithm of another key type than the one that is published', async () => {
    const { world, judge, claims, victim, mallory } = await setUp()
    for (const alg of ['RS256', 'PS256', 'EdDSA', 'ES384', 'ES512']) {
      const token = forgeJwt({ alg, kid: victim.key.kid }, claims(), mallory.key.privateJwk)
      expect(await judge(token)).toBe('trust.algorithm-refused')
    }
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
    const publicJwk = { kty: 'RSA', n: rsa.n, e: rsa.e }
    world.publishDocument(mallory.did, [{ kid: mallory.key.kid, publicJwk: publicJwk as typeof mallory.publicJwk }])
    const own = claims({ iss: mallory.did, sub: mallory.did })
    expect(await judge(forgeJwt({ alg: 'ES256', kid: mallory.key.kid }, own, mallory.key.privateJwk))).toBe(
      'trust.algorithm-refused',
    )
  })

  it('DCP-49: a header that brings its own key, or says where to fetch one', async () => {
    const { judgeHeader, mallory, world } = await setUp()
    const headers = [
      { jwk: mallory.publicJwk },
      { jku: 'https://mallory.example/keys' },
      { x5u: 'https://mallory.example/certificate' },
      { x5c: ['MII'] },
    ]
    for (const header of headers) expect(await judgeHeader(header)).toBe('trust.token-malformed')
    expect(world.fetched).toEqual([])
  })

  it('DCP-49: critical extensions, an unencoded payload, a compressed one', async () => {
    const { judgeHeader } = await setUp()
    const headers = [{ crit: ['exp'] }, { crit: [] }, { crit: ['b64'], b64: false }, { b64: false }, { zip: 'DEF' }]
    for (const header of headers) expect(await judgeHeader(header)).toBe('trust.token-malformed')
  })

  it("DCP-05: the victim's key id over a signature of the attacker", async () => {
    const { judgeHeader } = await setUp()
    expect(await judgeHeader({})).toBe('trust.signature-invalid')
  })

  it("DCP-05: the attacker's own key id over the victim's claims, and nothing is fetched for it", async () => {
    const { judgeHeader, mallory, world } = await setUp()
    expect(await judgeHeader({ kid: mallory.key.kid })).toBe('trust.key-foreign')
    expect(world.fetched).toEqual([])
  })

  it('DCP-05: a key id of a DID that begins like the other, below it or above it', async () => {
    const { world, judge, claims } = await setUp()
    const outer = await world.party('shared')
    const inner = await world.party('shared:tenant')
    const of = (did: string) => claims({ iss: did, sub: did })
    expect(await judge(await signJwt(of(outer.did), inner.key))).toBe('trust.key-foreign')
    expect(await judge(await signJwt(of(inner.did), outer.key))).toBe('trust.key-foreign')
  })

  it('DCP-05: key ids that only look like one of the victim', async () => {
    const { judgeHeader, victim, mallory } = await setUp()
    const kids = [
      `${victim.did}#key-1#key-1`,
      `${victim.did}.evil.example#key-1`,
      `${mallory.did}?x=${victim.did}#key-1`,
      `${mallory.did}/${victim.did}#key-1`,
      `${victim.did}#`,
      `${victim.did}`,
      '#../../mallory/did.json#key-1',
      '__proto__',
      '#__proto__',
    ]
    for (const kid of kids) expect(await judgeHeader({ kid })).toMatch(/^trust\.key-(foreign|not-found)$/)
  })

  it('DCP-07: no key id, where the victim has several keys', async () => {
    const { world, victim, mallory, judge, claims } = await setUp()
    world.publishDocument(victim.did, [
      { kid: victim.key.kid, publicJwk: victim.publicJwk },
      { kid: `${victim.did}#key-2`, publicJwk: victim.publicJwk },
    ])
    const token = forgeJwt({ alg: 'ES256' }, claims(), mallory.key.privateJwk)
    expect(await judge(token)).toBe('trust.key-not-found')
  })
})

describe('attacks with DID documents', () => {
  it("DCP-08: a did.json that is another DID's", async () => {
    const { world, victim, mallory, judgeClaims } = await setUp()
    world.publish(didDocumentUrl(victim.did), JSON.stringify({ id: mallory.did, verificationMethod: [] }))
    expect(await judgeClaims({})).toBe('dcp.sender-unresolvable')
  })

  it('DCP-48: a did.json that redirects somewhere else', async () => {
    const { world, victim, judgeClaims } = await setUp()
    for (const status of [301, 302, 307, 308]) {
      world.publish(didDocumentUrl(victim.did), '', status)
      world.advance(1_000)
      expect(await judgeClaims({ jti: String(status) })).toBe('dcp.sender-unresolvable')
    }
  })

  it('DCP-05: a key that another party controls, or that is published with its private part', async () => {
    const { world, victim, mallory, judgeClaims } = await setUp()
    const methods = [
      { controller: mallory.did, publicKeyJwk: victim.publicJwk },
      { controller: victim.did, publicKeyJwk: victim.key.privateJwk },
      { controller: victim.did, publicKeyJwk: { kty: 'oct', k: 'AAAA' } },
    ]
    for (const method of methods) {
      const { kid } = victim.key
      const verificationMethod = [{ id: kid, type: 'JsonWebKey2020', ...method }]
      world.publish(didDocumentUrl(victim.did), { id: victim.did, verificationMethod, capabilityInvocation: [kid] })
      world.advance(10_000)
      expect(await judgeClaims({})).toBe('trust.key-unsupported')
    }
  })

  it('DCP-48: a DID that leads to an address inside, or out of its path', async () => {
    const { world, judgeClaims } = await setUp()
    const hostile = [
      'did:web:169.254.169.254:latest',
      'did:web:10.0.0.1',
      'did:web:0x7f.1',
      'did:web:2130706433',
      'did:web:user%40host.example',
      'did:web:host.example:..%2F..%2Fadmin',
      'did:web:host.example:%2e%2e:admin',
      'did:web:host.example%2Fadmin%3F',
      'did:web:host.example#x',
      'did:web:',
      `did:web:${'a'.repeat(600)}.example`,
    ]
    for (const did of hostile) expect(await judgeClaims({ iss: did, sub: did })).toBe('dcp.token-not-self-issued')
    expect(world.fetched).toEqual([])
  })
})

describe('attacks with claims', () => {
  it("DCP-01: a sender that is no DID, or one of another method, or not the DID's own text", async () => {
    const { judgeClaims } = await setUp()
    for (const iss of ['https://victim.example', 'did:key:z6Mk', 'victim', '', 1, null, ['did:web:a.example'], {}]) {
      expect(await judgeClaims({ iss, sub: iss })).toBe('dcp.token-not-self-issued')
    }
  })

  it("DCP-03: the victim's name in only one of iss and sub", async () => {
    const { judge, claims, victim, mallory } = await setUp()
    const tokens = [{ iss: mallory.did }, { sub: mallory.did }, { iss: undefined }, { sub: [victim.did] }]
    for (const changes of tokens) {
      expect(await judge(await signJwt(claims(changes), mallory.key))).toBe('dcp.token-not-self-issued')
    }
  })

  it('DCP-04: an audience that does not hold the receiver, in any shape', async () => {
    const { judgeClaims, receiver, mallory } = await setUp()
    const audiences = [
      mallory.did,
      [mallory.did],
      [],
      [[receiver.did]],
      { 0: receiver.did },
      `${receiver.did}2`,
      `${receiver.did}:sub`,
      ` ${receiver.did}`,
      receiver.did.toUpperCase(),
      [`${receiver.did} ${mallory.did}`],
      null,
      undefined,
    ]
    for (const aud of audiences) expect(await judgeClaims({ aud })).toBe('dcp.audience-mismatch')
  })

  it('DCP-09: times that are no numbers', async () => {
    const { judgeClaims } = await setUp()
    for (const time of [String(seconds + 300), [seconds + 300], { at: seconds }, null, true, '2030-01-01T00:00:00Z']) {
      expect(await judgeClaims({ exp: time })).toBe('dcp.token-claims-invalid')
      expect(await judgeClaims({ iat: time })).toBe('dcp.token-claims-invalid')
      expect(await judgeClaims({ nbf: time })).toBe('dcp.token-claims-invalid')
    }
  })

  it('DCP-09: a token that has expired, a minute ago or before there were computers', async () => {
    const { judgeClaims } = await setUp()
    for (const exp of [seconds - 60, 0, -1, -1e300]) {
      expect(await judgeClaims({ iat: exp - 1, exp })).toBe('dcp.token-expired')
    }
  })

  it('DCP-11: a token from the future', async () => {
    const { judgeClaims } = await setUp()
    for (const ahead of [60, 3_600, 1e9, 1e300]) {
      expect(await judgeClaims({ iat: seconds + ahead, exp: seconds + ahead + 1 })).toBe('dcp.token-not-yet-valid')
      expect(await judgeClaims({ nbf: seconds + ahead })).toBe('dcp.token-not-yet-valid')
    }
  })

  it('DCP-50: a token that never ends, so that one theft is for ever', async () => {
    const { judgeClaims } = await setUp()
    for (const exp of [seconds + 601, seconds + 86_400 * 365, 1e15, 1.7e308]) {
      expect(await judgeClaims({ exp })).toBe('dcp.token-claims-invalid')
    }
    expect(await judgeClaims({ iat: seconds - 1e9 })).toBe('dcp.token-claims-invalid')
  })

  it('DCP-09: but a time with decimals is a time', async () => {
    const { judgeClaims } = await setUp()
    expect(await judgeClaims({ iat: seconds - 0.5, exp: seconds + 299.5 })).toBe('no error')
  })

  it('DCP-10: an id that a store would not tell from another, or that fills it', async () => {
    const { judgeClaims, replay } = await setUp()
    for (const jti of [undefined, null, '', 0, 1, true, ['a'], { a: 1 }, 'x'.repeat(513)]) {
      expect(await judgeClaims({ jti })).toBe('dcp.token-id-missing')
    }
    expect(replay.uses).toEqual([])
  })

  it("DCP-10: a token that somebody heard and sends again, and one of the attacker's own with the victim's id", async () => {
    const { judge, claims, victim, mallory } = await setUp()
    const own = claims({ iss: mallory.did, sub: mallory.did })
    expect(await judge(await signJwt(own, mallory.key))).toBe('no error')
    const heard = await signJwt(claims(), victim.key)
    expect(await judge(heard)).toBe('no error')
    expect(await judge(heard)).toBe('dcp.replayed')
  })
})

describe('attacks on the reader of tokens', () => {
  it('X-09, DCP-49: duplicate keys, of which two readers take different ones', async () => {
    const { judge, claims, victim, mallory } = await setUp()
    const text = JSON.stringify(claims())
    const twice = `{"sub":"${mallory.did}",${text.slice(1)}`
    const escaped = `{"\\u0073ub":"${mallory.did}",${text.slice(1)}`
    for (const payload of [twice, escaped]) {
      const token = forgeJwt({ alg: 'ES256', kid: victim.key.kid }, payload, victim.key.privateJwk)
      expect(await judge(token)).toBe('trust.token-malformed')
    }
    const header = `{"alg":"none","alg":"ES256","kid":"${victim.key.kid}"}`
    expect(await judge(forgeJwt(header, text, victim.key.privateJwk))).toBe('trust.token-malformed')
  })

  it('X-09: keys that are magic, nesting that exhausts a stack, sizes that exhaust a memory', async () => {
    const { judge, victim, claims } = await setUp()
    const text = JSON.stringify(claims())
    const payloads = [
      `{"__proto__":{"aud":"x"},${text.slice(1)}`,
      `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},${text.slice(1)}`,
      `{"a":"${'x'.repeat(300_000)}",${text.slice(1)}`,
      '[]',
      'null',
      '"text"',
      '',
      '{',
    ]
    for (const payload of payloads) {
      const token = forgeJwt({ alg: 'ES256', kid: victim.key.kid }, payload, victim.key.privateJwk)
      expect(await judge(token)).toBe('trust.token-malformed')
    }
  })
})

describe('tokens of one kind used as another', () => {
  it('DCP-23: a presentation that the victim made for us is no login', async () => {
    const { world, victim, receiver, judge } = await setUp()
    const input = { holder: victim.did, audience: receiver.did, key: victim.key, clock: world.clock, credentials: [] }
    expect(await judge(await createPresentation(input))).toBe('dcp.token-not-self-issued')
  })

  it('DCP-23: a presentation or credential of data model 2.0, whose claims could be those of a login, is none', async () => {
    const { victim, claims, judge } = await setUp()
    for (const typ of ['vp+jwt', 'vc+jwt', 'at+jwt']) {
      expect(await judge(await signJwt(claims(), victim.key, typ))).toBe('dcp.token-not-self-issued')
    }
    expect(await judge(await signJwt(claims(), victim.key, 'jwt'))).toBe('no error')
  })

  it('DCP-21: an access token of the victim is no login', async () => {
    const { world, victim, receiver, judge } = await setUp()
    const scopes = ['org.eclipse.dspace.dcp.vc.type:MembershipCredential:read']
    const input = { holder: victim.did, verifier: receiver.did, scopes, key: victim.key, clock: world.clock }
    expect(await judge((await createAccessToken(input)).token)).toBe('dcp.token-not-self-issued')
  })
})
