import { describe, expect, it } from 'vitest'
import { issueCredential, parseCredential, requireCredentialShape, verifyCredentialSignature } from './credential.ts'
import { parseJwt, signJwt } from './jwt.ts'
import { codeOf, createWorld, noon, type Party } from './testing/world.ts'
import type { CredentialContent } from './verifiable-credential.ts'

const day = 86_400_000

function contentOf(issuer: Party, holder: Party, changes: Partial<CredentialContent> = {}): CredentialContent {
  return {
    profile: 'vc11-sl2021/jwt',
    id: 'urn:uuid:6a8f1c1e-0d3c-4f0e-8a67-000000000001',
    issuer: issuer.did,
    types: ['MembershipCredential'],
    subject: { id: holder.did, claims: { membershipType: 'full', since: '2024-01-01' } },
    validFrom: new Date(noon),
    validUntil: new Date(noon + day),
    ...changes,
  }
}

async function parties() {
  const world = createWorld()
  return { world, issuer: await world.party('issuer'), holder: await world.party('holder') }
}

describe('issuing a credential (data model 1.1 as a JWT, section 6.1)', () => {
  it('mirrors the members of the credential in the registered claims', async () => {
    const { issuer, holder } = await parties()
    const content = contentOf(issuer, holder, {
      status: [
        { kind: 'BitstringStatusList', purpose: 'revocation', index: 42, listUrl: 'https://issuer.example/list' },
      ],
    })
    const { claims, kid, typ } = parseJwt(await issueCredential(content, issuer.key))
    expect({ kid, typ }).toEqual({ kid: issuer.key.kid, typ: 'JWT' })
    expect(claims).toEqual({
      iss: issuer.did,
      sub: holder.did,
      jti: content.id,
      iat: noon / 1000,
      nbf: noon / 1000,
      exp: (noon + day) / 1000,
      vc: {
        '@context': ['https://www.w3.org/2018/credentials/v1', 'https://w3id.org/vc/status-list/2021/v1'],
        id: content.id,
        type: ['VerifiableCredential', 'MembershipCredential'],
        issuer: issuer.did,
        issuanceDate: '2026-03-01T12:00:00Z',
        expirationDate: '2026-03-02T12:00:00Z',
        credentialSubject: { id: holder.did, membershipType: 'full', since: '2024-01-01' },
        credentialStatus: {
          id: 'https://issuer.example/list#42',
          type: 'BitstringStatusListEntry',
          statusPurpose: 'revocation',
          statusListIndex: '42',
          statusListCredential: 'https://issuer.example/list',
        },
      },
    })
  })

  it('never lets a claim replace the id of the subject', async () => {
    const { issuer, holder } = await parties()
    const subject = { id: holder.did, claims: { id: 'did:web:example.com:mallory' } }
    const credential = parseCredential(await issueCredential(contentOf(issuer, holder, { subject }), issuer.key))
    expect(credential.subjects).toEqual([{ id: holder.did, claims: {} }])
  })

  it('reads back what it issued', async () => {
    const { world, issuer, holder } = await parties()
    const content = contentOf(issuer, holder)
    const credential = parseCredential(await issueCredential(content, issuer.key))
    expect(credential).toMatchObject({
      profile: 'vc11-sl2021/jwt',
      id: content.id,
      types: ['VerifiableCredential', 'MembershipCredential'],
      issuer: issuer.did,
      subjects: [content.subject],
      validFrom: content.validFrom,
      validUntil: content.validUntil,
      status: [],
      schemas: [],
    })
    expect(await codeOf(verifyCredentialSignature(credential, world.resolver))).toBe('no error')
  })
})

describe('reading a credential', () => {
  const base = {
    type: ['VerifiableCredential', 'MembershipCredential'],
    issuer: 'did:web:parties.example:issuer',
    issuanceDate: '2026-03-01T12:00:00Z',
    credentialSubject: { id: 'did:web:parties.example:holder', name: 'Holder' },
  }
  const read = async (vc: Record<string, unknown>, claims: Record<string, unknown> = {}) => {
    const { issuer } = await parties()
    return parseCredential(await signJwt({ ...claims, vc: { ...base, ...vc } }, issuer.key))
  }

  it.each([
    ['a type that is a text', { type: 'MembershipCredential' }, { types: ['MembershipCredential'] }],
    ['an issuer that is an object', { issuer: { id: base.issuer, name: 'Issuer' } }, { issuer: base.issuer }],
    [
      'subjects in an array',
      { credentialSubject: [base.credentialSubject] },
      { subjects: [{ id: base.credentialSubject.id, claims: { name: 'Holder' } }] },
    ],
    ['a null expiration date', { expirationDate: null }, { validUntil: undefined }],
    ['an empty list of status entries', { credentialStatus: [] }, { status: [] }],
    ['a date with an offset', { issuanceDate: '2026-03-01T14:00:00.5+02:00' }, { validFrom: new Date(noon + 500) }],
    ['no context', { '@context': undefined }, { contexts: [] }],
  ])('takes %s', async (_what, vc, expected) => {
    expect(await read(vc)).toMatchObject(expected)
  })

  it.each([
    ['no type', { type: [] }, {}],
    ['a type that is a number', { type: ['A', 1] }, {}],
    ['no issuer', { issuer: undefined }, {}],
    ['an issuer that is no DID', { issuer: 'https://issuer.example' }, {}],
    ['two issuers (DCP-27)', {}, { iss: 'did:web:parties.example:other' }],
    ['no subject', { credentialSubject: undefined }, {}],
    ['a subject that is a text', { credentialSubject: 'x' }, {}],
    ['a subject id that is no text', { credentialSubject: { id: 1 } }, {}],
    ['no date of issue', { issuanceDate: undefined }, {}],
    ['a date without a time zone', { issuanceDate: '2026-03-01T12:00:00' }, {}],
    ['a date that is none', { expirationDate: 'tomorrow' }, {}],
    ['exp as a text', {}, { exp: '1893456000' }],
  ])('refuses %s', async (_what, vc, claims) => {
    expect(await codeOf(read(vc, claims))).toBe('trust.credential-malformed')
  })

  it('says that a credential of neither data model is not supported', async () => {
    const { issuer } = await parties()
    const token = await signJwt({ '@context': ['https://www.w3.org/ns/credentials/v3'], ...base }, issuer.key, 'vc+jwt')
    expect(await codeOf(() => parseCredential(token))).toBe('trust.profile-unsupported')
  })

  it('takes sub for a subject without an id, and the id of the subject where both are there', async () => {
    const bare = await read({ credentialSubject: { name: 'x' } }, { sub: 'did:web:a.example' })
    const both = await read({}, { sub: 'urn:uuid:of-the-credential' })
    expect([bare.subjects[0]?.id, both.subjects[0]?.id]).toEqual(['did:web:a.example', base.credentialSubject.id])
  })

  it('DCP-29: is valid only while both the dates and the claims say so', async () => {
    const credential = await read(
      { issuanceDate: '2026-03-01T12:00:00Z', expirationDate: '2026-03-01T12:10:00Z' },
      { nbf: noon / 1000 - 60, exp: noon / 1000 + 300 },
    )
    expect(credential.validFrom).toEqual(new Date(noon))
    expect(credential.validUntil).toEqual(new Date(noon + 300_000))
  })
})

describe('a credential that does not keep to its data model (section 3.7 of the conformance kit)', () => {
  const good = {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', 'MembershipCredential'],
    issuer: 'did:web:parties.example:issuer',
    issuanceDate: '2026-03-01T12:00:00Z',
    credentialSubject: { id: 'did:web:parties.example:holder' },
  }

  it.each([
    ['a context that holds the id of the credential', { '@context': ['urn:uuid:1'] }, {}],
    ['no context', { '@context': undefined }, {}],
    ['only its own type', { type: ['MembershipCredential'] }, {}],
    ['a sub that is the id of the credential', {}, { sub: 'urn:uuid:1' }],
  ])('is taken only where the trust profile is loose: %s', async (_what, vc, claims) => {
    const { issuer } = await parties()
    const credential = parseCredential(await signJwt({ ...claims, vc: { ...good, ...vc } }, issuer.key))
    expect(await codeOf(() => requireCredentialShape(credential))).toBe('trust.credential-malformed')
    expect(await codeOf(() => requireCredentialShape(credential, { looseCredentialShape: true }))).toBe('no error')
  })

  it('is told from one that does', async () => {
    const { issuer } = await parties()
    const claims = { sub: good.credentialSubject.id, jti: 'urn:uuid:another', vc: { ...good, id: 'urn:uuid:1' } }
    expect(parseCredential(await signJwt(claims, issuer.key)).deviations).toEqual([])
  })
})

describe('the signature of a credential', () => {
  it('DCP-27: refuses a credential in the name of an issuer who did not sign it', async () => {
    const { world, issuer, holder } = await parties()
    const content = contentOf(issuer, holder)
    const byOther = parseCredential(await issueCredential(content, holder.key))
    const withItsKid = parseCredential(await issueCredential(content, { ...holder.key, kid: issuer.key.kid }))
    expect(await codeOf(verifyCredentialSignature(byOther, world.resolver))).toBe('trust.key-foreign')
    expect(await codeOf(verifyCredentialSignature(withItsKid, world.resolver))).toBe('trust.signature-invalid')
  })

  it('DCP-25: asks for a key that may sign credentials', async () => {
    const world = createWorld()
    const issuer = await world.party('issuer', { relationships: ['authentication', 'capabilityInvocation'] })
    const holder = await world.party('holder')
    const credential = parseCredential(await issueCredential(contentOf(issuer, holder), issuer.key))
    expect(await codeOf(verifyCredentialSignature(credential, world.resolver))).toBe('trust.key-not-permitted')
    expect(await codeOf(verifyCredentialSignature(credential, world.resolver, { relationships: 'optional' }))).toBe(
      'no error',
    )
  })
})
