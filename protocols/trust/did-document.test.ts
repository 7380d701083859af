import { beforeAll, describe, expect, it } from 'vitest'
import { parseDid } from './did.ts'
import { absoluteKeyId, buildDidDocument, parseDidDocument, serviceEndpoint } from './did-document.ts'
import { type GeneratedKey, generateSigningKey } from './jwk.ts'
import { codeOf } from './testing/world.ts'

const did = parseDid('did:web:example.com:acme')
const kid = `${did}#key-1`
let key: GeneratedKey

beforeAll(async () => {
  key = await generateSigningKey()
})

const method = (changes: Record<string, unknown> = {}) => ({
  id: kid,
  type: 'JsonWebKey2020',
  controller: did,
  publicKeyJwk: key.publicJwk,
  ...changes,
})
const parse = (members: Record<string, unknown>) => parseDidDocument({ id: did, ...members }, did)

describe('building a DID document', () => {
  it('lists each key for every use, so that strict partners accept it (section 6.4)', () => {
    const json = buildDidDocument({ did, keys: [{ kid, publicJwk: key.publicJwk }], services: [] })
    expect(json).toMatchObject({ id: did, authentication: [kid], assertionMethod: [kid], capabilityInvocation: [kid] })
    expect(json.verificationMethod).toEqual([method()])
  })

  it('names the contexts of DIDs, DCP and what else its services need (DCP-13)', () => {
    const json = buildDidDocument({
      did,
      keys: [],
      services: [],
      contexts: ['https://w3id.org/dspace/2025/1/context.jsonld'],
    })
    expect(json['@context']).toEqual([
      'https://www.w3.org/ns/did/v1',
      'https://w3id.org/security/suites/jws-2020/v1',
      'https://w3id.org/dspace-dcp/v1.0/dcp.jsonld',
      'https://w3id.org/dspace/2025/1/context.jsonld',
    ])
  })

  it('refuses to publish a private key', async () => {
    expect(
      await codeOf(() => buildDidDocument({ did, keys: [{ kid, publicJwk: key.privateJwk }], services: [] })),
    ).toBe('trust.key-invalid')
  })

  it('reads back what it built', () => {
    const service = { id: `${did}#cs`, type: 'CredentialService', serviceEndpoint: 'https://example.com/cs/' }
    const json = buildDidDocument({
      did,
      keys: [{ kid, publicJwk: key.publicJwk, relationships: ['authentication'] }],
      services: [service],
    })
    const document = parseDidDocument(JSON.parse(JSON.stringify(json)), did)
    expect(document.verificationMethods).toEqual([
      { id: kid, publicJwk: key.publicJwk, relationships: new Set(['authentication']) },
    ])
    expect(serviceEndpoint(document, 'CredentialService')).toBe('https://example.com/cs')
  })
})

describe('reading a DID document', () => {
  it.each([
    ['one of another DID (DCP-08)', { id: 'did:web:example.com:other' }],
    ['one without an id', { id: undefined }],
    ['two keys of one id', { verificationMethod: [{ id: '#a' }, { id: '#a' }] }],
    ['a thousand keys', { verificationMethod: Array.from({ length: 1000 }, (_, at) => ({ id: `#${at}` })) }],
  ])('refuses %s', async (_what, members) => {
    expect(await codeOf(() => parse(members))).toBe('trust.did-document-invalid')
  })

  it('reads relative ids, and keys embedded in a relationship', () => {
    const document = parse({
      verificationMethod: [method({ id: '#key-1' })],
      authentication: ['#key-1'],
      assertionMethod: [method({ id: '#key-2' })],
    })
    expect(document.verificationMethods).toEqual([
      { id: kid, publicJwk: key.publicJwk, relationships: new Set(['authentication']) },
      { id: `${did}#key-2`, publicJwk: key.publicJwk, relationships: new Set(['assertionMethod']) },
    ])
  })

  it.each([
    ['that another party controls', () => method({ controller: 'did:web:example.com:other' })],
    ['that is private', () => method({ publicKeyJwk: key.privateJwk })],
    ['in a form that is not understood', () => ({ id: kid, type: 'Multikey', publicKeyMultibase: 'z6Mk' })],
  ])('keeps a key %s as one that cannot be used', (_what, make) => {
    expect(parse({ verificationMethod: [make()] }).verificationMethods).toMatchObject([
      { id: kid, publicJwk: undefined },
    ])
  })

  it("leaves out another DID's keys, even when a relationship lists them", () => {
    const foreign = 'did:web:example.com:other#key-1'
    const document = parse({ verificationMethod: [method({ id: foreign })], authentication: [foreign] })
    expect(document.verificationMethods).toEqual([])
  })

  it('takes what stock EDC hubs publish: empty and missing relationships, null members (section 10)', () => {
    const document = parse({
      authentication: [],
      verificationMethod: [method({ publicKeyMultibase: null })],
      service: null,
    })
    expect(document.verificationMethods).toEqual([{ id: kid, publicJwk: key.publicJwk, relationships: new Set() }])
  })

  it('takes the first service of a type, and types and endpoints in arrays', () => {
    const document = parse({
      service: [
        { id: '#0', type: 'Other', serviceEndpoint: {} },
        { id: '#1', type: ['X', 'CredentialService'], serviceEndpoint: ['https://example.com/first'] },
        { id: '#2', type: 'CredentialService', serviceEndpoint: 'https://example.com/second' },
      ],
    })
    expect(serviceEndpoint(document, 'CredentialService')).toBe('https://example.com/first')
  })

  it.each(['http://example.com/cs', 'https://user:pw@example.com/cs', 'file:///etc/passwd'])(
    'DCP-47: does not take %s for a service endpoint',
    async (endpoint) => {
      const document = parse({ service: [{ id: '#1', type: 'CredentialService', serviceEndpoint: endpoint }] })
      expect(await codeOf(() => serviceEndpoint(document, 'CredentialService'))).toBe('trust.service-not-found')
    },
  )
})

describe('key ids', () => {
  it.each([
    ['#key-1', kid],
    [kid, kid],
    ['did:web:EXAMPLE.com:acme#key-1', kid],
    ['did:web:example.com:acme2#key-1', undefined],
    ['did:web:example.com:acme', undefined],
    ['key-1', undefined],
    ['#', undefined],
    [undefined, undefined],
  ])('%s is %s', (id, absolute) => {
    expect(absoluteKeyId(id, did)).toBe(absolute)
  })
})
