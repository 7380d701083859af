import { WeftError } from '@weft/foundation/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dspContext, edcDspContext } from '../json-ld/index.ts'
import type { JsonObject } from '../policy/index.ts'
import { readCatalogFilter } from './catalog-filter.ts'
import { parseCatalog, parseDataset } from './catalog-parse.ts'
import { parseDataAddress } from './data-address.ts'
import { buildDspMessage, messageDigest } from './message-build.ts'
import { parseDspMessage } from './message-parse.ts'
import type { DspMessageType } from './messages.ts'
import { consumerPid, providerPid, sampleMessages } from './testing/sample-messages.ts'
import { parseVersionDocument } from './versions.ts'

const allTypes = [...new Set(sampleMessages.map(([, message]) => message.type))]

function json(type: DspMessageType, at = 0): JsonObject {
  const found = sampleMessages.map(([, message]) => message).filter((message) => message.type === type)[at]
  if (!found) throw new Error(`no sample of ${type}`)
  return JSON.parse(JSON.stringify(buildDspMessage(found)))
}

function refusalOf(type: DspMessageType, body: unknown): { code: string; field: string | undefined } {
  try {
    parseDspMessage(type, body)
  } catch (thrown) {
    if (thrown instanceof WeftError) return { code: thrown.code, field: thrown.field }
    throw thrown
  }
  throw new Error('the message was accepted')
}

describe('reading messages', () => {
  it.each(sampleMessages)('gives back what was built: %s', (_schema, message) => {
    expect(parseDspMessage(message.type, JSON.parse(JSON.stringify(buildDspMessage(message))))).toEqual(message)
  })

  it('ignores unknown members, of whatever depth', () => {
    const body = json('ContractAgreementMessage')
    const agreement = { ...(body.agreement as JsonObject), 'ex:note': { a: [1] } }
    const more = { ...body, agreement, callbackAddress: 'https://old.example', 'ex:x': [{}] }
    expect(parseDspMessage('ContractAgreementMessage', more)).toEqual(parseDspMessage('ContractAgreementMessage', body))
  })

  it('X-08: accepts the context as a text, beside others, and not at all without it (2.1, section 10)', () => {
    const body = json('TransferCompletionMessage')
    for (const context of [
      dspContext,
      [dspContext, edcDspContext],
      ['https://unknown.example/c', { x: 'y' }, dspContext],
    ]) {
      expect(() => parseDspMessage('TransferCompletionMessage', { ...body, '@context': context })).not.toThrow()
    }
    for (const context of [undefined, 'https://w3id.org/dspace/2024/1/context.json', [edcDspContext], {}, null]) {
      const refused = refusalOf('TransferCompletionMessage', { ...body, '@context': context })
      expect(refused).toEqual({ code: 'dsp.unknown-context', field: '/@context' })
    }
  })

  it('refuses another type than those expected, and reads whichever of several comes', () => {
    expect(refusalOf('TransferStartMessage', json('TransferCompletionMessage')).code).toBe('dsp.unexpected-type')
    const types = ['TransferStartMessage', 'TransferCompletionMessage'] as const
    expect(parseDspMessage(types, json('TransferCompletionMessage')).type).toBe('TransferCompletionMessage')
    for (const type of ['toString', '__proto__', 'constructor']) {
      expect(refusalOf('TransferStartMessage', { ...json('TransferStartMessage'), '@type': type }).code).toBe(
        'dsp.unexpected-type',
      )
    }
  })

  it('DSP-31, DSP-41: refuses messages without a pid they need', () => {
    for (const [, message] of sampleMessages) {
      const body = buildDspMessage(message)
      // Both pids, save in messages that open something; there the sender's own.
      for (const pid of ['consumerPid', 'providerPid'].filter((name) => name in body)) {
        const { [pid]: _removed, ...without } = body
        expect(() => parseDspMessage(message.type, without), `${message.type} without ${pid}`).toThrow(WeftError)
        expect(refusalOf(message.type, { ...body, [pid]: 7 }).field).toBe(`/${pid}`)
      }
    }
  })

  it('DSP-18: a request has exactly one of callbackAddress and providerPid, an offer of callbackAddress and consumerPid', () => {
    const both = { ...json('ContractRequestMessage'), providerPid }
    const { callbackAddress: _address, ...neither } = json('ContractRequestMessage')
    const offerBoth = { ...json('ContractOfferMessage'), consumerPid }
    for (const body of [both, neither])
      expect(refusalOf('ContractRequestMessage', body).code).toBe('dsp.malformed-message')
    expect(refusalOf('ContractOfferMessage', offerBoth).code).toBe('dsp.malformed-message')
  })

  it('DSP-21: an offer in a message has a target and an id, and its rules have no target', () => {
    const body = json('ContractRequestMessage')
    const offer = body.offer as JsonObject
    const { target: _target, ...noTarget } = offer
    const { '@id': _id, ...noId } = offer
    const ruleTarget = { ...offer, permission: [{ action: 'use', target: 'x' }] }
    expect(refusalOf('ContractRequestMessage', { ...body, offer: noTarget }).field).toBe('/offer/target')
    expect(refusalOf('ContractRequestMessage', { ...body, offer: noId }).field).toBe('/offer/@id')
    expect(refusalOf('ContractRequestMessage', { ...body, offer: 'def:asset:1' }).field).toBe('/offer')
    expect(refusalOf('ContractRequestMessage', { ...body, offer: ruleTarget })).toEqual({
      code: 'policy.unsupported',
      field: '/offer/permission/0/target',
    })
    expect(refusalOf('ContractRequestMessage', { ...body, offer: { ...offer, permission: [] } }).code).toBe(
      'policy.no-rule',
    )
    expect(refusalOf('ContractRequestMessage', { ...body, offer: { ...offer, '@type': 'Set' } }).field).toBe(
      '/offer/@type',
    )
  })

  it.each(['https://a.example/dsp', 'https://a.example:8443/dsp/', 'https://[2001:db8::1]/dsp', 'http://a.example'])(
    'DSP-22: a callback address over HTTP is taken as it is: %s',
    (callbackAddress) => {
      const body = { ...json('ContractRequestMessage'), callbackAddress }
      expect(parseDspMessage('ContractRequestMessage', body).callbackAddress).toBe(callbackAddress)
    },
  )

  it.each([
    '/relative',
    'ftp://a.example',
    'https://user@a.example',
    'https://a.example?x=1',
    'https://a.example#x',
    'javascript:1',
  ])('DSP-22: a callback address that cannot be called is an unrecoverable error: %s', (callbackAddress) => {
    const refused = refusalOf('ContractRequestMessage', { ...json('ContractRequestMessage'), callbackAddress })
    expect(refused).toEqual({ code: 'dsp.invalid-callback-address', field: '/callbackAddress' })
  })

  it('DSP-38: a data address is read where one may be, and is nothing where there is none', () => {
    for (const type of ['TransferRequestMessage', 'TransferStartMessage'] as const) {
      const bodies = [json(type, 0), json(type, 1)]
      const read = bodies.map((body) => parseDspMessage(type, body).dataAddress)
      expect(read.filter((address) => address === undefined)).toHaveLength(1)
      expect(read.find((address) => address !== undefined)?.properties).toMatchObject({ authType: 'bearer' })
      expect(refusalOf(type, { ...bodies[0], dataAddress: 'x' }).field).toBe('/dataAddress')
      expect(refusalOf(type, { ...bodies[0], dataAddress: {} }).field).toBe('/dataAddress/endpointType')
    }
  })

  it('DSP-28: an event is ACCEPTED or FINALIZED, and nothing else', () => {
    for (const eventType of ['TERMINATED', 'accepted', '', null, 'dspace:VERIFIED']) {
      const body = { ...json('ContractNegotiationEventMessage'), eventType }
      expect(refusalOf('ContractNegotiationEventMessage', body).field).toBe('/eventType')
    }
  })

  it('reads reasons of any shape as texts', () => {
    const body = {
      ...json('TransferTerminationMessage'),
      code: 5,
      reason: ['a', { '@value': 'b', '@language': 'en' }, { c: 1 }, null],
    }
    expect(parseDspMessage('TransferTerminationMessage', body)).toMatchObject({
      code: '5',
      reason: ['a', 'b', '{"c":1}', 'null'],
    })
    expect(parseDspMessage('TransferTerminationMessage', { ...body, reason: 'alone' }).reason).toEqual(['alone'])
  })

  it('takes ids as objects and terms with their namespace', () => {
    const body = {
      ...json('ContractNegotiation'),
      providerPid: { '@id': 'urn:p' },
      state: 'dspace:FINALIZED',
      '@type': 'https://w3id.org/dspace/2025/1/ContractNegotiation',
    }
    expect(parseDspMessage('ContractNegotiation', body)).toMatchObject({ providerPid: 'urn:p', state: 'FINALIZED' })
    expect(refusalOf('ContractNegotiation', { ...body, state: 'AGREEING' }).field).toBe('/state')
  })

  it('X-09: no parser throws anything but WeftError for arbitrary JSON', () => {
    const parsers: ((body: unknown) => unknown)[] = [
      ...allTypes.map((type) => (body: unknown) => parseDspMessage(type, body)),
      parseCatalog,
      parseDataset,
      parseVersionDocument,
      (body) => parseDataAddress(body),
      (body) => readCatalogFilter([body]),
    ]
    const names = [
      'offer',
      'agreement',
      'dataAddress',
      'consumerPid',
      'providerPid',
      'callbackAddress',
      'state',
      'eventType',
      'reason',
      'code',
      'filter',
      'dataset',
      'hasPolicy',
      'distribution',
      'service',
      'catalog',
      'participantId',
      'protocolVersions',
      'endpointType',
      'endpointProperties',
      'filterExpression',
      'limit',
      'format',
      'agreementId',
      '@id',
      '__proto__',
    ]
    const part = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), fc.jsonValue()))
    const body = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(
          fc.constantFrom(...allTypes, 'Catalog', 'Dataset'),
          fc.dictionary(fc.constantFrom(...names), fc.oneof(part, fc.array(part))),
        )
        .map(([type, members]) => ({ '@context': dspContext, '@type': type, ...members })),
    )
    fc.assert(
      fc.property(body, fc.constantFrom(...parsers), (value, parse) => {
        try {
          parse(value)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WeftError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('X-09: each sample with one member replaced by arbitrary JSON is accepted or refused with WeftError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sampleMessages), fc.nat(), fc.jsonValue(), ([, message], at, value) => {
        const body = buildDspMessage(message)
        const names = Object.keys(body)
        const name = names[at % names.length] ?? '@type'
        try {
          parseDspMessage(message.type, { ...body, [name]: value })
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WeftError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the digest of a message', () => {
  it('is the same without regard to the id, and another for any other content', () => {
    const digests = sampleMessages.flatMap(([, message]) => {
      const digest = messageDigest(message)
      const { messageId: _id, ...unidentified } = { messageId: undefined, ...message }
      expect(messageDigest(unidentified)).toBe(digest)
      return [digest]
    })
    expect(new Set(digests).size).toBe(sampleMessages.length)
  })
})
