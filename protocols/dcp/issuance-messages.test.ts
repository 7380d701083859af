import { describe, expect, it } from 'vitest'
import { parseDid } from '../trust/index.ts'
import { codeOf } from '../trust/testing/world.ts'
import {
  buildCredentialMessage,
  buildCredentialOffer,
  buildCredentialRequest,
  buildCredentialStatus,
  buildIssuerMetadata,
  type CompleteCredentialObject,
  type CredentialDelivery,
  parseCredentialMessage,
  parseCredentialOffer,
  parseCredentialRequest,
  parseCredentialStatus,
  parseIssuerMetadata,
  profileOfFormat,
} from './issuance-messages.ts'
import { parsePresentationDefinition } from './presentation-exchange/presentation-definition.ts'
import { example, hasVectors, schemaErrors } from './testing/vectors.ts'

const issuer = parseDid('did:web:issuer.example')
const request = { holderPid: 'request-1', credentials: [{ id: 'membership' }, { id: 'participant' }] }
const issued: CredentialDelivery = {
  status: 'ISSUED',
  issuerPid: 'issuer-1',
  holderPid: 'request-1',
  credentials: [{ credentialType: 'MembershipCredential', payload: 'a.b.c', format: 'vc11-sl2021/jwt' }],
}
const rejected: CredentialDelivery = {
  status: 'REJECTED',
  issuerPid: 'issuer-1',
  holderPid: 'request-1',
  rejectionReason: 'not a member',
}
const object: CompleteCredentialObject = {
  id: 'd5c77b0e-7f4e-4fd5-8c5f-28b5fc3f96d1',
  credentialType: 'MembershipCredential',
  credentialSchema: 'https://issuer.example/schema.json',
  offerReason: 'reissue',
  bindingMethods: ['did:web'],
  profile: 'vc11-sl2021/jwt',
}
const status = { issuerPid: 'issuer-1', holderPid: 'request-1', status: 'RECEIVED' } as const

/** A message with one member replaced, or left out where the value is undefined. */
function without(message: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...message, ...changes }).filter(([, value]) => value !== undefined))
}

describe('every message is read as it was built', () => {
  it.each([
    ['CredentialRequestMessage', parseCredentialRequest(buildCredentialRequest(request)), request],
    ['CredentialMessage that delivers', parseCredentialMessage(buildCredentialMessage(issued)), issued],
    ['CredentialMessage that rejects', parseCredentialMessage(buildCredentialMessage(rejected)), rejected],
    ['CredentialStatus', parseCredentialStatus(buildCredentialStatus(status)), status],
    [
      'CredentialOfferMessage',
      parseCredentialOffer(buildCredentialOffer({ issuer, credentials: [object] })),
      { issuer, credentials: [object] },
    ],
    [
      'IssuerMetadata',
      parseIssuerMetadata(buildIssuerMetadata({ issuer, credentialsSupported: [object] })),
      { issuer, credentialsSupported: [object] },
    ],
  ])('%s', (_name, read, built) => {
    expect(read).toEqual(built)
  })
})

describe('a member that is missing or wrong is named (DCP-34, DCP-36, DCP-37, DCP-38, DCP-39, DCP-41)', () => {
  const requestMessage = buildCredentialRequest(request)
  const deliveryMessage = buildCredentialMessage(issued)
  const offerMessage = buildCredentialOffer({ issuer, credentials: [object] })

  it.each([
    [
      'DCP-34: a request without holderPid',
      () => parseCredentialRequest(without(requestMessage, { holderPid: undefined })),
      'holderPid',
    ],
    [
      'DCP-34: a request without credentials',
      () => parseCredentialRequest(without(requestMessage, { credentials: undefined })),
      'credentials',
    ],
    [
      'a request for nothing',
      () => parseCredentialRequest(without(requestMessage, { credentials: [] })),
      'credentials',
    ],
    [
      'a request for texts',
      () => parseCredentialRequest(without(requestMessage, { credentials: ['membership'] })),
      'credentials',
    ],
    [
      'a request for a credential without an id',
      () => parseCredentialRequest(without(requestMessage, { credentials: [{}] })),
      'id',
    ],
    [
      'a request of another type',
      () => parseCredentialRequest(without(requestMessage, { type: 'CredentialMessage' })),
      'type',
    ],
    [
      'a request without context',
      () => parseCredentialRequest(without(requestMessage, { '@context': undefined })),
      '@context',
    ],
    [
      'DCP-39: a delivery without holderPid',
      () => parseCredentialMessage(without(deliveryMessage, { holderPid: undefined })),
      'holderPid',
    ],
    [
      'a delivery without issuerPid',
      () => parseCredentialMessage(without(deliveryMessage, { issuerPid: 7 })),
      'issuerPid',
    ],
    [
      'DCP-38: a delivery of another status',
      () => parseCredentialMessage(without(deliveryMessage, { status: 'RECEIVED' })),
      'status',
    ],
    [
      'a delivery of nothing',
      () => parseCredentialMessage(without(deliveryMessage, { credentials: [] })),
      'credentials',
    ],
    [
      'a delivery without payload',
      () => parseCredentialMessage(without(deliveryMessage, { credentials: [{ credentialType: 'A', format: 'jwt' }] })),
      'payload',
    ],
    ['an offer without issuer', () => parseCredentialOffer(without(offerMessage, { issuer: undefined })), 'issuer'],
    [
      'an offer of somebody without a DID',
      () => parseCredentialOffer(without(offerMessage, { issuer: 'issuer' })),
      'issuer',
    ],
    ['an offer of nothing', () => parseCredentialOffer(without(offerMessage, { credentials: [] })), 'credentials'],
    [
      'DCP-36: a status that is none',
      () => parseCredentialStatus(without(buildCredentialStatus(status), { status: 'PENDING' })),
      'status',
    ],
  ])('%s', (_what, parse, field) => {
    expect(parse).toThrow(expect.objectContaining({ code: 'dcp.message-invalid', status: 400, field }))
  })
})

describe('what is tolerated', () => {
  it('a rejection without a reason, or with a null one', () => {
    const message = buildCredentialMessage(rejected)
    expect(parseCredentialMessage({ ...message, rejectionReason: null })).toMatchObject({ rejectionReason: undefined })
  })

  it('DCP-41: an offer of ids only', () => {
    const message = { ...buildCredentialOffer({ issuer, credentials: [] }), credentials: [{ id: 'x' }] }
    expect(parseCredentialOffer(message).credentials).toEqual([{ id: 'x' }])
  })

  it('metadata of an issuer that supports nothing', () => {
    const message = without(buildIssuerMetadata({ issuer, credentialsSupported: [] }), {
      credentialsSupported: undefined,
    })
    expect(parseIssuerMetadata(message).credentialsSupported).toEqual([])
  })

  it.each([
    ['vc11-sl2021/jwt', 'vc11-sl2021/jwt'],
    ['VC1_0_JWT', 'vc11-sl2021/jwt'],
    ['jwt', 'vc11-sl2021/jwt'],
    ['vc20-bssl/jwt', 'vc20-bssl/jwt'],
    ['VC2_0_JOSE', 'vc20-bssl/jwt'],
  ])('the format name %s', (format, profile) => {
    expect(profileOfFormat(format)).toBe(profile)
  })

  it.each(['json-ld', 'VC1_0_LD', 'constructor', ''])('but not the format name %s', async (format) => {
    expect(await codeOf(() => profileOfFormat(format))).toBe('dcp.format-unsupported')
  })
})

describe.runIf(hasVectors)('judged by the specification', () => {
  // The schema of CredentialMessage names no type, so `type` is not judged there.
  it.each([
    ['issuance/credential-request-message', buildCredentialRequest(request)],
    ['issuance/credential-message', buildCredentialMessage(issued)],
    ['issuance/credential-message', buildCredentialMessage(rejected)],
    ['issuance/credential-status', buildCredentialStatus(status)],
    ['issuance/credential-offer-message', buildCredentialOffer({ issuer, credentials: [object] })],
    ['issuance/issuer-metadata', buildIssuerMetadata({ issuer, credentialsSupported: [object] })],
  ])('%s: our message satisfies the schema, and would not without its members', (name, message) => {
    expect(schemaErrors(name, message)).toEqual([])
    expect(schemaErrors(name, { '@context': message['@context'], type: message.type })).not.toEqual([])
  })

  it('DCP-37: our description of a credential satisfies the schema', () => {
    const described = buildIssuerMetadata({ issuer, credentialsSupported: [object] }).credentialsSupported
    expect(schemaErrors('issuance/credential-object', [described].flat()[0])).toEqual([])
  })

  it('DCP-41: its description of a credential is read whole, the policy of its issuance too', () => {
    const described = example('issuance/example/credential-object.json')
    const { credentials } = parseCredentialOffer(buildCredentialOffer({ issuer, credentials: [described as never] }))
    const { '@context': _context, type: _type, ...members } = described
    expect(credentials).toEqual([members])
    expect(parsePresentationDefinition(members.issuancePolicy).descriptors).toHaveLength(1)
  })

  it('its examples are read', () => {
    expect(
      parseCredentialRequest(example('issuance/example/credential-request-message.json')).credentials,
    ).toHaveLength(2)
    expect(parseCredentialMessage(example('issuance/example/credential-message.json'))).toMatchObject({
      status: 'ISSUED',
    })
    expect(parseCredentialMessage(example('issuance/example/credential-message-rejected.json'))).toMatchObject({
      status: 'REJECTED',
    })
    expect(parseCredentialStatus(example('issuance/example/credential-status.json'))).toMatchObject({
      status: 'RECEIVED',
    })
    expect(parseIssuerMetadata(example('issuance/example/issuer-metadata.json')).credentialsSupported).toHaveLength(1)
    // Its example offer names an issuer that is no DID.
    const offer = { ...example('issuance/example/credential-offer-message.json'), issuer }
    expect(parseCredentialOffer(offer).credentials).toHaveLength(1)
  })
})

if (!hasVectors) it.skip('not run: 9 (the schemas and examples of the specification are not here)')
