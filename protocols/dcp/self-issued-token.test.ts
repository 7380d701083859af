import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  didDocumentUrl,
  type JwtClaims,
  parseDid,
  parseJwt,
  type SigningKey,
  signJwt,
  type TrustRules,
} from '../trust/index.ts'
import { codeOf, createWorld, noon, type Party, type World } from '../trust/testing/world.ts'
import { createPresentation } from './presentation.ts'
import { bearerToken, createSelfIssuedToken, verifySelfIssuedToken } from './self-issued-token.ts'
import { createReplayMemory } from './testing/replay-memory.ts'

const seconds = noon / 1000

async function setUp() {
  const world = createWorld()
  const [sender, receiver, mallory] = [
    await world.party('sender'),
    await world.party('receiver'),
    await world.party('mallory'),
  ]
  return { world, sender, receiver, mallory, replay: createReplayMemory() }
}

const claimsOf = (sender: Party, receiver: Party, changes: JwtClaims = {}): JwtClaims => ({
  iss: sender.did,
  sub: sender.did,
  aud: receiver.did,
  jti: 'id-1',
  iat: seconds,
  exp: seconds + 300,
  ...changes,
})

const checkOf = (world: World, receiver: Party, rules: TrustRules = {}) => ({
  audience: receiver.did,
  resolver: world.resolver,
  replay: createReplayMemory(),
  clock: world.clock,
  rules,
})

/** The code for a token with some claims changed, signed by the sender unless another key is given. */
async function judge(changes: JwtClaims, key?: SigningKey): Promise<string> {
  const { world, sender, receiver } = await setUp()
  const token = await signJwt(claimsOf(sender, receiver, changes), key ?? sender.key)
  return codeOf(verifySelfIssuedToken(token, checkOf(world, receiver)))
}

describe('a self-issued token', () => {
  it('DCP-02, DCP-50: says who speaks to whom, once, for five minutes', async () => {
    const { world, sender, receiver } = await setUp()
    const issued = await createSelfIssuedToken({
      did: sender.did,
      audience: receiver.did,
      key: sender.key,
      clock: world.clock,
    })
    const { claims, kid } = parseJwt(issued.token)
    expect(kid).toBe(sender.key.kid)
    expect(claims).toEqual(claimsOf(sender, receiver, { jti: issued.jti }))
    expect(issued.expiresAt).toEqual(new Date(noon + 300_000))
  })

  it('DCP-02: has another jti each time', async () => {
    const { world, sender, receiver } = await setUp()
    const input = { did: sender.did, audience: receiver.did, key: sender.key, clock: world.clock }
    const tokens = await Promise.all(Array.from({ length: 20 }, () => createSelfIssuedToken(input)))
    expect(new Set(tokens.map(({ jti }) => jti)).size).toBe(20)
  })

  it('is verified, and its access token handed on unread (DCP-14)', async () => {
    const { world, sender, receiver, replay } = await setUp()
    const { token, jti, expiresAt } = await createSelfIssuedToken({
      did: sender.did,
      audience: receiver.did,
      key: sender.key,
      clock: world.clock,
      accessToken: 'opaque',
    })
    const verified = await verifySelfIssuedToken(token, { ...checkOf(world, receiver), replay })
    expect(verified).toMatchObject({ did: sender.did, audience: receiver.did, accessToken: 'opaque', jti, expiresAt })
    expect(replay.uses).toEqual([verified.use])
  })
})

describe('DCP-12: the Authorization header', () => {
  it.each([['Bearer abc.def.ghi'], ['bearer abc.def.ghi']])('takes %s', (header) => {
    expect(bearerToken(header)).toBe('abc.def.ghi')
  })

  it.each([[undefined], [''], ['abc.def.ghi'], ['Bearer'], ['Bearer '], ['Basic abc'], ['Bearer a b']])(
    'refuses %s',
    async (header) => {
      expect(await codeOf(() => bearerToken(header))).toBe('dcp.token-missing')
    },
  )
})

describe('verifying a self-issued token (section 3.1)', () => {
  it.each<[string, JwtClaims, string]>([
    ['DCP-03: iss and sub differ', { sub: 'did:web:parties.example:mallory' }, 'dcp.token-not-self-issued'],
    ['DCP-03: there is no sub', { sub: undefined }, 'dcp.token-not-self-issued'],
    [
      'DCP-01: the sender is no DID',
      { iss: 'https://x.example', sub: 'https://x.example' },
      'dcp.token-not-self-issued',
    ],
    [
      'DCP-01: the DID is of a method that is not supported',
      { iss: 'did:key:z6Mk', sub: 'did:key:z6Mk' },
      'dcp.token-not-self-issued',
    ],
    ['it is a presentation', { vp: {} }, 'dcp.token-not-self-issued'],
    ['DCP-04: the audience is another', { aud: 'did:web:parties.example:mallory' }, 'dcp.audience-mismatch'],
    ['DCP-04: there is no audience', { aud: undefined }, 'dcp.audience-mismatch'],
    ['DCP-04: the audience only begins alike', { aud: 'did:web:parties.example:receiver2' }, 'dcp.audience-mismatch'],
    ['DCP-09: it has expired', { iat: seconds - 360, exp: seconds - 60 }, 'dcp.token-expired'],
    ['DCP-09: it is not valid yet', { nbf: seconds + 60 }, 'dcp.token-not-yet-valid'],
    ['DCP-11: it was issued in a minute', { iat: seconds + 60 }, 'dcp.token-not-yet-valid'],
    ['DCP-11: it was issued in an hour', { iat: seconds + 3600, exp: seconds + 3900 }, 'dcp.token-not-yet-valid'],
    ['DCP-50: it lives for longer than ten minutes', { exp: seconds + 601 }, 'dcp.token-claims-invalid'],
    ['it never expires', { exp: undefined }, 'dcp.token-claims-invalid'],
    ['it has no time of issue', { iat: undefined }, 'dcp.token-claims-invalid'],
    ['a time is a text', { exp: String(seconds + 300) }, 'dcp.token-claims-invalid'],
    ['DCP-10: it has no id', { jti: undefined }, 'dcp.token-id-missing'],
    ['DCP-10: its id is empty', { jti: '' }, 'dcp.token-id-missing'],
    ['DCP-10: its id is no text', { jti: 1 }, 'dcp.token-id-missing'],
  ])('refuses one where %s', async (_what, changes, code) => {
    expect(await judge(changes)).toBe(code)
  })

  it.each<[string, JwtClaims]>([
    ['an audience of several', { aud: ['did:web:parties.example:other', 'did:web:parties.example:receiver'] }],
    ['times that are a few seconds off', { iat: seconds + 5, nbf: seconds + 5, exp: seconds + 305 }],
    ['one that expired a few seconds ago', { iat: seconds - 305, exp: seconds - 5 }],
    ['a life of ten minutes', { exp: seconds + 600 }],
    ['claims that nobody knows', { sub_jwk: {}, foo: 'bar' }],
  ])('takes %s', async (_what, changes) => {
    expect(await judge(changes)).toBe('no error')
  })

  it('DCP-05: refuses what somebody else signed in the name of the sender', async () => {
    const { world, sender, receiver, mallory } = await setUp()
    const code = async (key: SigningKey) =>
      codeOf(verifySelfIssuedToken(await signJwt(claimsOf(sender, receiver), key), checkOf(world, receiver)))
    expect(await code(mallory.key)).toBe('trust.key-foreign')
    expect(await code({ ...mallory.key, kid: sender.key.kid })).toBe('trust.signature-invalid')
    expect(await code({ ...mallory.key, kid: '#key-1' })).toBe('trust.signature-invalid')
  })

  it('DCP-06: refuses a key that is not listed under capabilityInvocation', async () => {
    const { world, receiver } = await setUp()
    const sender = await world.party('limited', { relationships: ['authentication', 'assertionMethod'] })
    const token = await signJwt(claimsOf(sender, receiver), sender.key)
    expect(await codeOf(verifySelfIssuedToken(token, checkOf(world, receiver)))).toBe('trust.key-not-permitted')
    expect(await codeOf(verifySelfIssuedToken(token, checkOf(world, receiver, { relationships: 'optional' })))).toBe(
      'no error',
    )
  })

  it.each([[404], [500], [0]])('answers 401 when the DID document of the sender is not there (%i)', async (status) => {
    const { world, sender, receiver } = await setUp()
    world.publish(didDocumentUrl(sender.did), '', status)
    const token = await signJwt(claimsOf(sender, receiver), sender.key)
    await expect(verifySelfIssuedToken(token, checkOf(world, receiver))).rejects.toMatchObject({
      code: 'dcp.sender-unresolvable',
      status: 401,
    })
  })

  it("DCP-08: refuses a sender whose document is another DID's", async () => {
    const { world, sender, receiver } = await setUp()
    world.publish(didDocumentUrl(sender.did), { id: receiver.did })
    const token = await signJwt(claimsOf(sender, receiver), sender.key)
    expect(await codeOf(verifySelfIssuedToken(token, checkOf(world, receiver)))).toBe('dcp.sender-unresolvable')
  })

  it('recognises a DID in another spelling, and reports the canonical one', async () => {
    const { world, sender, receiver } = await setUp()
    const other = sender.did.replace('parties.example', 'Parties.Example')
    const token = await signJwt(claimsOf(sender, receiver, { iss: other, sub: other }), sender.key)
    expect((await verifySelfIssuedToken(token, checkOf(world, receiver))).did).toBe(parseDid(sender.did))
  })

  it('refuses any mutation of a token, and counts none as a use', async () => {
    const { world, sender, receiver, replay } = await setUp()
    const token = await signJwt(claimsOf(sender, receiver), sender.key)
    const check = { ...checkOf(world, receiver), replay }
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.='), async (at, character) => {
        fc.pre(token[at] !== character)
        const mutated = token.slice(0, at) + character + token.slice(at + 1)
        await expect(verifySelfIssuedToken(mutated, check)).rejects.toMatchObject({ status: 401 })
      }),
      { numRuns: 300 },
    )
    expect(replay.uses).toEqual([])
    expect(await codeOf(verifySelfIssuedToken(token, check))).toBe('no error')
  })
})

describe('DCP-10: a token is good for one use', () => {
  it('also when it comes twenty times at once', async () => {
    const { world, sender, receiver, replay } = await setUp()
    const token = await signJwt(claimsOf(sender, receiver), sender.key)
    const check = { ...checkOf(world, receiver), replay }
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(verifySelfIssuedToken(token, check))))
    expect(codes.filter((code) => code === 'no error')).toHaveLength(1)
    expect(codes.filter((code) => code === 'dcp.replayed')).toHaveLength(19)
  })

  it('also when another token has the same id', async () => {
    const { world, sender, receiver, replay } = await setUp()
    const check = { ...checkOf(world, receiver), replay }
    await verifySelfIssuedToken(await signJwt(claimsOf(sender, receiver), sender.key), check)
    const second = await signJwt(claimsOf(sender, receiver, { exp: seconds + 200 }), sender.key)
    expect(await codeOf(verifySelfIssuedToken(second, check))).toBe('dcp.replayed')
  })

  it("but nobody can use up another sender's id", async () => {
    const { world, sender, receiver, mallory, replay } = await setUp()
    const check = { ...checkOf(world, receiver), replay }
    expect(await codeOf(verifySelfIssuedToken(await signJwt(claimsOf(sender, receiver), mallory.key), check))).toBe(
      'trust.key-foreign',
    )
    await verifySelfIssuedToken(await signJwt(claimsOf(mallory, receiver), mallory.key), check)
    expect(await codeOf(verifySelfIssuedToken(await signJwt(claimsOf(sender, receiver), sender.key), check))).toBe(
      'no error',
    )
  })

  it('is remembered for as long as it would be accepted', async () => {
    const { world, sender, receiver, replay } = await setUp()
    await verifySelfIssuedToken(await signJwt(claimsOf(sender, receiver), sender.key), {
      ...checkOf(world, receiver),
      replay,
    })
    world.advance(300_000 + 9_999)
    const token = await signJwt(claimsOf(sender, receiver), sender.key)
    expect(await codeOf(verifySelfIssuedToken(token, checkOf(world, receiver)))).toBe('no error')
    expect(replay.uses[0]?.expiresAt.getTime()).toBeGreaterThan(world.clock())
  })

  it("passes on a fault of the guard's store as it is: it is ours, not the sender's", async () => {
    const { world, sender, receiver } = await setUp()
    const token = await signJwt(claimsOf(sender, receiver), sender.key)
    const replay = { claim: () => Promise.reject(new Error('the database is away')) }
    await expect(verifySelfIssuedToken(token, { ...checkOf(world, receiver), replay })).rejects.toThrow(
      'the database is away',
    )
  })

  it('a presentation that was made for us does not log its holder in', async () => {
    const { world, sender, receiver } = await setUp()
    const presentation = await createPresentation({
      holder: sender.did,
      audience: receiver.did,
      credentials: [],
      key: sender.key,
      clock: world.clock,
    })
    expect(await codeOf(verifySelfIssuedToken(presentation, checkOf(world, receiver)))).toBe(
      'dcp.token-not-self-issued',
    )
  })
})
