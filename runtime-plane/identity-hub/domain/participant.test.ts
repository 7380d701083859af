import { participantContextId } from '@weft/foundation/access'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOfManifest, type RawManifest, readManifest } from './participant.ts'

const publicUrl = 'http://localhost:7100'
const id = participantContextId('acme')
const did = 'did:web:localhost%3A7100:acme'
const raw: RawManifest = { did, key: { keyId: 'key-1' } }

function read(changes: Partial<RawManifest>) {
  return readManifest(id, { ...raw, ...changes }, publicUrl)
}

describe('DCP-48: DIDs on domains of customers', () => {
  it.each(['domain', 'customer'] as const)('are taken when the operator says so (%s)', (didHosting) => {
    for (const path of ['', ':a', ':a:b:c']) {
      const did = `did:web:data.example.com${path}`
      expect(read({ did, didHosting })).toMatchObject({ did, didHosting })
    }
  })

  it.each([
    'did:web:localhost%3A7100',
    'did:web:localhost%3A7100:somebody',
    'did:web:example.com:a:b:c:d',
    'did:web:example.com:.well-known',
    'did:web:example.com:a%3Ab',
  ])('are never below the public URL, and no odd ones: %s', (did) => {
    for (const didHosting of ['domain', 'customer'] as const) {
      expect(() => read({ did, didHosting })).toThrow(expect.objectContaining({ code: 'identity-hub.did-not-own' }))
    }
  })

  it('the hosting is part of what a manifest asks for', () => {
    const did = 'did:web:example.com'
    const digests = (['domain', 'customer'] as const).map((didHosting) => digestOfManifest(read({ did, didHosting })))
    expect(new Set(digests).size).toBe(2)
  })
})

describe('reading a manifest', () => {
  it('completes what is not said', () => {
    expect(read({})).toEqual({
      participantContextId: id,
      did,
      didHosting: 'platform',
      active: false,
      keys: [{ fragment: 'key-1', usage: ['sign_token', 'sign_presentation', 'sign_credentials'], algorithm: 'ES256' }],
      services: [],
      provisionStsAccount: false,
    })
  })

  it('takes a key id as a name or as the DID URL', () => {
    expect(read({ key: { keyId: `${did}#key-1` } })).toEqual(read({}))
  })

  it('takes DIDs of the public URL itself and up to three segments below it', () => {
    for (const path of ['', ':a', ':a:b', ':a:b:c']) {
      expect(read({ did: `did:web:localhost%3A7100${path}` }).did).toBe(`did:web:localhost%3A7100${path}`)
    }
  })

  it.each([
    'did:web:localhost%3A7100:a:b:c:d',
    'did:web:localhost%3A7101:acme',
    'did:web:localhost:acme',
    'did:web:example.com:acme',
    'did:web:localhost%3A7100:a%7Eb',
    'did:web:localhost%3A7100:.well-known',
  ])('refuses the DID %s, which is not below the public URL', (elsewhere) => {
    expect(() => read({ did: elsewhere })).toThrow(expect.objectContaining({ code: 'identity-hub.did-elsewhere' }))
  })

  it('refuses what is not a did:web', () => {
    expect(() => read({ did: 'did:key:z6Mk' })).toThrow(
      expect.objectContaining({ code: 'trust.did-method-unsupported', field: 'did' }),
    )
  })

  it.each<[string, Partial<RawManifest>]>([
    ['key', { keys: [{ keyId: 'other' }] }],
    ['keys', { key: { keyId: 'did:web:example.com#key-1' } }],
    ['serviceEndpoints', { serviceEndpoints: [{ id: 'a', type: 'T', serviceEndpoint: 'ftp://localhost/x' }] }],
    ['serviceEndpoints', { serviceEndpoints: [{ id: 'a', type: 'T', serviceEndpoint: 'http://example.com' }] }],
    [
      'serviceEndpoints',
      {
        serviceEndpoints: [
          { id: 'a', type: 'T', serviceEndpoint: 'https://example.com' },
          { id: `${did}#a`, type: 'U', serviceEndpoint: 'https://example.com' },
        ],
      },
    ],
  ])('names the field "%s" that is wrong', (field, changes) => {
    expect(() => read(changes)).toThrow(expect.objectContaining({ code: 'request.invalid-field', field }))
  })

  it('needs a key', () => {
    expect(() => readManifest(id, { did }, publicUrl)).toThrow(expect.objectContaining({ field: 'keys' }))
  })
})

describe('the digest of a manifest', () => {
  const manifests = fc.record({
    active: fc.boolean(),
    provisionStsAccount: fc.boolean(),
    keys: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 5 }),
    services: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 5 }),
  })
  const manifestOf = (content: typeof manifests extends fc.Arbitrary<infer T> ? T : never) =>
    readManifest(
      id,
      {
        did,
        active: content.active,
        provisionStsAccount: content.provisionStsAccount,
        keys: content.keys.map((keyId) => ({ keyId })),
        serviceEndpoints: content.services.map((name) => ({
          id: name,
          type: 'DataService',
          serviceEndpoint: `https://example.com/${name}`,
        })),
      },
      publicUrl,
    )

  it('does not depend on the order of keys and services', () => {
    fc.assert(
      fc.property(manifests, (content) => {
        const turned = { ...content, keys: content.keys.toReversed(), services: content.services.toReversed() }
        expect(digestOfManifest(manifestOf(turned))).toBe(digestOfManifest(manifestOf(content)))
      }),
    )
  })

  it('differs when the content differs', () => {
    fc.assert(
      fc.property(manifests, manifests, (one, other) => {
        const sorted = (content: typeof one) => ({
          ...content,
          keys: content.keys.toSorted(),
          services: content.services.toSorted(),
        })
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
        expect(digestOfManifest(manifestOf(one)) === digestOfManifest(manifestOf(other))).toBe(same)
      }),
    )
  })
})
