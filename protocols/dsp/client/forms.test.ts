import { WeftError } from '@weft/foundation/errors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentBinding, type DspBinding } from '../bindings.ts'
import { buildDspMessage } from '../message-build.ts'
import { type CounterpartyServer, startCounterpartyServer } from '../testing/counterparty-server.ts'
import { consumerPid, messageId, providerPid } from '../testing/sample-messages.ts'
import { requestCatalog } from './catalog.ts'
import { type DspCall, dspRefusalOf } from './exchange.ts'
import { readNegotiation, sendTransferMessage } from './processes.ts'

let server: CounterpartyServer
let call: DspCall

beforeAll(async () => {
  server = await startCounterpartyServer()
  call = { outbound: server.outbound, address: `${server.origin}/dsp`, authorization: 'Bearer fresh' }
})
afterAll(() => server.close())

const dspace = 'https://w3id.org/dspace/2025/1/'
const pids = { [`${dspace}providerPid`]: { '@id': providerPid }, [`${dspace}consumerPid`]: { '@id': consumerPid } }
const start = { type: 'TransferStartMessage', messageId, providerPid, consumerPid } as const

async function errorOf(sending: Promise<unknown>): Promise<WeftError> {
  const thrown: unknown = await sending.catch((error: unknown) => error)
  if (thrown instanceof WeftError) return thrown
  throw new Error('not refused')
}

describe('answers in another form of JSON-LD', () => {
  it('X-08: a state is read from its expanded form', async () => {
    const body = {
      '@type': `${dspace}ContractNegotiation`,
      ...pids,
      [`${dspace}state`]: { '@id': `${dspace}AGREED` },
    }
    server.answerWith({ body: [body] })
    expect(await readNegotiation(call, providerPid)).toEqual({
      type: 'ContractNegotiation',
      providerPid,
      consumerPid,
      state: 'AGREED',
    })
  })

  it('X-08: the reason of a refusal is read from its expanded form', async () => {
    const body = {
      '@type': `${dspace}TransferError`,
      ...pids,
      [`${dspace}code`]: '409',
      [`${dspace}reason`]: 'too late',
    }
    server.answerWith({ status: 409, body })
    const error = await errorOf(sendTransferMessage(call, 'provider', start))
    expect(dspRefusalOf(error)).toEqual({ status: 409, code: '409', reason: ['too late'] })
  })

  it('X-08: an answer with an unknown context is the fault of the counterparty, and that context is not asked for', async () => {
    server.answerWith({ body: { '@context': `${server.origin}/context`, '@type': `${dspace}ContractNegotiation` } })
    expect((await errorOf(readNegotiation(call, providerPid))).code).toBe('dsp.counterparty-malformed')
    expect(server.received).toHaveLength(1)
  })

  it('DSP-45: a success whose body makes no sense is a success', async () => {
    server.answerWith({ body: { '@context': `${server.origin}/context`, '@type': `${dspace}TransferProcess` } })
    expect(await sendTransferMessage(call, 'provider', start)).toBeUndefined()
  })

  it('DSP-07: a catalog is given back in plain form, with its metadata', async () => {
    const body = {
      '@id': 'urn:catalog',
      '@type': 'http://www.w3.org/ns/dcat#Catalog',
      [`${dspace}participantId`]: { '@id': 'did:web:p' },
      'http://purl.org/dc/terms/title': 'All that there is',
    }
    server.answerWith({ body })
    const page = await requestCatalog(call, { type: 'CatalogRequestMessage', filter: [] })
    expect(page.catalog).toMatchObject({ id: 'urn:catalog', participantId: 'did:web:p', datasets: [] })
    expect(page.body).toMatchObject({ '@type': 'Catalog', 'dct:title': 'All that there is' })
    expect(page.bytes).toBeUndefined()
  })
})

describe('a counterparty of another version', () => {
  /** A version that does not exist: it writes its type in capitals and puts every answer into an envelope. */
  const binding: DspBinding = {
    version: '2027-1',
    write: (message) => ({ ...message, '@type': String(message['@type']).toUpperCase() }),
    read: (body) => currentBinding.read((body as { readonly envelope: unknown }).envelope),
  }

  it('DSP-03: is written to and read from by the binding of that version, and by nothing else', async () => {
    const envelope = buildDspMessage({ type: 'TransferProcess', providerPid, consumerPid, state: 'STARTED' })
    server.answerWith({ body: { envelope } })
    expect(await sendTransferMessage({ ...call, binding }, 'provider', start)).toMatchObject({ state: 'STARTED' })
    expect(server.received).toMatchObject([{ body: { '@type': 'TRANSFERSTARTMESSAGE', '@id': messageId } }])
  })
})
