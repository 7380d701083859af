import { describe, expect, it } from 'vitest'
import {
  buildStatusListCredential,
  createStatusBits,
  didDocumentUrl,
  issueStatusListCredential,
  parseJwt,
  signJwt,
} from '../trust/index.ts'
import { codeOf, noon } from '../trust/testing/world.ts'
import { createDataspace, type Dataspace, listUrl, revocable } from './testing/dataspace.ts'
import { forgeJwt, forgeUnsigned } from './testing/forgery.ts'
import { verifyPresentations } from './verify-presentations.ts'

/** The code of the answer to a presentation of the holder with whatever in it. */
async function judge(space: Dataspace, ...verifiableCredential: string[]): Promise<string> {
  const { claims } = parseJwt(await space.present())
  const vp = { ...(claims.vp as object), verifiableCredential }
  return codeOf(verifyPresentations(space.check([await signJwt({ ...claims, vp }, space.holder.key)])))
}

/** The good credential with some claims, and members of `vc`, changed, signed with any key. */
async function altered(
  space: Dataspace,
  claims: Record<string, unknown>,
  vc: Record<string, unknown> = {},
  key = space.issuer.key,
): Promise<string> {
  const good = parseJwt(await space.credential()).claims
  return signJwt({ ...good, ...claims, vc: { ...(good.vc as object), ...vc } }, key)
}

describe('credentials that somebody made up', () => {
  it('DCP-49: one that nobody signed', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await space.credential())
    expect(await judge(space, forgeUnsigned({ alg: 'none', kid: space.issuer.key.kid }, claims, 'AA'))).toBe(
      'trust.algorithm-refused',
    )
  })

  it('DCP-30: one that the holder issued to itself', async () => {
    const space = await createDataspace()
    expect(await judge(space, await space.credential({}, space.holder))).toBe('dcp.issuer-untrusted')
  })

  it('DCP-27: one with the name of a trusted issuer in iss, and of another in the credential, and the reverse', async () => {
    const space = await createDataspace()
    const { issuer, mallory } = space
    expect(await judge(space, await altered(space, { iss: mallory.did }))).toBe('dcp.presentation-malformed')
    expect(await judge(space, await altered(space, {}, { issuer: mallory.did }))).toBe('dcp.presentation-malformed')
    expect(await judge(space, await altered(space, {}, { issuer: [mallory.did, issuer.did] }))).toBe(
      'dcp.presentation-malformed',
    )
    expect(await judge(space, await altered(space, { iss: undefined }, {}, mallory.key))).toBe('trust.key-foreign')
  })

  it("DCP-27: one under a key id of the issuer's that is not its signature", async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await space.credential())
    const forged = forgeJwt({ alg: 'ES256', kid: space.issuer.key.kid }, claims, space.mallory.key.privateJwk)
    expect(await judge(space, forged)).toBe('trust.signature-invalid')
  })

  it("DCP-25: one signed with the issuer's key for something else", async () => {
    const space = await createDataspace()
    const { did, key, publicJwk } = space.issuer
    space.world.publishDocument(did, [{ kid: key.kid, publicJwk, relationships: ['authentication'] }])
    expect(await judge(space, await space.credential())).toBe('trust.key-not-permitted')
  })

  it('DCP-30: one of an issuer that is trusted for another type, alone, beside its own type, or hidden in a text', async () => {
    const space = await createDataspace()
    const judgeTypes = async (type: unknown) => judge(space, await altered(space, {}, { type }))
    expect(await judgeTypes(['VerifiableCredential', 'MembershipCredential', 'AdminCredential'])).toBe(
      'dcp.issuer-untrusted',
    )
    expect(await judgeTypes(['VerifiableCredential', 'MembershipCredential', '__proto__'])).toBe('dcp.issuer-untrusted')
    expect(await judgeTypes(['VerifiableCredential', 'MembershipCredential ', 'membershipcredential'])).toBe(
      'dcp.credential-missing',
    )
    expect(await judgeTypes(['VerifiableCredential', ['MembershipCredential']])).toBe('dcp.presentation-malformed')
  })

  it('DCP-30: a thousand issuers of its own make no request from here', async () => {
    const space = await createDataspace()
    const parties = ['m1', 'm2', 'm3', 'm4', 'm5'].map((name) => space.world.party(name))
    const credentials = await Promise.all(
      (await Promise.all(parties)).map((party, at) => space.credential({ id: `urn:uuid:${at}` }, party)),
    )
    expect(await judge(space, await space.credential(), ...credentials)).toBe('dcp.issuer-untrusted')
    expect(space.world.fetched.filter((url) => /m\d/.test(url))).toEqual([])
  })

  it('X-09: more credentials than anybody has, in one presentation or in several', async () => {
    const space = await createDataspace()
    const credential = await space.credential()
    const many = Array.from({ length: 40 }, () => credential)
    expect(await judge(space, ...many, ...many)).toBe('dcp.presentation-malformed')
    const twice = [await space.present(...many), await space.present(...many)]
    expect(await codeOf(verifyPresentations(space.check(twice)))).toBe('dcp.presentation-malformed')
    expect(space.world.fetched).toEqual([])
  })
})

describe('credentials of somebody else', () => {
  it('DCP-26: a stolen one, in a presentation of the thief', async () => {
    const space = await createDataspace()
    const stolen = await space.credential()
    const thief = { ...space, holder: space.mallory }
    const { claims } = parseJwt(await space.present(stolen))
    const presentation = await signJwt(
      { ...claims, iss: thief.holder.did, vp: { ...(claims.vp as object), holder: thief.holder.did } },
      thief.holder.key,
    )
    const check = space.check([presentation], { holder: thief.holder.did })
    expect(await codeOf(verifyPresentations(check))).toBe('dcp.holder-mismatch')
  })

  it('DCP-23: a stolen presentation as a whole', async () => {
    const space = await createDataspace()
    const stolen = await space.present(await space.credential())
    const check = space.check([stolen], { holder: space.mallory.did })
    expect(await codeOf(verifyPresentations(check))).toBe('dcp.holder-mismatch')
  })

  it('DCP-26: one for several subjects, the thief among them, or for nobody', async () => {
    const space = await createDataspace()
    const { holder, mallory } = space
    const both = [{ id: holder.did }, { id: mallory.did }]
    expect(await judge(space, await altered(space, {}, { credentialSubject: both }))).toBe('dcp.holder-mismatch')
    const nobody = [{ name: 'x' }, { id: holder.did }]
    expect(await judge(space, await altered(space, {}, { credentialSubject: nobody }))).toBe('dcp.holder-mismatch')
    expect(await judge(space, await altered(space, { sub: undefined }, { credentialSubject: { name: 'x' } }))).toBe(
      'dcp.holder-mismatch',
    )
  })

  it("DCP-26: one whose sub is the holder's and whose subject is another", async () => {
    const space = await createDataspace()
    const credentialSubject = { id: space.mallory.did }
    expect(await judge(space, await altered(space, {}, { credentialSubject }))).toBe('dcp.presentation-malformed')
    const presentations = [await space.present(await altered(space, {}, { credentialSubject }))]
    const check = space.check(presentations, { rules: { looseCredentialShape: true } })
    expect(await codeOf(verifyPresentations(check))).toBe('dcp.holder-mismatch')
  })
})

describe('presentations that hide something', () => {
  it("DCP-23: another holder's presentation in the place of a credential", async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await space.present(await space.credential()))
    const nested = await signJwt({ ...claims, iss: space.mallory.did }, space.mallory.key)
    expect(await judge(space, nested)).toBe('dcp.presentation-malformed')
  })

  it('DCP-51: one for another verifier, or for several of which we are none', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await space.present(await space.credential()))
    for (const aud of [space.mallory.did, [space.mallory.did], [], undefined, null, `${space.verifier.did}2`]) {
      const presentation = await signJwt({ ...claims, aud }, space.holder.key)
      expect(await codeOf(verifyPresentations(space.check([presentation])))).toBe('dcp.presentation-audience-mismatch')
    }
  })

  it('DCP-51: one that was kept for later, or has no times, or times that are texts', async () => {
    const space = await createDataspace()
    const { claims } = parseJwt(await space.present(await space.credential()))
    const judgeTimes = async (times: Record<string, unknown>) => {
      const presentation = await signJwt({ ...claims, ...times }, space.holder.key)
      return codeOf(verifyPresentations(space.check([presentation])))
    }
    const now = noon / 1000
    expect(await judgeTimes({ exp: now - 60 })).toBe('dcp.presentation-expired')
    expect(await judgeTimes({ nbf: now + 60 })).toBe('dcp.presentation-expired')
    expect(await judgeTimes({ iat: now - 601, exp: undefined, nbf: undefined })).toBe('dcp.presentation-expired')
    expect(await judgeTimes({ iat: undefined, exp: undefined, nbf: undefined })).toBe('dcp.presentation-malformed')
    expect(await judgeTimes({ exp: String(now + 60) })).toBe('dcp.presentation-malformed')
  })
})

describe('status lists that lie (DCP-44)', () => {
  const revoked = async (space: Dataspace) => space.credential({ status: revocable(1) })
  const content = (space: Dataspace) =>
    ({
      kind: 'BitstringStatusList',
      url: listUrl,
      issuer: space.issuer.did,
      purpose: 'revocation',
      bits: createStatusBits(),
      validFrom: new Date(noon),
    }) as const

  it("DCP-44: the holder's own list in the place of the issuer's", async () => {
    const space = await createDataspace()
    const own = { ...content(space), issuer: space.holder.did }
    space.world.publish(listUrl, await issueStatusListCredential(own, space.holder.key))
    expect(await judge(space, await revoked(space))).toBe('trust.status-list-foreign')
  })

  it("DCP-44: a list in the issuer's name that the holder signed", async () => {
    const space = await createDataspace()
    space.world.publish(listUrl, await issueStatusListCredential(content(space), space.holder.key))
    expect(await judge(space, await revoked(space))).toBe('trust.key-foreign')
    const key = { ...space.holder.key, kid: space.issuer.key.kid }
    space.world.publish(listUrl, await issueStatusListCredential(content(space), key))
    expect(await judge(space, await revoked(space))).toBe('trust.signature-invalid')
  })

  it('DCP-44: a list that nobody signed, and one that says another issuer inside than outside', async () => {
    const space = await createDataspace()
    const json = await buildStatusListCredential(content(space))
    space.world.publish(listUrl, json)
    expect(await judge(space, await revoked(space))).toBe('trust.status-list-unsigned')
    space.world.publish(listUrl, await signJwt({ ...json, iss: space.holder.did }, space.holder.key, 'vc+jwt'))
    expect(await judge(space, await revoked(space))).toBe('trust.status-list-invalid')
  })

  it('DCP-44: a list that redirects, is missing, or is somebody else’s page', async () => {
    const space = await createDataspace()
    for (const status of [301, 302, 307, 404, 500]) {
      space.world.publish(listUrl, '', status)
      expect(await judge(space, await revoked(space))).toBe('trust.status-list-unavailable')
    }
    space.world.publish(listUrl, '<html></html>')
    expect(await judge(space, await revoked(space))).toBe('trust.status-list-invalid')
  })
})

describe('issuers whose documents change', () => {
  it('DCP-45: a credential signed with a key that the issuer removed is refused as soon as the document is read anew', async () => {
    const space = await createDataspace()
    const credential = await space.credential()
    expect(await judge(space, credential)).toBe('no error')
    const { did } = space.issuer
    space.world.publishDocument(did, [{ kid: `${did}#key-2`, publicJwk: space.mallory.publicJwk }])
    space.world.advance(10_000)
    expect(await judge(space, credential)).toBe('trust.key-not-found')
    space.world.publish(didDocumentUrl(did), '', 404)
    space.world.advance(10_000)
    expect(await judge(space, credential)).toBe('dcp.issuer-unresolvable')
  })
})
