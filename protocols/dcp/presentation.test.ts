import { describe, expect, it } from 'vitest'
import { parseJwt, signJwt } from '../trust/index.ts'
import { codeOf, noon } from '../trust/testing/world.ts'
import { createPresentation, createPresentations } from './presentation.ts'
import { createDataspace, type Dataspace, hour } from './testing/dataspace.ts'
import { verifyPresentations } from './verify-presentations.ts'

const v2 = 'https://www.w3.org/ns/credentials/v2'

const vc20 = (space: Dataspace, id = 'urn:uuid:20') => space.credential({ profile: 'vc20-bssl/jwt', id })

function inputOf(space: Dataspace, credentials: readonly string[], enveloped?: boolean) {
  const { holder, verifier, world } = space
  const base = { holder: holder.did, audience: verifier.did, credentials, key: holder.key, clock: world.clock }
  return enveloped === undefined ? base : { ...base, enveloped }
}

const judge = (space: Dataspace, presentations: readonly (string | Record<string, unknown>)[]) =>
  codeOf(verifyPresentations(space.check(presentations)))

describe('making presentations', () => {
  it('DCP-22: makes one for each data model of a mixed set, and says which credentials each holds', async () => {
    const space = await createDataspace()
    const credentials = [await space.credential(), await vc20(space), await space.credential({ id: 'urn:uuid:3' })]
    const made = await createPresentations(inputOf(space, credentials))
    expect(made.map(({ profile, positions }) => ({ profile, positions }))).toEqual([
      { profile: 'vc11-sl2021/jwt', positions: [0, 2] },
      { profile: 'vc20-bssl/jwt', positions: [1] },
    ])
    const presentations = made.map((one) => one.presentation)
    expect(await verifyPresentations(space.check(presentations))).toHaveLength(3)
  })

  it('makes none for nothing', async () => {
    const space = await createDataspace()
    expect(await createPresentations(inputOf(space, []))).toEqual([])
  })

  it('DCP-22: refuses to put two data models into one presentation', async () => {
    const space = await createDataspace()
    const credentials = [await space.credential(), await vc20(space)]
    expect(await codeOf(() => createPresentation(inputOf(space, credentials)))).toBe('dcp.presentation-malformed')
  })

  it('of data model 2.0 holds enveloped credentials, and says for whom and until when it is', async () => {
    const space = await createDataspace()
    const credential = await vc20(space)
    const { claims, typ, kid } = parseJwt(await createPresentation(inputOf(space, [credential], false)))
    expect({ typ, kid }).toEqual({ typ: 'vp+jwt', kid: space.holder.key.kid })
    expect(claims).toMatchObject({
      '@context': [v2],
      type: ['VerifiablePresentation'],
      holder: space.holder.did,
      iss: space.holder.did,
      aud: space.verifier.did,
      exp: noon / 1000 + 120,
      verifiableCredential: [
        { '@context': v2, id: `data:application/vc+jwt,${credential}`, type: 'EnvelopedVerifiableCredential' },
      ],
    })
    expect(claims).not.toHaveProperty('vp')
  })

  it('of data model 2.0 is wrapped once more by default, since EDC reads no other', async () => {
    const space = await createDataspace()
    const { claims, typ } = parseJwt(await createPresentation(inputOf(space, [await vc20(space)])))
    expect(typ).toBe('vp+jwt')
    expect(claims).toMatchObject({ '@context': [v2], type: 'EnvelopedVerifiablePresentation' })
    const inner = parseJwt(String(claims.id).slice('data:application/vp+jwt,'.length))
    expect(inner.claims).toMatchObject({ type: ['VerifiablePresentation'], holder: space.holder.did })
  })
})

describe('verifying presentations of data model 2.0', () => {
  it.each([true, false])('DCP-23, DCP-25: takes a good one (enveloped: %s)', async (enveloped) => {
    const space = await createDataspace()
    const presentation = await createPresentation(inputOf(space, [await vc20(space)], enveloped))
    expect(await verifyPresentations(space.check([presentation]))).toMatchObject([
      { id: 'urn:uuid:20', profile: 'vc20-bssl/jwt', issuer: space.issuer.did, validUntil: new Date(noon + hour) },
    ])
  })

  it('takes an envelope that is plain JSON', async () => {
    const space = await createDataspace()
    const inner = await createPresentation(inputOf(space, [await vc20(space)], false))
    const envelope = { '@context': v2, id: `data:application/vp+jwt,${inner}`, type: 'EnvelopedVerifiablePresentation' }
    expect(await judge(space, [envelope])).toBe('no error')
  })

  it('takes credentials in the data URL of older documents', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await createPresentation(inputOf(space, [await vc20(space)], false)))
    const id = `data:application/vc+ld+json+jwt;${await vc20(space)}`
    const older = { ...claims, verifiableCredential: { '@context': v2, id, type: ['EnvelopedVerifiableCredential'] } }
    expect(await judge(space, [await signJwt(older, space.holder.key)])).toBe('no error')
  })

  it('takes the EDC form, an envelope that only names the presentation', async () => {
    const space = await createDataspace()
    const inner = await createPresentation(inputOf(space, [await vc20(space)], false))
    const outer = {
      '@context': [v2],
      type: 'EnvelopedVerifiablePresentation',
      id: `data:application/vp+jwt,${inner}`,
    }
    expect(await judge(space, [await signJwt(outer, space.holder.key)])).toBe('no error')
  })

  it('DCP-51: takes one that names neither receiver nor end only where the trust profile is loose', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await createPresentation(inputOf(space, [await vc20(space)], false)))
    const { aud: _aud, exp: _exp, iat: _iat, nbf: _nbf, iss: _iss, ...bare } = claims
    const presentation = await signJwt(bare, space.holder.key, 'vp+jwt')
    expect(await judge(space, [presentation])).toBe('dcp.presentation-malformed')
    const check = space.check([presentation], { rules: { looseCredentialShape: true } })
    expect(await codeOf(verifyPresentations(check))).toBe('no error')
  })

  it('DCP-51: refuses one for another verifier, or that has expired, also where the trust profile is loose', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await createPresentation(inputOf(space, [await vc20(space)], false)))
    const judgeLoosely = async (changes: Record<string, unknown>) => {
      const presentation = await signJwt({ ...claims, ...changes }, space.holder.key)
      return codeOf(verifyPresentations(space.check([presentation], { rules: { looseCredentialShape: true } })))
    }
    expect(await judgeLoosely({ aud: space.mallory.did })).toBe('dcp.presentation-audience-mismatch')
    expect(await judgeLoosely({ exp: noon / 1000 - 60 })).toBe('dcp.presentation-expired')
    expect(await judgeLoosely({ exp: undefined, iat: noon / 1000 - 601 })).toBe('dcp.presentation-expired')
  })

  it('DCP-22: refuses a presentation that holds credentials of the other data model', async () => {
    const space = await createDataspace()
    const [older, newer] = [await space.credential(), await vc20(space)]
    const { claims } = parseJwt(await createPresentation(inputOf(space, [newer], false)))
    const entry = (token: string) => ({
      '@context': v2,
      id: `data:application/vc+jwt,${token}`,
      type: 'EnvelopedVerifiableCredential',
    })
    const mixed = await signJwt(
      { ...claims, verifiableCredential: [entry(newer), entry(older)] },
      space.holder.key,
      'vp+jwt',
    )
    expect(await judge(space, [mixed])).toBe('dcp.presentation-malformed')
    const { claims: vp11 } = parseJwt(await space.present(older))
    const vp = { ...(vp11.vp as object), verifiableCredential: [older, newer] }
    expect(await judge(space, [await signJwt({ ...vp11, vp }, space.holder.key)])).toBe('dcp.presentation-malformed')
  })
})

describe('attacks with envelopes', () => {
  it("DCP-23: somebody else's presentation in an envelope of the sender", async () => {
    const space = await createDataspace()
    const stolen = await createPresentation({ ...inputOf(space, [await vc20(space)], false) })
    const outer = {
      '@context': [v2],
      type: 'EnvelopedVerifiablePresentation',
      id: `data:application/vp+jwt,${stolen}`,
    }
    const presentation = await signJwt(outer, space.mallory.key)
    expect(await judge(space, [presentation])).toBe('trust.key-foreign')
    const check = space.check([presentation], { holder: space.mallory.did })
    expect(await codeOf(verifyPresentations(check))).toBe('dcp.holder-mismatch')
  })

  it('DCP-23: an envelope in the name of the holder that somebody else signed', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await createPresentation(inputOf(space, [await vc20(space)])))
    const forged = await signJwt(claims, { ...space.mallory.key, kid: space.holder.key.kid })
    expect(await judge(space, [forged])).toBe('trust.signature-invalid')
  })

  it('DCP-23: an envelope that names another holder than the presentation in it', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await createPresentation(inputOf(space, [await vc20(space)])))
    const twoHolders = await signJwt({ ...claims, holder: space.mallory.did }, space.holder.key)
    expect(await judge(space, [twoHolders])).toBe('dcp.presentation-malformed')
  })

  it('an envelope in an envelope in an envelope', async () => {
    const space = await createDataspace()
    const once = await createPresentation(inputOf(space, [await vc20(space)]))
    const { claims } = parseJwt(once)
    const twice = await signJwt({ ...claims, id: `data:application/vp+jwt,${once}` }, space.holder.key)
    expect(await judge(space, [twice])).toBe('dcp.presentation-malformed')
  })

  it.each([
    ['another scheme', (token: string) => `https://example.com/${token}`],
    ['another media type', (token: string) => `data:text/plain,${token}`],
    ['base64', (token: string) => `data:application/vc+jwt;base64,${token}`],
    ['nothing in it', () => 'data:application/vc+jwt,'],
  ])('DCP-25: a credential whose id is a data URL of %s', async (_what, urlOf) => {
    const space = await createDataspace()
    const { claims } = parseJwt(await createPresentation(inputOf(space, [await vc20(space)], false)))
    const entry = { '@context': v2, id: urlOf(await vc20(space)), type: 'EnvelopedVerifiableCredential' }
    const presentation = await signJwt({ ...claims, verifiableCredential: [entry] }, space.holder.key)
    expect(await judge(space, [presentation])).toMatch(/malformed$/)
  })

  it('DCP-23: a presentation in the place of a credential', async () => {
    const space = await createDataspace()
    const inner = await createPresentation(inputOf(space, [await vc20(space)], false))
    const { claims } = parseJwt(inner)
    const entry = { '@context': v2, id: `data:application/vc+jwt,${inner}`, type: 'EnvelopedVerifiableCredential' }
    const nested = await signJwt({ ...claims, verifiableCredential: [entry] }, space.holder.key)
    expect(await judge(space, [nested])).toMatch(/malformed$/)
  })
})
