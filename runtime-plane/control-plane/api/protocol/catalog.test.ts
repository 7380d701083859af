import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Body,
  type ControlPlaneUnderTest,
  call,
  startControlPlane,
} from '../../testing/control-plane-under-test.ts'
import { dspMessage, messageToken, sendDsp } from '../../testing/counterparty-messages.ts'
import { readCatalog } from '../../testing/journeys.ts'
import {
  done,
  dspAddress,
  makeDataspace,
  makeParticipant,
  managed,
  membershipPolicy,
  openPolicy,
  type Participant,
  publish,
  testProfile,
} from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  for (const id of ['a', 'b', 'c', 'd', 'e']) await publish(plane, provider, id)
})

afterAll(() => plane.stop())

const request = (filter?: readonly unknown[]) =>
  dspMessage('CatalogRequestMessage', filter === undefined ? {} : { filter })

const idsOf = (body: Body) => ((body.dataset ?? []) as Body[]).map((one) => one['@id'])

describe('the catalog', () => {
  it('DSP-07, DSP-10 to DSP-12: has datasets with offers, formats and the address to negotiate at', async () => {
    const { status, body } = await sendDsp(plane, consumer, provider, '/catalog/request', request())
    expect(status).toBe(200)
    expect(body).toMatchObject({ '@type': 'Catalog', participantId: provider.did })
    expect(idsOf(body)).toEqual(['a', 'b', 'c', 'd', 'e'])
    const [dataset] = body.dataset as Body[]
    expect(dataset).toMatchObject({
      'https://w3id.org/edc/v0.0.1/ns/name': 'Asset a',
      hasPolicy: [{ '@type': 'Offer', permission: membershipPolicy.permission }],
    })
    const [service] = body.service as Body[]
    expect(service).toEqual({
      '@id': expect.stringMatching(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      '@type': 'DataService',
      endpointURL: dspAddress(plane, provider),
    })
    expect(dataset?.distribution).toEqual([
      { '@type': 'Distribution', format: 'HttpData-PULL', accessService: service?.['@id'] },
      { '@type': 'Distribution', format: 'HttpData-PUSH', accessService: service?.['@id'] },
    ])
    expect(JSON.stringify(dataset?.hasPolicy)).not.toContain('target')
  })

  it('tells nothing of where the data is', async () => {
    const { body } = await sendDsp(plane, consumer, provider, '/catalog/request', request())
    expect(JSON.stringify(body)).not.toContain('source.example')
  })

  it('DSP-13: is empty, and valid, for who has no datasets to show', async () => {
    const { status, body } = await sendDsp(plane, provider, consumer, '/catalog/request', request())
    expect(status).toBe(200)
    expect(body).not.toHaveProperty('dataset')
  })

  it('DSP-16: shows what the access policy lets the requester see, by list and by id', async () => {
    await publish(plane, provider, 'members', { access: membershipPolicy, contract: openPolicy })
    const poor = await makeParticipant(plane, 'poor', ['ParticipantCredential'])
    expect((await readCatalog(plane, consumer, provider)).map((one) => one['@id'])).toContain('members')
    expect((await readCatalog(plane, poor, provider)).map((one) => one['@id'])).not.toContain('members')
    const visible = await sendDsp(plane, consumer, provider, '/catalog/datasets/members', undefined)
    expect(visible.body).toMatchObject({ '@type': 'Dataset', '@id': 'members' })
    const hidden = await sendDsp(plane, poor, provider, '/catalog/datasets/members', undefined)
    const unknown = await sendDsp(plane, poor, provider, '/catalog/datasets/none', undefined)
    for (const answer of [hidden, unknown]) {
      expect(answer.status).toBe(404)
      expect(answer.body).toMatchObject({ '@type': 'CatalogError', code: 'dsp.unknown-dataset' })
    }
    await done(plane.api('DELETE', `/participants/${provider.context}/contractdefinitions/members-definition`, {}))
  })

  it('leaves out what no data plane serves: a dataset without a format would not be valid (DSP-10)', async () => {
    const bare = await makeParticipant(plane, 'bare', ['ParticipantCredential'])
    await publish(plane, bare, 'asset')
    expect(await readCatalog(plane, consumer, bare)).toHaveLength(1)
    await done(plane.api('DELETE', `/participants/${bare.context}/dataplanes/plane-1`, {}))
    expect(await readCatalog(plane, consumer, bare)).toHaveLength(0)
  })

  it('has offer ids that stay the same, and change with the rules', async () => {
    const offerOf = async () =>
      (await readCatalog(plane, consumer, provider)).find((one) => one['@id'] === 'e')?.hasPolicy[0]?.['@id']
    const before = await offerOf()
    expect(await offerOf()).toBe(before)
    const path = `/participants/${provider.context}/policydefinitions/e-contract`
    await done(plane.api('PUT', path, { body: managed('PolicyDefinition', { policy: openPolicy }) }))
    expect(await offerOf()).not.toBe(before)
  })
})

describe('pages of the catalog', () => {
  const page = async (limit: number, offset = 0, link = '') =>
    call(
      link === '' ? `${dspAddress(plane, provider)}/catalog/request` : link,
      'POST',
      request([{ '@type': 'QuerySpec', offset, limit }]),
      await messageToken(plane, consumer, provider),
    )
  const linkOf = (headers: Readonly<Record<string, unknown>>, relation: string) =>
    new RegExp(`<([^>]*)>; rel="${relation}"`).exec(String(headers.link))?.[1]

  it('DSP-15: are linked forwards and backwards, and complete', async () => {
    const first = await page(2)
    expect(idsOf(first.body)).toEqual(['a', 'b'])
    expect(linkOf(first.headers, 'previous')).toBeUndefined()
    const second = await page(2, 0, linkOf(first.headers, 'next'))
    expect(idsOf(second.body)).toEqual(['c', 'd'])
    const third = await page(2, 0, linkOf(second.headers, 'next'))
    expect(idsOf(third.body)).toEqual(['e'])
    expect(linkOf(third.headers, 'next')).toBeUndefined()
    const back = await page(2, 0, linkOf(third.headers, 'previous'))
    expect(idsOf(back.body)).toEqual(['c', 'd'])
    expect(idsOf((await page(2, 3)).body)).toEqual(['d', 'e'])
  })

  it('a link that was not given out here is refused', async () => {
    const answer = await page(2, 0, `${dspAddress(plane, provider)}/catalog/request?page=xyz`)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'CatalogError', code: 'message.link-unknown' })
  })

  it('are reached through the management API by offset and limit', async () => {
    const body = managed('CatalogRequest', {
      counterPartyAddress: dspAddress(plane, provider),
      counterPartyId: provider.did,
      profile: testProfile,
      querySpec: { '@type': 'QuerySpec', offset: 1, limit: 2 },
    })
    const answer = await plane.api('POST', `/participants/${consumer.context}/catalog/request`, {
      body,
      token: consumer.token,
    })
    expect(idsOf(answer.body)).toEqual(['b', 'c'])
  })
})

describe('a filter', () => {
  const filtered = async (operandLeft: string, operator: string, operandRight: unknown) => {
    const filter = [{ '@type': 'QuerySpec', filterExpression: [{ operandLeft, operator, operandRight }] }]
    return idsOf((await sendDsp(plane, consumer, provider, '/catalog/request', request(filter))).body)
  }

  it('DSP-09: of ids and public properties is followed', async () => {
    expect(await filtered('https://w3id.org/edc/v0.0.1/ns/id', '=', 'a')).toEqual(['a'])
    expect(await filtered('id', 'in', ['a', 'c'])).toEqual(['a', 'c'])
    expect(await filtered('name', 'like', '% b')).toEqual(['b'])
    expect(await filtered('absent', '!=', 'x')).toEqual([])
  })

  it.each([
    [[{ '@type': 'QuerySpec', filterExpression: [{ operandLeft: 'id', operator: '<', operandRight: 'a' }] }]],
    [[{ filterExpression: [{ operandLeft: 'privateProperties.a', operator: '=', operandRight: 'a' }] }]],
    [['id = a']],
    [[{ '@type': 'QuerySpec', sortField: 'name' }]],
    [[{}, {}]],
  ])('DSP-09: is refused, not ignored (%j)', async (filter) => {
    const answer = await sendDsp(plane, consumer, provider, '/catalog/request', request(filter))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'CatalogError', code: 'dsp.unsupported-filter' })
  })
})

describe('the cost of a catalog', () => {
  it('is the same number of statements however many definitions there are, and one presentation query', async () => {
    const cost = async (owner: Participant) => {
      await readCatalog(plane, consumer, owner)
      plane.takeStatementCount()
      plane.hub.takeQueryCount()
      const datasets = await readCatalog(plane, consumer, owner)
      return { datasets: datasets.length, statements: plane.takeStatementCount(), queries: plane.hub.takeQueryCount() }
    }
    const few = await makeParticipant(plane, 'few')
    await publish(plane, few, 'one')
    const many = await makeParticipant(plane, 'many')
    for (let index = 0; index < 25; index += 1) await publish(plane, many, `asset-${index}`)
    const [small, large] = [await cost(few), await cost(many)]
    expect(small.datasets).toBe(1)
    expect(large.datasets).toBe(25)
    expect(large.statements).toBe(small.statements)
    expect(small.queries).toBe(1)
    expect(large.queries).toBe(1)
  })
})

describe('the version endpoint', () => {
  const versions = (context: string) =>
    call(`${plane.publicUrl}/dsp/${context}/.well-known/dspace-version`, 'GET', undefined)

  it('DSP-01, DSP-02: is open and names the profiles of the participant', async () => {
    const { status, body } = await versions(provider.context)
    expect(status).toBe(200)
    expect(body.protocolVersions).toEqual([
      expect.objectContaining({ version: '2025-1', path: `/${testProfile}`, binding: 'HTTPS', profile: testProfile }),
    ])
  })

  it('knows nothing of unknown participants', async () => {
    expect((await versions('nobody')).status).toBe(404)
    expect((await versions('..%2f')).status).toBe(404)
  })
})
