import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ControlPlaneUnderTest, startControlPlane } from '../../testing/control-plane-under-test.ts'
import { dspMessage, sendDsp } from '../../testing/counterparty-messages.ts'
import { readCatalog } from '../../testing/journeys.ts'
import { makeDataspace, makeParticipant, openPolicy, type Participant, publish } from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1', { contract: openPolicy, negotiation: 'manual' })
})

afterAll(() => plane.stop())

const dspace = 'https://w3id.org/dspace/2025/1/'
const odrl = 'http://www.w3.org/ns/odrl/2/'

describe('messages in other forms of JSON-LD than the plain one', () => {
  it('X-08: an expanded catalog request without any context is answered', async () => {
    const request = { '@type': `${dspace}CatalogRequestMessage`, [`${dspace}filter`]: {} }
    const { status, body } = await sendDsp(plane, consumer, provider, '/catalog/request', request)
    expect(status).toBe(200)
    expect(body).toMatchObject({ '@type': 'Catalog', participantId: provider.did })
  })

  it('X-08: an expanded contract request opens a negotiation', async () => {
    const [dataset] = await readCatalog(plane, consumer, provider)
    const request = [
      {
        '@id': 'urn:uuid:expanded',
        '@type': [`${dspace}ContractRequestMessage`],
        [`${dspace}consumerPid`]: [{ '@id': 'urn:uuid:expanded-consumer' }],
        [`${dspace}callbackAddress`]: [{ '@value': plane.peer.url }],
        [`${dspace}offer`]: [
          {
            '@id': dataset?.hasPolicy[0]?.['@id'],
            '@type': [`${odrl}Offer`],
            [`${odrl}target`]: [{ '@id': 'asset-1' }],
            [`${odrl}permission`]: [{ [`${odrl}action`]: [{ '@id': `${odrl}use` }] }],
          },
        ],
      },
    ]
    const { status, body } = await sendDsp(plane, consumer, provider, '/negotiations/request', request)
    expect(body).toMatchObject({ '@type': 'ContractNegotiation', consumerPid: 'urn:uuid:expanded-consumer' })
    expect(status).toBe(201)
  })

  it('X-08: an unknown context beside the protocol’s own is ignored, alone it is refused, and nothing is fetched', async () => {
    const unknown = `${plane.peer.url}/context.jsonld`
    const beside = {
      ...dspMessage('CatalogRequestMessage', {}),
      '@context': ['https://w3id.org/dspace/2025/1/context.jsonld', unknown],
    }
    expect((await sendDsp(plane, consumer, provider, '/catalog/request', beside)).status).toBe(200)
    const alone = { ...dspMessage('CatalogRequestMessage', {}), '@context': [unknown] }
    const refused = await sendDsp(plane, consumer, provider, '/catalog/request', alone)
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({ '@type': 'CatalogError', code: 'json-ld.unknown-context' })
    expect(plane.peer.received.some((request) => request.path === '/context.jsonld')).toBe(false)
  })
})
