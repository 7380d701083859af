import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { currentBinding, type DspBinding, dspBindings } from './bindings.ts'
import { buildDataAddress, parseDataAddress } from './data-address.ts'
import { findDataServiceEndpoint } from './did-service.ts'
import { dspErrors } from './errors.ts'
import { buildLinkHeader, parseLinkHeader } from './link-header.ts'
import { formatOfferId, parseOfferId } from './offer-id.ts'
import { fillPath, joinAddress } from './paths.ts'
import { checkPids } from './pids.ts'
import { sampleOffer } from './testing/sample-messages.ts'
import { parseVersionDocument, rootOfVersionUrl, selectVersion } from './versions.ts'

const anyText = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed())

describe('offer ids', () => {
  it('keep any characters of their parts', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (definitionId, assetId, part) => {
        const id = { definitionId, assetId, part }
        expect(parseOfferId(formatOfferId(id))).toEqual(id)
        expect(formatOfferId(id).split(':')).toHaveLength(3)
      }),
    )
  })

  it('DSP-20: of another shape are none of ours', () => {
    for (const text of ['', 'a', 'a:b', 'a:b:c:d', 'a::c', 'a:b:%', 'urn:uuid:%E0%A4'])
      expect(parseOfferId(text)).toBeUndefined()
  })
})

describe('links between pages (DSP-15)', () => {
  it('are read as they were written', () => {
    const links = { next: 'https://a.example/c?page=3', previous: 'https://a.example/c?page=1' }
    expect(parseLinkHeader(buildLinkHeader(links))).toEqual(links)
    expect(buildLinkHeader({})).toBeUndefined()
  })

  it.each([
    ['<https://a.example/2>; rel="next", <https://a.example/0>; rel="prev"'],
    [['<https://a.example/2>; rel=next', '<https://a.example/0>;title="a, b";rel="start prev"']],
    [['<https://a.example/2> ; REL = "NEXT"', '<https://a.example/0>; rel=previous; type=x']],
  ])('are found in one header or several, with prev as EDC sends it: %j', (header) => {
    expect(parseLinkHeader(header)).toEqual({ next: 'https://a.example/2', previous: 'https://a.example/0' })
  })

  it('are not found where there are none, in time that does not explode', () => {
    for (const header of [undefined, '', 'next', '<a>; rel="nextish"', '<<<', `${'<a>;'.repeat(10_000)} rel=next`]) {
      expect(parseLinkHeader(header)).toEqual({})
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseLinkHeader(text)).not.toThrow()
      }),
    )
  })
})

describe('addresses', () => {
  it('DSP-23: a trailing slash of a base does not double', () => {
    for (const base of ['https://a.example/x', 'https://a.example/x/', 'https://a.example/x//']) {
      expect(joinAddress(base, '/catalog/request')).toBe('https://a.example/x/catalog/request')
    }
  })

  it('an id is one segment of a path, whatever it is', () => {
    fc.assert(
      fc.property(anyText, (id) => {
        const [empty, first, segment, last, ...more] = fillPath('/negotiations/:pid/events', id).split('/')
        expect([empty, first, last, more]).toEqual(['', 'negotiations', 'events', []])
        expect(decodeURIComponent(segment ?? '')).toBe(id)
      }),
    )
  })

  it('the root of a version endpoint is what stands before its well-known path', () => {
    expect(rootOfVersionUrl('https://a.example/t/.well-known/dspace-version/')).toBe('https://a.example/t')
    expect(rootOfVersionUrl('https://a.example/t')).toBeUndefined()
  })

  it('DSP-44: a DID document names one, in the shapes that occur', () => {
    const serviceEndpoint = 'https://a.example/dsp/2025-1'
    expect(findDataServiceEndpoint([{ type: 'DataService', serviceEndpoint }])).toEqual({
      kind: 'base',
      url: serviceEndpoint,
    })
    const others = [
      null,
      7,
      { type: 'CredentialService', serviceEndpoint },
      { type: 'DataService', serviceEndpoint: {} },
      { type: 'DataService', serviceEndpoint: 'nowhere' },
    ]
    expect(findDataServiceEndpoint(others)).toBeUndefined()
  })
})

describe('choosing a version', () => {
  const entry = { version: '2025-1', path: '/p', binding: 'HTTPS' } as const
  const root = 'https://a.example/t/'

  it('DSP-03: takes the first entry that is spoken here, over HTTPS and with DCP', () => {
    const document = parseVersionDocument({
      protocolVersions: [
        { ...entry, version: '2024-1', path: '/old' },
        { ...entry, binding: 'OTHER', path: '/other' },
        { ...entry, path: '/oauth', auth: { protocol: 'OAuth', version: '2' } },
        { ...entry, path: '/dcp/', auth: { protocol: 'DCP', version: '1.0' } },
        entry,
      ],
    })
    expect(selectVersion(document, root)).toEqual({ binding: currentBinding, base: 'https://a.example/t/dcp' })
  })

  it('DSP-03: another version is one more binding: it is chosen by the order of ours, not by that of the document', () => {
    const later: DspBinding = { ...currentBinding, version: '2027-1' }
    const document = { protocolVersions: [entry, { ...entry, version: '2027-1', path: '/new' }] }
    expect(selectVersion(document, root, [later, ...dspBindings]).base).toBe('https://a.example/t/new')
    expect(selectVersion(document, root, [...dspBindings, later]).base).toBe('https://a.example/t/p')
    expect(selectVersion({ protocolVersions: [entry] }, root, [later, ...dspBindings]).binding).toBe(currentBinding)
  })

  it.each(['/../../other', '/..', '/%2e%2e/x'])('DSP-49: refuses a path that leads away: %s', (path) => {
    expect(() => selectVersion({ protocolVersions: [{ ...entry, path }] }, root)).toThrow(
      expect.objectContaining({ code: 'dsp.no-common-version' }),
    )
  })

  it('DSP-49: a path cannot name another host', () => {
    for (const path of ['@evil.example', '//evil.example', 'evil.example:80/']) {
      expect(new URL(selectVersion({ protocolVersions: [{ ...entry, path }] }, root).base).host).toBe('a.example')
    }
  })

  it('DSP-03: stops when none is', () => {
    const document = { protocolVersions: [{ ...entry, version: '2024-1' }] }
    expect(() => selectVersion(document, root)).toThrow(expect.objectContaining({ code: 'dsp.no-common-version' }))
  })

  it('DSP-01: an entry has a version and a path', () => {
    for (const broken of [{}, { version: '2025-1' }, { path: '/x' }, 'x']) {
      expect(() => parseVersionDocument({ protocolVersions: [broken] })).toThrow(
        expect.objectContaining({ code: 'dsp.malformed-message' }),
      )
    }
  })
})

describe('data addresses', () => {
  it('are read as they were built', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.option(anyText, { nil: undefined }),
        fc.dictionary(fc.stringMatching(/^[a-zA-Z]+$/), anyText),
        (endpointType, endpoint, properties) => {
          const address = {
            endpointType,
            ...(endpoint === undefined ? {} : { endpoint }),
            properties: { ...properties },
          }
          const property = address.properties.endpoint
          // An endpoint among the properties counts where there is no other.
          const expected =
            endpoint === undefined && property !== undefined ? { ...address, endpoint: property } : address
          expect(parseDataAddress(buildDataAddress(address))).toEqual(expected)
        },
      ),
    )
  })

  it('of EDC are read: no endpoint member, properties with full names (section 10)', () => {
    const ns = 'https://w3id.org/edc/v0.0.1/ns/'
    const property = (name: string, value: string) => ({ '@type': 'EndpointProperty', name: `${ns}${name}`, value })
    const address = parseDataAddress({
      '@type': 'DataAddress',
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpointProperties: [
        property('endpoint', 'https://p.example/public'),
        property('authType', 'bearer'),
        property('endpointType', 'https://w3id.org/idsa/v4.1/HTTP'),
        property('authorization', 'token'),
      ],
    })
    expect(address.endpoint).toBe('https://p.example/public')
    expect(address.properties).toMatchObject({ authType: 'bearer', authorization: 'token' })
  })

  it('are accepted without @type and with one property alone, as data planes send them (4.4)', () => {
    const address = parseDataAddress({ endpointType: 'x', endpointProperties: { name: 'expiresIn', value: 300 } })
    expect(address).toEqual({ endpointType: 'x', properties: { expiresIn: '300' } })
  })

  it('X-06: an error about one does not quote it', () => {
    const secret = { endpointType: 'x', endpointProperties: [{ name: 'authorization', value: ['s3cr3t'] }] }
    expect(() => parseDataAddress(secret)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('s3cr3t') }),
    )
  })
})

describe('pids (DSP-46)', () => {
  const message = { type: 'TransferStartMessage', consumerPid: 'c', providerPid: 'p' } as const

  it('DSP-41, DSP-46: are ours as in the path and theirs as known', () => {
    expect(() => checkPids(message, { ourRole: 'consumer', ourPid: 'c', theirPid: 'p' })).not.toThrow()
    expect(() => checkPids(message, { ourRole: 'consumer', ourPid: 'c', theirPid: undefined })).not.toThrow()
    expect(() => checkPids(message, { ourRole: 'provider', ourPid: 'p', theirPid: 'c' })).not.toThrow()
  })

  it.each([
    [{ ourRole: 'consumer', ourPid: 'x', theirPid: 'p' }, '/consumerPid'],
    [{ ourRole: 'consumer', ourPid: 'c', theirPid: 'x' }, '/providerPid'],
    [{ ourRole: 'provider', ourPid: 'c', theirPid: 'p' }, '/providerPid'],
  ] as const)('DSP-46: are refused otherwise: %j', (known, field) => {
    expect(() => checkPids(message, known)).toThrow(
      expect.objectContaining({ code: 'dsp.pid-mismatch', status: 400, field }),
    )
  })

  it('DSP-19: a counter-offer is about the negotiation in its path, and comes from the consumer that opened it', () => {
    const ids = { providerPid: 'p', consumerPid: 'c' }
    const counter = { type: 'ContractRequestMessage', ...ids, offer: sampleOffer } as const
    const known = { ourRole: 'provider', ourPid: 'p', theirPid: 'c' } as const
    expect(() => checkPids(counter, known)).not.toThrow()
    expect(() => checkPids({ ...counter, consumerPid: 'other' }, known)).toThrow(
      expect.objectContaining({ code: 'dsp.pid-mismatch', field: '/consumerPid' }),
    )
    expect(() => checkPids({ ...counter, providerPid: 'other' }, known)).toThrow(
      expect.objectContaining({ code: 'dsp.pid-mismatch', field: '/providerPid' }),
    )
  })
})

describe('what is said about a process or dataset that is not there', () => {
  it('DSP-32, DSP-33: is the same as about one that is not yours: 404, one code, one text', () => {
    for (const name of ['unknown-negotiation', 'unknown-transfer', 'unknown-agreement', 'unknown-dataset'] as const) {
      expect(dspErrors[name].status).toBe(404)
      expect(dspErrors[name].title).toMatch(/not yours|for you|between the two of us/)
    }
  })
})
