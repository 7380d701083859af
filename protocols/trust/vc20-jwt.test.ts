import { describe, expect, it } from 'vitest'
import {
  issueCredential,
  parseCredential,
  parseCredentialProfile,
  profileOfCredential,
  requireCredentialShape,
  verifyCredentialSignature,
} from './credential.ts'
import { parseJwt, signJwt } from './jwt.ts'
import { codeOf, createWorld, noon, type Party } from './testing/world.ts'
import { signVc20Jwt } from './vc20-jwt.ts'
import type { CredentialContent } from './verifiable-credential.ts'

const day = 86_400_000
const v2 = 'https://www.w3.org/ns/credentials/v2'

function contentOf(issuer: Party, holder: Party, changes: Partial<CredentialContent> = {}): CredentialContent {
  return {
    profile: 'vc20-bssl/jwt',
    id: 'urn:uuid:6a8f1c1e-0d3c-4f0e-8a67-000000000002',
    issuer: issuer.did,
    types: ['MembershipCredential'],
    subject: { id: holder.did, claims: { membershipType: 'full' } },
    validFrom: new Date(noon),
    validUntil: new Date(noon + day),
    ...changes,
  }
}

async function parties(algorithm?: 'ES256' | 'EdDSA') {
  const world = createWorld()
  return { world, issuer: await world.party('issuer', { algorithm }), holder: await world.party('holder') }
}

describe('issuing a credential (data model 2.0 with JOSE, section 6.2)', () => {
  it('makes the payload the credential, with registered claims that say the same', async () => {
    const { issuer, holder } = await parties()
    const status = [
      { kind: 'BitstringStatusList', purpose: 'revocation', index: 7, listUrl: 'https://issuer.example/list' },
    ] as const
    const { claims, kid, typ } = parseJwt(await signVc20Jwt(contentOf(issuer, holder, { status }), issuer.key))
    expect({ kid, typ }).toEqual({ kid: issuer.key.kid, typ: 'vc+jwt' })
    expect(claims).toEqual({
      '@context': [v2],
      id: 'urn:uuid:6a8f1c1e-0d3c-4f0e-8a67-000000000002',
      type: ['VerifiableCredential', 'MembershipCredential'],
      issuer: issuer.did,
      validFrom: '2026-03-01T12:00:00Z',
      validUntil: '2026-03-02T12:00:00Z',
      credentialSubject: { id: holder.did, membershipType: 'full' },
      credentialStatus: {
        id: 'https://issuer.example/list#7',
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: '7',
        statusListCredential: 'https://issuer.example/list',
      },
      iss: issuer.did,
      sub: holder.did,
      jti: 'urn:uuid:6a8f1c1e-0d3c-4f0e-8a67-000000000002',
      iat: noon / 1000,
      nbf: noon / 1000,
      exp: (noon + day) / 1000,
    })
  })

  it.each(['ES256', 'EdDSA'] as const)('DCP-25: reads back and verifies what it issued with %s', async (algorithm) => {
    const { world, issuer, holder } = await parties(algorithm)
    const content = contentOf(issuer, holder)
    const token = await issueCredential(content, issuer.key)
    const credential = parseCredential(token)
    expect(profileOfCredential(token)).toBe('vc20-bssl/jwt')
    expect(credential).toMatchObject({
      profile: 'vc20-bssl/jwt',
      id: content.id,
      contexts: [v2],
      types: ['VerifiableCredential', 'MembershipCredential'],
      issuer: issuer.did,
      subjects: [content.subject],
      validFrom: content.validFrom,
      validUntil: content.validUntil,
      status: [],
      schemas: [],
      deviations: [],
    })
    expect(await codeOf(verifyCredentialSignature(credential, world.resolver))).toBe('no error')
  })

  it('is what the profile of the content asks for', async () => {
    const { issuer, holder } = await parties()
    const older = await issueCredential(contentOf(issuer, holder, { profile: 'vc11-sl2021/jwt' }), issuer.key)
    expect([profileOfCredential(older), parseCredential(older).profile]).toEqual(['vc11-sl2021/jwt', 'vc11-sl2021/jwt'])
  })
})

describe('reading a credential of data model 2.0', () => {
  const base = {
    '@context': [v2],
    type: ['VerifiableCredential', 'MembershipCredential'],
    issuer: 'did:web:parties.example:issuer',
    credentialSubject: { id: 'did:web:parties.example:holder', name: 'Holder' },
  }
  const read = async (claims: Record<string, unknown>, typ?: string) => {
    const { issuer } = await parties()
    return parseCredential(await signJwt({ ...base, ...claims }, issuer.key, typ))
  }

  it.each([undefined, 'vc+jwt', 'application/vc+jwt', 'vc+ld+json+jwt', 'JWT'])('takes typ %s', async (typ) => {
    expect((await read({}, typ)).profile).toBe('vc20-bssl/jwt')
  })

  it.each(['vp+jwt', 'at+jwt', 'dpop+jwt'])('refuses another kind of token, typ %s', async (typ) => {
    expect(await codeOf(read({}, typ))).toBe('trust.credential-malformed')
  })

  it.each([
    ['an issuer that is an object', { issuer: { id: base.issuer } }, { issuer: base.issuer }],
    [
      'subjects in an array, as EDC issuers write them',
      { credentialSubject: [base.credentialSubject] },
      { subjects: [{ id: base.credentialSubject.id, claims: { name: 'Holder' } }] },
    ],
    ['no dates', {}, { validFrom: new Date(0), validUntil: undefined }],
    ['no iss', { iss: undefined }, { issuer: base.issuer }],
    ['a context as a text', { '@context': v2 }, { contexts: [v2] }],
  ])('takes %s', async (_what, claims, expected) => {
    expect(await read(claims)).toMatchObject(expected)
  })

  it.each([
    ['a second issuer in iss (DCP-27)', { iss: 'did:web:parties.example:other' }],
    ['a claim vp', { vp: {} }],
    ['no issuer', { issuer: undefined }],
    ['no type', { type: undefined }],
    ['no subject', { credentialSubject: undefined }],
    ['a date without a zone', { validUntil: '2026-03-01T12:00:00' }],
    ['exp as a text', { exp: '1893456000' }],
    ['nbf as a text', { nbf: '1' }],
  ])('refuses %s', async (_what, claims) => {
    expect(await codeOf(read(claims))).toBe('trust.credential-malformed')
  })

  it('takes a credential in a claim vc for data model 1.1, whatever its context', async () => {
    const { issuer } = await parties()
    const vc = { ...base, issuanceDate: '2026-03-01T12:00:00Z' }
    const credential = parseCredential(await signJwt({ ...base, vc }, issuer.key, 'vc+jwt'))
    expect(credential).toMatchObject({ profile: 'vc11-sl2021/jwt', deviations: ['@context'] })
  })

  it.each([
    ['sub', { sub: 'did:web:parties.example:other' }],
    ['jti', { id: 'urn:uuid:1', jti: 'urn:uuid:2' }],
    ['type', { type: ['MembershipCredential'] }],
    ['@context', { '@context': ['https://example.com/other', v2] }],
  ])('refuses a %s that contradicts, unless the trust profile is loose', async (member, claims) => {
    const credential = await read(claims)
    expect(credential.deviations).toEqual([member])
    expect(await codeOf(() => requireCredentialShape(credential))).toBe('trust.credential-malformed')
    expect(await codeOf(() => requireCredentialShape(credential, { looseCredentialShape: true }))).toBe('no error')
  })

  it('DCP-29: is valid only while both the statement and the signature are', async () => {
    const credential = await read({
      validFrom: '2026-03-01T12:00:00Z',
      validUntil: '2026-03-01T12:10:00Z',
      nbf: noon / 1000 + 60,
      exp: noon / 1000 + 300,
    })
    expect(credential.validFrom).toEqual(new Date(noon + 60_000))
    expect(credential.validUntil).toEqual(new Date(noon + 300_000))
  })

  it('DCP-27: is bound to the issuer by its key, also without iss', async () => {
    const { world, holder } = await parties()
    const credential = parseCredential(await signJwt(base, holder.key, 'vc+jwt'))
    expect(await codeOf(verifyCredentialSignature(credential, world.resolver))).toBe('trust.key-foreign')
  })
})

describe('the names of profiles', () => {
  it.each([
    ['vc11-sl2021/jwt', 'vc11-sl2021/jwt'],
    ['VC1_0_JWT', 'vc11-sl2021/jwt'],
    ['vc20-bssl/jwt', 'vc20-bssl/jwt'],
    ['VC2_0_JOSE', 'vc20-bssl/jwt'],
    ['VC1_0_LD', undefined],
    ['constructor', undefined],
    [null, undefined],
  ])('%s is %s', (name, profile) => {
    expect(parseCredentialProfile(name)).toBe(profile)
  })
})
