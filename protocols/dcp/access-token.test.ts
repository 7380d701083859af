import { describe, expect, it } from 'vitest'
import { type JwtClaims, parseJwt, signJwt } from '../trust/index.ts'
import { codeOf, createWorld, noon } from '../trust/testing/world.ts'
import { createAccessToken, verifyAccessToken } from './access-token.ts'
import { typeScope } from './scope.ts'
import { createSelfIssuedToken } from './self-issued-token.ts'

async function setUp() {
  const world = createWorld()
  const [holder, verifier, mallory] = [
    await world.party('holder'),
    await world.party('verifier'),
    await world.party('mallory'),
  ]
  const input = {
    holder: holder.did,
    verifier: verifier.did,
    scopes: [typeScope('MembershipCredential')],
    key: holder.key,
    clock: world.clock,
  }
  const check = {
    holder: holder.did,
    verifier: verifier.did,
    clock: world.clock,
    holderKey: async (kid: string) => (kid === holder.key.kid ? holder.publicJwk : undefined),
  }
  return { world, holder, verifier, mallory, input, check }
}

describe('an access token (section 3.2)', () => {
  it('grants its scopes to the verifier that it was made for', async () => {
    const { input, check } = await setUp()
    const { token, expiresAt } = await createAccessToken(input)
    expect(await verifyAccessToken(token, check)).toEqual({
      scopes: [{ kind: 'type', type: 'MembershipCredential', context: undefined }],
    })
    expect(expiresAt).toEqual(new Date(noon + 300_000))
  })

  it('DCP-21: grants nothing to another verifier', async () => {
    const { mallory, input, check } = await setUp()
    const { token } = await createAccessToken(input)
    expect(await codeOf(verifyAccessToken(token, { ...check, verifier: mallory.did }))).toBe('dcp.access-token-invalid')
  })

  it("DCP-21: grants nothing when another holder made it, or a key that is not the holder's signed it", async () => {
    const { mallory, holder, input, check } = await setUp()
    const foreign = await createAccessToken({ ...input, holder: mallory.did, key: mallory.key })
    const forged = await createAccessToken({ ...input, key: { ...mallory.key, kid: holder.key.kid } })
    expect(await codeOf(verifyAccessToken(foreign.token, check))).toBe('dcp.access-token-invalid')
    expect(await codeOf(verifyAccessToken(forged.token, check))).toBe('dcp.access-token-invalid')
  })

  it.each<[string, JwtClaims]>([
    ['that has expired', { exp: noon / 1000 - 60 }],
    ['that never expires', { exp: undefined }],
    ['of the future', { nbf: noon / 1000 + 60 }],
    ['for another service', { aud: 'did:web:parties.example:mallory' }],
    ['in the name of another holder', { iss: 'did:web:parties.example:mallory' }],
    ['without scopes', { scope: undefined }],
    ['with scopes that are no text', { scope: ['a'] }],
    ['with a scope that is not understood', { scope: 'anything' }],
  ])('grants nothing by one %s', async (_what, changes) => {
    const { holder, input, check } = await setUp()
    const { claims } = parseJwt((await createAccessToken(input)).token)
    const token = await signJwt({ ...claims, ...changes }, holder.key)
    expect(await codeOf(verifyAccessToken(token, check))).toBe('dcp.access-token-invalid')
  })

  it.each([['fake-token'], [''], ['a.b.c']])('takes %s for what it is', async (token) => {
    const { check } = await setUp()
    expect(await codeOf(verifyAccessToken(token, check))).toBe('dcp.access-token-invalid')
  })

  it('is not a self-issued token of the holder, and says when there is none', async () => {
    const { holder, verifier, world, check } = await setUp()
    const other = await createSelfIssuedToken({
      did: holder.did,
      audience: verifier.did,
      key: holder.key,
      clock: world.clock,
    })
    expect(await codeOf(verifyAccessToken(other.token, check))).toBe('dcp.access-token-invalid')
    expect(await codeOf(verifyAccessToken(undefined, check))).toBe('dcp.access-token-missing')
  })

  it('DCP-52: is made for known scopes only, and for at least one', async () => {
    const { input } = await setUp()
    expect(await codeOf(createAccessToken({ ...input, scopes: ['everything'] }))).toBe('dcp.scope-invalid')
    expect(await codeOf(createAccessToken({ ...input, scopes: [] }))).toBe('dcp.scope-invalid')
  })
})
