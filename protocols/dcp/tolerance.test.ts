import { describe, expect, it } from 'vitest'
import { signJwt, type TrustRules } from '../trust/index.ts'
import { codeOf, noon } from '../trust/testing/world.ts'
import { verifyDeliveredCredential } from './delivered-credential.ts'
import { parseCredentialMessage, parseCredentialOffer } from './issuance-messages.ts'
import { dcpContext } from './message.ts'
import { parsePresentationQuery } from './presentation-messages.ts'
import { createDataspace, type Dataspace } from './testing/dataspace.ts'
import { verifyPresentations } from './verify-presentations.ts'

const loose: TrustRules = { looseCredentialShape: true }

/** A credential as the conformance kit RC6 writes it: its id as context and as `sub`, without the generic type. */
function kitCredential({ issuer, holder }: Dataspace): Promise<string> {
  const id = 'urn:uuid:of-the-kit'
  const claims = {
    iss: issuer.did,
    sub: id,
    iat: noon / 1000,
    exp: noon / 1000 + 300,
    vc: {
      '@context': [id],
      id,
      type: ['MembershipCredential'],
      issuer: issuer.did,
      issuanceDate: '2026-03-01T12:00:00Z',
      expirationDate: '2026-03-01T12:10:00Z',
      credentialSubject: { id: holder.did, foo: 'bar' },
    },
  }
  return signJwt(claims, issuer.key, 'JWT')
}

/** A presentation as it writes it: `context` instead of `@context`. */
function kitPresentation({ holder, verifier }: Dataspace, credential: string): Promise<string> {
  const claims = {
    iss: holder.did,
    sub: holder.did,
    aud: verifier.did,
    jti: '1',
    iat: noon / 1000,
    exp: noon / 1000 + 600,
    vp: {
      context: ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiablePresentation'],
      verifiableCredential: [credential],
    },
  }
  return signJwt(claims, holder.key, 'JWT')
}

describe('what older partners write (section 3.7 of the conformance kit) is taken where the trust profile says so', () => {
  it('a loose credential in a loose presentation', async () => {
    const space = await createDataspace()
    const presentations = [await kitPresentation(space, await kitCredential(space))]
    const strictly = verifyPresentations(space.check(presentations))
    await expect(strictly).rejects.toMatchObject({ code: 'dcp.presentation-malformed', status: 401 })
    const verified = await verifyPresentations(space.check(presentations, { rules: loose }))
    expect(verified).toMatchObject([{ types: ['MembershipCredential'], subjects: [{ id: space.holder.did }] }])
  })

  it('a loose credential alone is refused by itself when the rules are strict', async () => {
    const space = await createDataspace()
    const presentations = [await space.present(await kitCredential(space))]
    expect(await codeOf(verifyPresentations(space.check(presentations)))).toBe('dcp.presentation-malformed')
    expect(await codeOf(verifyPresentations(space.check(presentations, { rules: loose })))).toBe('no error')
  })

  it('a loose credential that is delivered', async () => {
    const space = await createDataspace()
    const { issuer, holder, world } = space
    const container = {
      credentialType: 'MembershipCredential',
      payload: await kitCredential(space),
      format: 'VC1_0_JWT',
    }
    const check = { issuer: issuer.did, holder: holder.did, resolver: world.resolver, clock: world.clock }
    expect(await codeOf(verifyDeliveredCredential(container, check))).toBe('trust.credential-malformed')
    expect(await codeOf(verifyDeliveredCredential(container, { ...check, rules: loose }))).toBe('no error')
  })

  it('but loose is not lax: signature, issuer, holder and times are checked as ever', async () => {
    const space = await createDataspace()
    const { holder, issuer, mallory } = space
    const good = await kitCredential(space)
    const forged = await kitCredential({ ...space, issuer: { ...mallory, did: issuer.did } })
    const ofMallory = await kitCredential({ ...space, holder: mallory })
    const judge = async (credential: string, presenter = holder) => {
      const presentation = await kitPresentation({ ...space, holder: presenter }, credential)
      return codeOf(verifyPresentations(space.check([presentation], { rules: loose })))
    }
    expect(await judge(forged)).toBe('trust.key-foreign')
    expect(await judge(ofMallory)).toBe('dcp.holder-mismatch')
    expect(await judge(good, mallory)).toBe('dcp.holder-mismatch')
    space.world.advance(301_000)
    expect(await judge(good)).toBe('dcp.credential-expired')
  })
})

describe('what cannot hurt is taken from everybody', () => {
  it('DCP-41: an offer with the profiles of a credential in an array', () => {
    const offer = {
      '@context': [dcpContext],
      type: 'CredentialOfferMessage',
      issuer: 'did:web:issuer.example',
      credentials: [
        { type: 'CredentialObject', id: 'membership', profiles: ['vc11-sl2021/jwt'] },
        { type: 'CredentialObject', id: 'other', profiles: [] },
      ],
    }
    expect(parseCredentialOffer(offer).credentials).toEqual([
      { id: 'membership', profile: 'vc11-sl2021/jwt' },
      { id: 'other' },
    ])
  })

  it('DCP-39: a delivery with a requestId beside its ids', () => {
    const delivery = {
      '@context': [dcpContext],
      type: 'CredentialMessage',
      issuerPid: 'i',
      holderPid: 'h',
      requestId: 'r',
      status: 'ISSUED',
      credentials: [{ credentialType: 'MembershipCredential', payload: 'a.b.c', format: 'VC1_0_JWT' }],
    }
    expect(parseCredentialMessage(delivery)).toMatchObject({ issuerPid: 'i', holderPid: 'h', status: 'ISSUED' })
  })

  it('a query with the contexts that EDC verifiers send', () => {
    const query = {
      '@context': ['https://identity.foundation/presentation-exchange/submission/v1', dcpContext],
      type: 'PresentationQueryMessage',
      scope: ['org.eclipse.edc.vc.type:MembershipCredential:read'],
      presentationSubmission: null,
    }
    expect(parsePresentationQuery(query).scopes).toHaveLength(1)
  })
})
