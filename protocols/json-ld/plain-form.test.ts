import { WeftError } from '@weft/foundation/errors'
import { describe, expect, it } from 'vitest'
import { toPlainForm } from './index.ts'

const dspace = 'https://w3id.org/dspace/2025/1/'
const odrl = 'http://www.w3.org/ns/odrl/2/'
const dct = 'http://purl.org/dc/terms/'
const dcp = 'https://w3id.org/dspace-dcp/v1.0/'
const dspContext = `${dspace}context.jsonld`
const dcpContext = `${dcp}dcp.jsonld`

const plainRequest = {
  '@context': [dspContext],
  '@type': 'TransferRequestMessage',
  consumerPid: 'urn:c',
  agreementId: 'urn:a',
  format: 'HttpData-PULL',
  callbackAddress: 'https://c.example/dsp',
}

async function refusal(body: unknown, vocabulary: 'dsp' | 'dcp' = 'dsp') {
  try {
    await toPlainForm(body, vocabulary)
  } catch (thrown) {
    if (!(thrown instanceof WeftError)) throw thrown
    return { code: thrown.code, status: thrown.status }
  }
  return 'accepted'
}

describe('what comes in plain form', () => {
  it.each([
    ['one context in an array', { ...plainRequest }],
    ['the context as one text', { ...plainRequest, '@context': dspContext }],
    ['a second context', { ...plainRequest, '@context': [dspContext, 'https://w3id.org/edc/dspace/v0.0.1'] }],
    ['a context that nobody knows beside it', { ...plainRequest, '@context': ['https://evil.example/c', dspContext] }],
    ['prefixes of its own', { ...plainRequest, '@context': [dspContext, { '@vocab': 'https://x.example/' }] }],
    ['members that nobody knows', { ...plainRequest, extra: { a: [1] }, 'dct:title': 'T' }],
  ])('X-08: is handed back as it is: %s', async (_name, body) => {
    expect(await toPlainForm(body, 'dsp')).toBe(body)
  })

  it('X-08: is handed back as it is under DCP as well', async () => {
    const body = { '@context': [dcpContext], type: 'PresentationQueryMessage', scope: ['a:b:read'] }
    expect(await toPlainForm(body, 'dcp')).toBe(body)
  })

  it.each([null, undefined, 'text', 7, {}, { '@type': 'CatalogRequestMessage' }, { '@context': [dspContext] }])(
    'what is no JSON-LD comes back for the reader of the message to refuse: %j',
    async (body) => {
      expect(await toPlainForm(body, 'dsp')).toBe(body)
    },
  )
})

describe('what comes in another form of JSON-LD', () => {
  it('DSP-05: the conformance kit’s catalog request, expanded and without a context', async () => {
    const body = { '@type': `${dspace}CatalogRequestMessage`, [`${dspace}filter`]: {} }
    expect(await toPlainForm(body, 'dsp')).toEqual({
      '@context': [dspContext],
      '@type': 'CatalogRequestMessage',
      filter: [{}],
    })
  })

  it('DSP-05: a transfer request with value objects, ids and arrays of one; what is no term stays as it is', async () => {
    const body = [
      {
        '@type': [`${dspace}TransferRequestMessage`],
        [`${dspace}consumerPid`]: [{ '@id': 'urn:c' }],
        [`${dspace}agreementId`]: 'urn:a',
        [`${dct}format`]: [{ '@id': 'HttpData-PULL' }],
        [`${dspace}callbackAddress`]: [{ '@value': 'https://c.example/dsp' }],
      },
    ]
    expect(await toPlainForm(body, 'dsp')).toEqual(plainRequest)
  })

  it.each([
    ['with a context of its own', { dspace, dct }],
    ['without any context', undefined],
    ['beside the protocol’s context', [dspContext]],
  ])('DSP-05: members with prefixes, %s', async (_name, context) => {
    const body = {
      ...(context === undefined ? {} : { '@context': context }),
      '@type': 'dspace:TransferRequestMessage',
      'dspace:consumerPid': 'urn:c',
      'dspace:agreementId': { '@id': 'urn:a' },
      'dct:format': 'HttpData-PULL',
      'dspace:callbackAddress': 'https://c.example/dsp',
    }
    expect(await toPlainForm(body, 'dsp')).toEqual(plainRequest)
  })

  it('DSP-05: a context of its own that gives the terms other names', async () => {
    const body = {
      '@context': [dspContext, { kind: '@type', to: `${dspace}callbackAddress` }],
      kind: 'TransferRequestMessage',
      consumerPid: 'urn:c',
      agreementId: 'urn:a',
      format: 'HttpData-PULL',
      to: 'https://c.example/dsp',
    }
    expect(await toPlainForm(body, 'dsp')).toEqual(plainRequest)
  })

  it.each([
    [{ o: odrl }, 'o:prohibition'],
    [{ odrl, verbot: 'odrl:prohibition' }, 'verbot'],
    [{ verbot: { '@id': `${odrl}prohibition` } }, 'verbot'],
    [{ dcat: 'http://www.w3.org/ns/dcat#' }, 'odrl:prohibition'],
  ])('DSP-27: a rule is seen under whatever name the sender’s own context %j gives it', async (context, name) => {
    const body = {
      '@context': [dspContext],
      '@type': 'ContractRequestMessage',
      offer: { '@context': context, '@type': 'Offer', '@id': 'o', [name]: [{ action: 'use' }] },
    }
    expect(await toPlainForm(body, 'dsp')).toMatchObject({ offer: { prohibition: [{ action: 'use' }] } })
  })

  it('DSP-27: a rule under a prefix is seen, and not passed over as a member that nobody knows', async () => {
    const body = {
      '@context': [dspContext],
      '@type': 'ContractRequestMessage',
      offer: { '@type': 'odrl:Offer', '@id': 'o', 'odrl:prohibition': { 'odrl:action': { '@id': 'odrl:use' } } },
    }
    expect(await toPlainForm(body, 'dsp')).toMatchObject({
      offer: { '@type': 'Offer', '@id': 'o', prohibition: [{ action: 'use' }] },
    })
  })

  it('right operands keep their types, states and operators lose their namespace', async () => {
    const rights = [
      { '@value': 5 },
      { '@value': '2030-01-01', '@type': 'http://www.w3.org/2001/XMLSchema#date' },
      { '@id': 'urn:x' },
      'text',
    ]
    const body = {
      '@type': `${dspace}ContractOfferMessage`,
      [`${dspace}offer`]: {
        [`${odrl}permission`]: [
          {
            [`${odrl}action`]: { '@id': `${odrl}use` },
            [`${odrl}constraint`]: {
              [`${odrl}and`]: {
                '@list': [
                  {
                    [`${odrl}leftOperand`]: { '@id': 'Membership.level' },
                    [`${odrl}operator`]: { '@id': `${odrl}isAnyOf` },
                    [`${odrl}rightOperand`]: rights,
                  },
                  { [`${odrl}rightOperand`]: { '@type': '@json', '@value': [{ any: 'json' }] } },
                ],
              },
            },
          },
        ],
      },
    }
    expect(await toPlainForm(body, 'dsp')).toMatchObject({
      offer: {
        permission: [
          {
            action: 'use',
            constraint: [
              {
                and: [
                  {
                    leftOperand: 'Membership.level',
                    operator: 'isAnyOf',
                    rightOperand: [
                      { '@value': 5 },
                      { '@value': '2030-01-01', '@type': 'xsd:date' },
                      { '@id': 'urn:x' },
                      'text',
                    ],
                  },
                  { rightOperand: [{ any: 'json' }] },
                ],
              },
            ],
          },
        ],
      },
    })
    const state = { '@type': `${dspace}TransferProcess`, [`${dspace}state`]: { '@id': `${dspace}STARTED` } }
    expect(await toPlainForm(state, 'dsp')).toMatchObject({ state: 'STARTED' })
  })

  it('two values where there may be one stay two: none is chosen', async () => {
    const body = {
      '@type': `${dspace}ContractAgreementVerificationMessage`,
      [`${dspace}providerPid`]: [{ '@id': 'urn:p' }, { '@id': 'urn:q' }],
    }
    expect(await toPlainForm(body, 'dsp')).toMatchObject({ providerPid: ['urn:p', 'urn:q'] })
  })

  it('X-08: a hub’s credential request, expanded, with a JSON value', async () => {
    const body = {
      '@type': `${dcp}CredentialRequestMessage`,
      [`${dcp}holderPid`]: { '@id': 'holder-1' },
      [`${dcp}credentials`]: { '@type': '@json', '@value': [{ id: 'membership', __proto__x: 1 }] },
    }
    expect(await toPlainForm([body], 'dcp')).toEqual({
      '@context': [dcpContext],
      type: 'CredentialRequestMessage',
      holderPid: 'holder-1',
      credentials: [{ id: 'membership', __proto__x: 1 }],
    })
  })

  it('X-08: containers come as one JSON array, as several JSON values, or as nodes', async () => {
    const container = { credentialType: 'MembershipCredential', payload: 'e30', format: 'vc11-sl2021/jwt' }
    const node = {
      '@type': `${dcp}CredentialContainer`,
      [`${dcp}credentialType`]: 'MembershipCredential',
      [`${dcp}payload`]: 'e30',
      [`${dcp}format`]: 'vc11-sl2021/jwt',
    }
    for (const credentials of [
      { '@type': '@json', '@value': [container] },
      [{ '@type': '@json', '@value': container }],
      [node],
    ]) {
      const body = { '@type': 'dcp:CredentialMessage', 'dcp:credentials': credentials, 'dcp:status': 'ISSUED' }
      expect(await toPlainForm(body, 'dcp')).toMatchObject({ credentials: [container], status: 'ISSUED' })
    }
  })

  it('X-08: a query with the word @type instead of type; scopes are an array', async () => {
    const body = { '@context': [dcpContext], '@type': 'PresentationQueryMessage', scope: 'a:b:read' }
    expect(await toPlainForm(body, 'dcp')).toEqual({
      '@context': [dcpContext],
      type: 'PresentationQueryMessage',
      scope: ['a:b:read'],
    })
  })
})

describe('what is refused', () => {
  const status = 400
  it.each([
    ['https://w3id.org/dspace/2024/1/context.json'],
    ['http://127.0.0.1:9/secret'],
    [['https://evil.example/c', { dspace }]],
    ['file:///etc/passwd'],
    ['relative'],
  ])('X-08: a context that is not built in, where the protocol’s own is missing: %j', async (context) => {
    const body = { '@context': context, '@type': 'dspace:CatalogRequestMessage' }
    expect(await refusal(body)).toEqual({ code: 'json-ld.unknown-context', status })
  })

  it('X-08: an unknown context somewhere inside is not loaded either', async () => {
    const body = {
      '@context': [dspContext],
      '@type': 'dspace:CatalogRequestMessage',
      'dspace:filter': { '@context': 'http://127.0.0.1:9/secret', a: 1 },
    }
    expect(await toPlainForm(body, 'dsp')).toEqual({
      '@context': [dspContext],
      '@type': 'CatalogRequestMessage',
      filter: [{}],
    })
  })

  it.each([
    [{ '@import': 'https://w3id.org/dspace/2025/1/odrl-profile.jsonld' }],
    [{ a: { '@id': 'urn:a', '@context': { b: 'urn:b' } } }],
    [{ '@base': 'https://a.example/' }],
    [{ x: `urn:${'/'.repeat(3000)}` }],
    ['/'.repeat(1_000_000)],
    [Array.from({ length: 51 }, () => 'https://w3id.org/edc/dspace/v0.0.1')],
    [Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, `urn:${index}`]))],
  ])('X-09: contexts in the message that would multiply work', async (context) => {
    const body = { '@context': context, '@type': `${dspace}CatalogRequestMessage` }
    expect(await refusal(body)).toEqual({ code: 'json-ld.unsupported-context', status })
  })

  it('X-09: nesting without end, plain or not, and more values than are expanded', async () => {
    let nested: unknown = 'x'
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested]
    expect(await refusal({ ...plainRequest, extra: nested })).toEqual({ code: 'json-ld.too-large', status })
    const filter = Array.from({ length: 5001 }, () => 1)
    const body = { '@type': `${dspace}CatalogRequestMessage`, [`${dspace}filter`]: filter }
    expect(await refusal(body)).toEqual({ code: 'json-ld.too-large', status })
    const dataset = Array.from({ length: 500 }, () => ({ '@type': 'Dataset' }))
    const catalog = { '@context': dspContext, '@type': ['Catalog'], dataset }
    expect(await refusal(catalog)).toEqual({ code: 'json-ld.too-large', status })
  })

  it('X-09: the largest message that is expanded takes a bounded time', async () => {
    const context = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`t${index}`, `urn:${index}`]))
    const dataset = Array.from({ length: 499 }, (_, index) => ({ '@type': 'Dataset', '@id': `urn:${index}`, x: [] }))
    const body = { '@context': [context, dspContext], '@type': ['Catalog'], 'dcat:dataset': dataset }
    // Of the processor: what else runs on the machine does not count.
    const begin = process.cpuUsage()
    await toPlainForm(body, 'dsp')
    const { user, system } = process.cpuUsage(begin)
    expect((user + system) / 1000).toBeLessThan(3000)
  })

  it.each([[[]], [[{ '@type': `${dspace}CatalogRequestMessage` }, { '@type': `${dspace}CatalogRequestMessage` }]]])(
    'a document without a message, or with two',
    async (body) => {
      expect(await refusal(body)).toEqual({ code: 'json-ld.not-one-message', status })
    },
  )

  it.each([
    [{ '@context': 7, '@type': 'a:b' }],
    [{ '@context': [dspContext], '@type': [7] }],
    [{ '@type': 'a:b', [`${dspace}x`]: { '@value': 1, '@id': 'urn:a' } }],
    [{ '@context': [dspContext, { callbackAddress: null, dspace: 'https://evil.example/' }], kind: 'x' }],
  ])('invalid JSON-LD, and protected terms defined anew: %j', async (body) => {
    expect(await refusal(body)).toEqual({ code: 'json-ld.invalid-document', status })
  })

  it('X-09: members called __proto__ and constructor are members like others, and set nothing', async () => {
    const body = JSON.parse(`{"@type":"${dspace}CatalogRequestMessage","__proto__":{"polluted":1},
      "constructor":{"prototype":{"polluted":1}},"${dspace}filter":{"@type":"@json","@value":{"__proto__":{"polluted":1},"a":1}}}`)
    const plain = await toPlainForm(body, 'dsp')
    expect(plain).toEqual({ '@context': [dspContext], '@type': 'CatalogRequestMessage', filter: [{ a: 1 }] })
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })
})
