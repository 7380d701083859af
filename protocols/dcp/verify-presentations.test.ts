import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didDocumentUrl, parseJwt, signJwt } from '../trust/index.ts'
import { codeOf, noon } from '../trust/testing/world.ts'
import { createPresentation } from './presentation.ts'
import { parseScope } from './scope.ts'
import { createDataspace, type Dataspace, hour, listUrl, revocable } from './testing/dataspace.ts'
import { verifyPresentations } from './verify-presentations.ts'

/** The code of the answer to one presentation of one credential. */
async function judge(space: Dataspace, credential: string): Promise<string> {
  return codeOf(verifyPresentations(space.check([await space.present(credential)])))
}

/** A presentation with some registered claims changed, signed by the holder. */
async function presentationWith(
  space: Dataspace,
  changes: Record<string, unknown>,
  key = space.holder.key,
): Promise<string> {
  const { claims } = parseJwt(await space.present(await space.credential()))
  return signJwt({ ...claims, ...changes }, key)
}

describe('a good presentation', () => {
  it('yields the claims of its credentials', async () => {
    const space = await createDataspace()
    const verified = await verifyPresentations(space.check([await space.present(await space.credential())]))
    expect(verified).toEqual([
      {
        id: 'urn:uuid:1',
        profile: 'vc11-sl2021/jwt',
        types: ['VerifiableCredential', 'MembershipCredential'],
        issuer: space.issuer.did,
        subjects: [{ id: space.holder.did, claims: { membershipType: 'full' } }],
        validFrom: new Date(noon),
        validUntil: new Date(noon + hour),
      },
    ])
  })

  it('DCP-24: may hold more than was asked for', async () => {
    const space = await createDataspace()
    const extra = await space.credential({ id: 'urn:uuid:2', types: ['OtherCredential'] })
    const check = space.check([await space.present(await space.credential(), extra)], { trusted: () => true })
    expect(await verifyPresentations(check)).toHaveLength(2)
  })

  it('may come in several parts; a credential that comes twice is verified and reported once', async () => {
    const space = await createDataspace()
    const credential = await space.credential({ status: revocable(1) })
    await space.publishList()
    const presentations = [await space.present(credential), await space.present(credential)]
    expect(await verifyPresentations(space.check(presentations))).toHaveLength(1)
  })

  it('costs one request for each document and list, however many credentials are in it', async () => {
    const space = await createDataspace()
    await space.publishList()
    const numbers = Array.from({ length: 10 }, (_, at) => at)
    const credentials = await Promise.all(
      numbers.map((at) => space.credential({ id: `urn:uuid:${at}`, status: revocable(at) })),
    )
    expect(await verifyPresentations(space.check([await space.present(...credentials)]))).toHaveLength(10)
    expect([...space.world.fetched].sort()).toEqual(
      [didDocumentUrl(space.holder.did), didDocumentUrl(space.issuer.did), listUrl].sort(),
    )
  })

  it('may be of the kind that EDC hubs make: vp.type a text, no sub, extra claims (section 10)', async () => {
    const space = await createDataspace()
    const vp = {
      type: 'VerifiablePresentation',
      verifiableCredential: await space.credential(),
      '@context': ['https://www.w3.org/2018/credentials/v1', 'https://www.w3.org/ns/credentials/examples/v1', 'x'],
    }
    const presentation = await presentationWith(space, {
      vp,
      sub: undefined,
      controller: space.holder.did,
      exp: noon / 1000 + 60,
    })
    expect(await codeOf(verifyPresentations(space.check([presentation])))).toBe('no error')
  })

  it('needs no credential where none is required', async () => {
    const space = await createDataspace()
    expect(await verifyPresentations(space.check([], { required: [] }))).toEqual([])
  })
})

describe('step 1, DCP-24: what is required is there', () => {
  it.each<[string, (space: Dataspace) => Promise<readonly string[]>]>([
    ['no presentation', async () => []],
    ['an empty presentation', async (space) => [await space.present()]],
    [
      'another credential',
      async (space) => [await space.present(await space.credential({ types: ['OtherCredential'] }))],
    ],
    [
      'a credential whose type only begins alike',
      async (space) => [await space.present(await space.credential({ types: ['MembershipCredential2'] }))],
    ],
  ])('refuses %s, and names what is missing', async (_what, presentations) => {
    const space = await createDataspace()
    const check = space.check(await presentations(space), { trusted: () => true })
    await expect(verifyPresentations(check)).rejects.toMatchObject({
      code: 'dcp.credential-missing',
      field: 'MembershipCredential',
      status: 401,
      message: expect.stringContaining('MembershipCredential'),
    })
  })

  it('takes a required id as well as a type', async () => {
    const space = await createDataspace()
    const presentations = [await space.present(await space.credential())]
    const byId = (id: string) =>
      space.check(presentations, { required: [parseScope(`org.eclipse.dspace.dcp.vc.id:${id}`)] })
    expect(await codeOf(verifyPresentations(byId('urn:uuid:1')))).toBe('no error')
    expect(await codeOf(verifyPresentations(byId('urn:uuid:2')))).toBe('dcp.credential-missing')
  })
})

describe('steps 2 to 4: the presentation', () => {
  it("refuses somebody else's presentation", async () => {
    const space = await createDataspace()
    const presentation = await space.present(await space.credential())
    expect(await codeOf(verifyPresentations(space.check([presentation], { holder: space.mallory.did })))).toBe(
      'dcp.holder-mismatch',
    )
  })

  it("refuses one in the holder's name that somebody else signed", async () => {
    const space = await createDataspace()
    const { mallory, holder } = space
    const byMallory = await presentationWith(space, {}, mallory.key)
    const withHolderKid = await presentationWith(space, {}, { ...mallory.key, kid: holder.key.kid })
    expect(await codeOf(verifyPresentations(space.check([byMallory])))).toBe('trust.key-foreign')
    expect(await codeOf(verifyPresentations(space.check([withHolderKid])))).toBe('trust.signature-invalid')
  })

  it('DCP-23: refuses a key that may not authenticate', async () => {
    const space = await createDataspace()
    const { did, key } = await space.world.party('limited', {
      relationships: ['assertionMethod', 'capabilityInvocation'],
    })
    const credential = await space.credential({ subject: { id: did, claims: {} } })
    const presentation = await createPresentation({
      holder: did,
      audience: space.verifier.did,
      credentials: [credential],
      key,
      clock: space.world.clock,
    })
    const check = space.check([presentation], { holder: did })
    expect(await codeOf(verifyPresentations(check))).toBe('trust.key-not-permitted')
    expect(await codeOf(verifyPresentations({ ...check, rules: { relationships: 'optional' } }))).toBe('no error')
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['DCP-51: for another verifier', { aud: 'did:web:parties.example:mallory' }, 'dcp.presentation-audience-mismatch'],
    ['DCP-51: for nobody', { aud: undefined }, 'dcp.presentation-audience-mismatch'],
    ['DCP-29: that has expired', { exp: noon / 1000 - 60 }, 'dcp.presentation-expired'],
    ['DCP-29: that is not valid yet', { nbf: noon / 1000 + 60 }, 'dcp.presentation-expired'],
    ['DCP-51: that was made in the future', { iat: noon / 1000 + 60 }, 'dcp.presentation-expired'],
    ['DCP-51: that never expires and is old', { exp: undefined, iat: noon / 1000 - 600 }, 'dcp.presentation-expired'],
    ['without any time', { exp: undefined, iat: undefined }, 'dcp.presentation-malformed'],
    ['without a presenter', { iss: undefined }, 'dcp.presentation-malformed'],
    ['of two presenters', { iss: 'did:web:parties.example:mallory' }, 'dcp.presentation-malformed'],
    ['without vp', { vp: undefined }, 'dcp.presentation-malformed'],
    ['of another type', { vp: { type: ['Other'] } }, 'dcp.presentation-malformed'],
    [
      'whose credential is an object',
      { vp: { type: 'VerifiablePresentation', verifiableCredential: [{}] } },
      'trust.token-malformed',
    ],
  ])('refuses one %s', async (_what, changes, code) => {
    const space = await createDataspace()
    const check = space.check([await presentationWith(space, changes)])
    await expect(verifyPresentations(check)).rejects.toMatchObject({ code, status: 401 })
  })

  it('refuses one with an embedded proof, which is not supported', async () => {
    const space = await createDataspace()
    expect(await codeOf(verifyPresentations(space.check([{ type: 'VerifiablePresentation' }])))).toBe(
      'dcp.presentation-malformed',
    )
  })
})

describe('steps 5 to 9: each credential', () => {
  it('DCP-25, DCP-27: refuses a credential that its issuer did not sign', async () => {
    const space = await createDataspace()
    const { issuer, mallory } = space
    const content = { issuer: issuer.did }
    expect(await judge(space, await space.credential(content, mallory))).toBe('trust.key-foreign')
    const withIssuerKid = { ...mallory, key: { ...mallory.key, kid: issuer.key.kid } }
    expect(await judge(space, await space.credential(content, withIssuerKid))).toBe('trust.signature-invalid')
  })

  it('DCP-30: refuses an issuer that nobody trusts, and says which', async () => {
    const space = await createDataspace()
    const presentation = await space.present(await space.credential({}, space.mallory))
    await expect(verifyPresentations(space.check([presentation]))).rejects.toMatchObject({
      code: 'dcp.issuer-untrusted',
      message: expect.stringContaining(space.mallory.did),
    })
  })

  it('DCP-30: refuses an issuer that is trusted for another type, also when it claims both', async () => {
    const space = await createDataspace()
    const trusted = (_issuer: string, type: string) => type === 'OtherCredential'
    const credential = await space.credential({ types: ['OtherCredential', 'MembershipCredential'] })
    const check = space.check([await space.present(credential)], { trusted })
    expect(await codeOf(verifyPresentations(check))).toBe('dcp.issuer-untrusted')
  })

  it('DCP-26: refuses the credential of somebody else, also among several subjects', async () => {
    const space = await createDataspace()
    const { issuer, holder, mallory } = space
    expect(await judge(space, await space.credential({ subject: { id: mallory.did, claims: {} } }))).toBe(
      'dcp.holder-mismatch',
    )
    const { claims } = parseJwt(await space.credential())
    const credentialSubject = [{ id: holder.did }, { id: mallory.did }]
    const twoSubjects = await signJwt({ ...claims, vc: { ...(claims.vc as object), credentialSubject } }, issuer.key)
    expect(await judge(space, twoSubjects)).toBe('dcp.holder-mismatch')
    const noSubject = await signJwt(
      { ...claims, sub: undefined, vc: { ...(claims.vc as object), credentialSubject: {} } },
      issuer.key,
    )
    expect(await judge(space, noSubject)).toBe('dcp.holder-mismatch')
  })

  it('DCP-29: refuses one that has expired or is not valid yet', async () => {
    const space = await createDataspace()
    expect(await judge(space, await space.credential({ validUntil: new Date(noon) }))).toBe('dcp.credential-expired')
    expect(await judge(space, await space.credential({ validFrom: new Date(noon + 60_000) }))).toBe(
      'dcp.credential-not-yet-valid',
    )
  })

  it('answers 401 when the document of the issuer is not there', async () => {
    const space = await createDataspace()
    space.world.publish(didDocumentUrl(space.issuer.did), '', 0)
    const check = space.check([await space.present(await space.credential())])
    await expect(verifyPresentations(check)).rejects.toMatchObject({ code: 'dcp.issuer-unresolvable', status: 401 })
  })

  it('says 401, not 400, of a credential that is malformed', async () => {
    const space = await createDataspace()
    const credential = await signJwt({ vc: { type: [] } }, space.issuer.key)
    const check = space.check([await space.present(credential)])
    await expect(verifyPresentations(check)).rejects.toMatchObject({ code: 'dcp.presentation-malformed', status: 401 })
  })
})

describe('step 10, DCP-28: status', () => {
  it('refuses a credential that was revoked, and takes its neighbour', async () => {
    const space = await createDataspace()
    await space.publishList(1)
    expect(await judge(space, await space.credential({ status: revocable(1) }))).toBe('dcp.credential-revoked')
    expect(await judge(space, await space.credential({ status: revocable(2) }))).toBe('no error')
  })

  it('DCP-44: refuses a credential whose status cannot be known', async () => {
    const space = await createDataspace()
    expect(await judge(space, await space.credential({ status: revocable(1) }))).toBe('trust.status-list-unavailable')
    await space.publishList()
    expect(await judge(space, await space.credential({ status: revocable(131_072) }))).toBe(
      'trust.status-index-out-of-range',
    )
    space.world.publish(`${listUrl}-bad`, '{}')
    expect(
      await judge(
        space,
        await space.credential({
          status: [{ kind: 'BitstringStatusList', purpose: 'revocation', index: 1, listUrl: `${listUrl}-bad` }],
        }),
      ),
    ).toBe('trust.status-list-invalid')
  })

  it('fetches no list for a credential of an issuer that is not trusted', async () => {
    const space = await createDataspace()
    expect(await judge(space, await space.credential({ status: revocable(1) }, space.mallory))).toBe(
      'dcp.issuer-untrusted',
    )
    expect(space.world.fetched).not.toContain(listUrl)
  })
})

describe('step 11, DCP-31: schema', () => {
  it('refuses a credential whose subject violates the schema that it names', async () => {
    const space = await createDataspace()
    const schema = { id: 'https://issuer.example/schema.json', type: 'JsonSchemaValidator2018' }
    space.world.publish(schema.id, { required: ['membershipType'] })
    expect(await judge(space, await space.credential({ schema }))).toBe('no error')
    const subject = { id: space.holder.did, claims: {} }
    expect(await judge(space, await space.credential({ schema, subject }))).toBe('dcp.schema-violated')
  })
})

describe('step 12: one bad credential refuses all', () => {
  it('wherever it stands', async () => {
    const space = await createDataspace()
    const good = await space.credential()
    const bad = await space.credential({ id: 'urn:uuid:2', subject: { id: space.mallory.did, claims: {} } })
    for (const credentials of [
      [good, bad],
      [bad, good],
    ]) {
      expect(await codeOf(verifyPresentations(space.check([await space.present(...credentials)])))).toBe(
        'dcp.holder-mismatch',
      )
    }
  })

  it('any mutation of a presentation is refused', async () => {
    const space = await createDataspace()
    const presentation = await space.present(await space.credential())
    await fc.assert(
      fc.asyncProperty(fc.nat(presentation.length - 1), fc.constantFrom(...'AZaz09-_.'), async (at, character) => {
        fc.pre(presentation[at] !== character)
        const mutated = presentation.slice(0, at) + character + presentation.slice(at + 1)
        await expect(verifyPresentations(space.check([mutated]))).rejects.toMatchObject({ status: 401 })
      }),
      { numRuns: 200 },
    )
  })
})
