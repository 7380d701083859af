import { isRetryable, WeftError } from '@weft/foundation/errors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentBinding } from '../bindings.ts'
import { buildCatalog, buildDataset } from '../catalog-build.ts'
import { dspErrors } from '../errors.ts'
import { buildDspMessage } from '../message-build.ts'
import type { NegotiationMessage, TransferMessage } from '../messages.ts'
import { renderDspError } from '../protocol-error.ts'
import { type CounterpartyServer, startCounterpartyServer } from '../testing/counterparty-server.ts'
import { consumerPid, messageId, providerPid, sampleAgreement, sampleOffer } from '../testing/sample-messages.ts'
import { followCatalogLink, requestCatalog, requestDataset } from './catalog.ts'
import { type DspCall, dspRefusalOf } from './exchange.ts'
import { readNegotiation, readTransfer, sendNegotiationMessage, sendTransferMessage } from './processes.ts'
import { readVersions, selectDspBase } from './versions.ts'

let server: CounterpartyServer
let call: DspCall

beforeAll(async () => {
  server = await startCounterpartyServer()
  // DSP-23: with a trailing slash.
  call = { outbound: server.outbound, address: `${server.origin}/dsp/c/p/`, authorization: 'Bearer fresh' }
})
afterAll(() => server.close())

const pids = { consumerPid, providerPid }
const callbackAddress = 'https://example.org/dsp'
const p = encodeURIComponent(providerPid)
const c = encodeURIComponent(consumerPid)

async function refusalOf(sending: Promise<unknown>): Promise<WeftError> {
  const thrown: unknown = await sending.then(() => undefined).catch((error: unknown) => error)
  if (thrown instanceof WeftError) return thrown
  throw new Error(`not refused: ${String(thrown)}`)
}

describe('sending messages', () => {
  const negotiation: readonly (readonly [
    'consumer' | 'provider',
    NegotiationMessage & { messageId: string },
    string,
  ])[] = [
    [
      'consumer',
      { type: 'ContractRequestMessage', messageId, consumerPid, offer: sampleOffer, callbackAddress },
      '/negotiations/request',
    ],
    [
      'consumer',
      { type: 'ContractRequestMessage', messageId, consumerPid, offer: sampleOffer, providerPid },
      `/negotiations/${p}/request`,
    ],
    [
      'provider',
      { type: 'ContractOfferMessage', messageId, providerPid, offer: sampleOffer, callbackAddress },
      '/negotiations/offers',
    ],
    [
      'provider',
      { type: 'ContractOfferMessage', messageId, providerPid, offer: sampleOffer, consumerPid },
      `/negotiations/${c}/offers`,
    ],
    [
      'provider',
      { type: 'ContractAgreementMessage', messageId, ...pids, agreement: sampleAgreement },
      `/negotiations/${c}/agreement`,
    ],
    [
      'consumer',
      { type: 'ContractAgreementVerificationMessage', messageId, ...pids },
      `/negotiations/${p}/agreement/verification`,
    ],
    [
      'consumer',
      { type: 'ContractNegotiationEventMessage', messageId, ...pids, eventType: 'ACCEPTED' },
      `/negotiations/${p}/events`,
    ],
    [
      'provider',
      { type: 'ContractNegotiationEventMessage', messageId, ...pids, eventType: 'FINALIZED' },
      `/negotiations/${c}/events`,
    ],
    [
      'consumer',
      { type: 'ContractNegotiationTerminationMessage', messageId, ...pids, reason: [] },
      `/negotiations/${p}/termination`,
    ],
    [
      'provider',
      { type: 'ContractNegotiationTerminationMessage', messageId, ...pids, reason: [] },
      `/negotiations/${c}/termination`,
    ],
  ]

  it.each(negotiation)('DSP-04, DSP-06: the %s posts %j to its path', async (sender, message, path) => {
    server.answerWith({ status: 200 })
    expect(await sendNegotiationMessage(call, sender, message)).toBeUndefined()
    expect(server.received).toEqual([
      {
        method: 'POST',
        path: `/dsp/c/p${path}`,
        authorization: 'Bearer fresh',
        contentType: 'application/json',
        body: buildDspMessage(message),
      },
    ])
  })

  const agreementId = 'urn:a'
  const transfer: readonly (readonly ['consumer' | 'provider', TransferMessage & { messageId: string }, string])[] = [
    [
      'consumer',
      { type: 'TransferRequestMessage', messageId, consumerPid, agreementId, format: 'HttpData-PULL', callbackAddress },
      '/transfers/request',
    ],
    ['provider', { type: 'TransferStartMessage', messageId, ...pids }, `/transfers/${c}/start`],
    ['consumer', { type: 'TransferStartMessage', messageId, ...pids }, `/transfers/${p}/start`],
    ['consumer', { type: 'TransferCompletionMessage', messageId, ...pids }, `/transfers/${p}/completion`],
    ['provider', { type: 'TransferSuspensionMessage', messageId, ...pids, reason: [] }, `/transfers/${c}/suspension`],
    ['consumer', { type: 'TransferTerminationMessage', messageId, ...pids, reason: [] }, `/transfers/${p}/termination`],
  ]

  it.each(transfer)('the %s posts %j to its path', async (sender, message, path) => {
    server.answerWith({ status: 201, body: buildDspMessage({ type: 'TransferProcess', ...pids, state: 'REQUESTED' }) })
    expect(await sendTransferMessage(call, sender, message)).toEqual({
      type: 'TransferProcess',
      ...pids,
      state: 'REQUESTED',
    })
    expect(server.received.map((request) => request.path)).toEqual([`/dsp/c/p${path}`])
    expect(server.received[0]?.body).toMatchObject({ '@id': messageId })
  })

  it.each([
    [200, { body: buildDspMessage({ type: 'ContractNegotiation', ...pids, state: 'REQUESTED' }) }, true],
    [201, { body: buildDspMessage({ type: 'ContractNegotiation', ...pids, state: 'REQUESTED' }) }, true],
    [204, {}, false],
    [200, { body: 'OK' }, false],
    [200, { body: { state: 'REQUESTED' } }, false],
  ])('DSP-45: success is any 2xx (%i) and needs no body: %j', async (status, reply, acknowledged) => {
    server.answerWith({ status, ...reply })
    const message = {
      type: 'ContractRequestMessage',
      messageId,
      consumerPid,
      offer: sampleOffer,
      callbackAddress,
    } as const
    const answer = await sendNegotiationMessage(call, 'consumer', message)
    expect(answer?.providerPid).toBe(acknowledged ? providerPid : undefined)
  })
})

describe('a refusal of the counterparty', () => {
  const message = { type: 'ContractAgreementVerificationMessage', messageId, ...pids } as const

  it.each([
    [400, 'dsp.counterparty-refused', false],
    [401, 'dsp.counterparty-unauthenticated', false],
    [403, 'dsp.counterparty-unauthenticated', false],
    [404, 'dsp.counterparty-unknown', false],
    [409, 'dsp.counterparty-refused', false],
    [307, 'dsp.counterparty-refused', false],
    [429, 'dsp.counterparty-unavailable', true],
    [500, 'dsp.counterparty-unavailable', true],
    [503, 'dsp.counterparty-unavailable', true],
  ])('with status %i is %s, to be repeated: %s', async (status, code, retryable) => {
    server.answerWith({ status, headers: { location: `${server.origin}/elsewhere` } })
    const error = await refusalOf(sendNegotiationMessage(call, 'consumer', message))
    expect([error.code, isRetryable(error), server.received.length]).toEqual([code, retryable, 1])
    expect(dspRefusalOf(error)).toEqual({ status, reason: [] })
  })

  it('carries its code and reason', async () => {
    const body = renderDspError('negotiation', new WeftError(dspErrors['unknown-offer']), pids)
    server.answerWith({ status: 400, body })
    const error = await refusalOf(sendNegotiationMessage(call, 'consumer', message))
    expect(dspRefusalOf(error)).toEqual({
      status: 400,
      code: 'dsp.unknown-offer',
      reason: [dspErrors['unknown-offer'].title],
    })
    expect(error.message).toContain('dsp.unknown-offer')
  })

  it('is bounded and shown on one line, whatever the counterparty writes', async () => {
    const reason = [`a\n\u001b[31mb${'x'.repeat(5000)}`, { '@value': 'c' }, { d: 1 }, 5, ...Array(50).fill('y')]
    server.answerWith({ status: 400, body: { code: 7, reason } })
    const error = await refusalOf(sendNegotiationMessage(call, 'consumer', message))
    const said = dspRefusalOf(error)
    expect(said?.code).toBe('7')
    expect(said?.reason).toHaveLength(10)
    expect(said?.reason[1]).toBe('c')
    expect(error.message).not.toMatch(/\p{Cc}/u)
    expect(error.message.length).toBeLessThan(6000)
  })

  it.each([['no JSON'], ['[]'], ['"text"'], ['{"code":{},"reason":{}}'], ['{"a":1,"a":2}'], ['null']])(
    'is understood without a usable body: %s',
    async (body) => {
      server.answerWith({ status: 400, body })
      const error = await refusalOf(sendNegotiationMessage(call, 'consumer', message))
      expect(dspRefusalOf(error)).toEqual({ status: 400, reason: [] })
    },
  )

  it('is told apart from what the outbound client throws, which passes through', async () => {
    const address = 'http://169.254.169.254/dsp'
    const error = await refusalOf(sendNegotiationMessage({ ...call, address }, 'consumer', message))
    expect([error.code, dspRefusalOf(error)]).toEqual(['outbound.address-refused', undefined])
    expect(dspRefusalOf(new WeftError(dspErrors['counterparty-refused'], { detail: { status: 1 } }))).toBeUndefined()
  })
})

describe('reading the state of the counterparty', () => {
  it('DSP-34: asks at the counterparty’s own pid', async () => {
    server.answerWith({ body: buildDspMessage({ type: 'ContractNegotiation', ...pids, state: 'AGREED' }) })
    expect((await readNegotiation(call, providerPid)).state).toBe('AGREED')
    expect(server.received).toMatchObject([{ method: 'GET', path: `/dsp/c/p/negotiations/${p}`, body: undefined }])
    server.answerWith({ body: buildDspMessage({ type: 'TransferProcess', ...pids, state: 'STARTED' }) })
    expect((await readTransfer(call, consumerPid)).state).toBe('STARTED')
    expect(server.received).toMatchObject([{ path: `/dsp/c/p/transfers/${c}` }])
  })

  it('a pid cannot lead to another path', async () => {
    server.answerWith({ body: buildDspMessage({ type: 'TransferProcess', ...pids, state: 'STARTED' }) })
    await readTransfer(call, '../x?y#z')
    expect(server.received).toMatchObject([{ path: '/dsp/c/p/transfers/..%2Fx%3Fy%23z' }])
  })

  it('an answer that is none is the counterparty’s fault', async () => {
    for (const body of ['', 'OK', { '@context': [], state: 'AGREED' }]) {
      server.answerWith({ body })
      const error = await refusalOf(readNegotiation(call, providerPid))
      expect([error.code, isRetryable(error)]).toEqual(['dsp.counterparty-malformed', false])
    }
  })
})

describe('reading a catalog', () => {
  const service = { id: 'urn:s', endpointUrl: 'https://provider.example/dsp' }
  const dataset = { id: 'asset 1', offers: [sampleOffer], formats: ['HttpData-PULL'] } as const
  const catalog = buildCatalog({ id: 'urn:catalog', participantId: 'did:web:p', service, datasets: [dataset] })
  const request = { type: 'CatalogRequestMessage', messageId, filter: [] } as const

  it('gives back the page, its body and its links', async () => {
    server.answerWith({ body: catalog, headers: { link: `</dsp/c/p/catalog/request?page=2>; rel="next"` } })
    const page = await requestCatalog(call, request)
    expect(page.catalog.datasets.map(({ id }) => id)).toEqual(['asset 1'])
    expect(page.body).toEqual(catalog)
    expect(page.links).toEqual({ next: `${server.origin}/dsp/c/p/catalog/request?page=2` })
    expect(server.received).toMatchObject([
      { method: 'POST', path: '/dsp/c/p/catalog/request', body: { '@id': messageId } },
    ])
  })

  it('X-09: gives its bytes only where they say nothing that was not read', async () => {
    const bytesOf = async (body: object) => {
      server.answerWith({ body })
      return (await requestCatalog(call, request)).bytes?.toString()
    }
    expect(await bytesOf({ ...catalog, title: 'Ä' })).toBe(JSON.stringify({ ...catalog, title: 'Ä' }))
    for (const members of ['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{}}}', '{"x":"\\u0000"}']) {
      expect(await bytesOf({ ...catalog, more: JSON.parse(members) as object }), members).toBeUndefined()
    }
  })

  it('DSP-15: repeats the request at the link', async () => {
    server.answerWith({ body: catalog })
    const link = `${server.origin}/dsp/c/p/catalog/request?page=2`
    expect((await followCatalogLink(call, request, link)).links).toEqual({})
    expect(server.received).toMatchObject([
      { method: 'POST', path: '/dsp/c/p/catalog/request?page=2', authorization: 'Bearer fresh' },
    ])
  })

  it('DSP-49: sends no token to another origin', async () => {
    server.answerWith({ body: catalog })
    for (const link of ['https://evil.example/catalog', 'not a link', server.origin.replace('http', 'https')]) {
      expect((await refusalOf(followCatalogLink(call, request, link))).code).toBe('dsp.foreign-link')
    }
    expect(server.received).toEqual([])
  })

  it('DSP-15: reads the link back, whichever of its two names the counterparty uses', async () => {
    for (const relation of ['previous', 'prev']) {
      server.answerWith({ body: catalog, headers: { link: `<?page=1>; rel="${relation}"` } })
      const { links } = await requestCatalog(call, request)
      expect(links).toEqual({ previous: `${server.origin}/dsp/c/p/catalog/request?page=1` })
    }
  })

  it('DSP-14: a dataset that the counterparty does not know or does not show us is an error that says so', async () => {
    server.answerWith({ status: 404, body: renderDspError('catalog', new WeftError(dspErrors['unknown-dataset'])) })
    const error = await refusalOf(requestDataset(call, 'asset 2'))
    expect([error.code, dspRefusalOf(error)?.code]).toEqual(['dsp.counterparty-unknown', 'dsp.unknown-dataset'])
  })

  it('DSP-14: reads a single dataset by its id', async () => {
    server.answerWith({ body: buildDataset(dataset, service) })
    const found = await requestDataset(call, 'asset/1')
    expect([found.id, found.body]).toEqual(['asset 1', buildDataset(dataset, service)])
    expect(server.received).toMatchObject([{ method: 'GET', path: '/dsp/c/p/catalog/datasets/asset%2F1' }])
  })
})

describe('finding the version', () => {
  const entry = { version: '2025-1', path: '/x/2025-1', binding: 'HTTPS' } as const

  it('DSP-02: needs no authentication', async () => {
    server.answerWith({ body: { protocolVersions: [entry] } })
    const found = await selectDspBase(server.outbound, `${server.origin}/dsp/c/`)
    expect(found).toEqual({ binding: currentBinding, base: `${server.origin}/dsp/c/x/2025-1` })
    expect(server.received).toMatchObject([
      { method: 'GET', path: '/dsp/c/.well-known/dspace-version', authorization: undefined },
    ])
  })

  it('DSP-03: stops without a common version', async () => {
    server.answerWith({ body: { protocolVersions: [] } })
    expect((await readVersions(server.outbound, server.origin)).protocolVersions).toEqual([])
    expect((await refusalOf(selectDspBase(server.outbound, server.origin))).code).toBe('dsp.no-common-version')
  })
})
