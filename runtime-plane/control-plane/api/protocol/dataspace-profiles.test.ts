import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Body,
  type ControlPlaneUnderTest,
  call,
  startControlPlane,
} from '../../testing/control-plane-under-test.ts'
import { dspMessage, messageToken } from '../../testing/counterparty-messages.ts'
import {
  done,
  makeDataspace,
  makeParticipant,
  managed,
  openPolicy,
  type Participant,
  participantScope,
  publish,
  testProfile,
} from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

const vocabulary = 'https://catenax.example/context.jsonld'
const protocol = { version: '2025-1', binding: 'HTTPS', namespace: 'https://w3id.org/dspace/2025/1/' }

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  const trustedIssuers = [{ '@id': plane.hub.issuer, supportedTypes: ['*'] }]
  for (const members of [
    {
      name: 'cars',
      trustedIssuers,
      jsonLdContextsUrl: [vocabulary],
      assetSchema: {
        type: 'object',
        required: ['https://cars.example/ns/model'],
        properties: { 'https://cars.example/ns/model': { type: 'string', maxLength: 10 } },
      },
    },
    { name: 'strangers', trustedIssuers: [{ '@id': 'did:web:another.example', supportedTypes: ['*'] }] },
  ]) {
    await done(plane.api('POST', '/dataspaceprofiles', { body: managed('DataspaceProfile', { ...members, protocol }) }))
  }
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await associate(provider, [testProfile, 'cars', 'strangers'])
  await publish(plane, provider, 'plain', { contract: openPolicy })
  await publish(plane, provider, 'car', { contract: openPolicy })
  const asset = managed('Asset', { '@id': 'car', properties: { 'https://cars.example/ns/model': 'T' } })
  const path = `/participants/${provider.context}/assets`
  await done(plane.api('PUT', path, { body: asset, token: provider.token }))
})

afterAll(() => plane.stop())

function associate(participant: Participant, profiles: readonly string[]) {
  const body = managed('AssociateDataspaceProfile', { profiles })
  return done(plane.api('PUT', `/participants/${participant.context}/profiles`, { body }))
}

const at = (profile: string) => `${plane.publicUrl}/dsp/${provider.context}/${profile}`

async function send(profile: string, path: string, body: unknown, scopes?: readonly string[]) {
  const token = await messageToken(plane, consumer, provider, scopes)
  return call(`${at(profile)}${path}`, body === undefined ? 'GET' : 'POST', body, token)
}

const catalogOf = async (profile: string) => {
  const { body } = await send(profile, '/catalog/request', dspMessage('CatalogRequestMessage', {}))
  return { body, ids: ((body.dataset ?? []) as Body[]).map((one) => one['@id']) }
}

describe('a participant in several dataspaces', () => {
  it('DSP-01: has an entry in its version document for each, with a path of its own', async () => {
    const { body } = await call(
      `${plane.publicUrl}/dsp/${provider.context}/.well-known/dspace-version`,
      'GET',
      undefined,
    )
    const entries = body.protocolVersions as unknown as Body[]
    expect(entries.map(({ path, version, binding }) => [path, version, binding])).toEqual([
      [`/${testProfile}`, '2025-1', 'HTTPS'],
      ['/cars', '2025-1', 'HTTPS'],
      ['/strangers', '2025-1', 'HTTPS'],
    ])
  })

  it('DSP-12: offers under the address of each dataspace, and names its vocabularies', async () => {
    const { body } = await catalogOf('cars')
    expect(body['@context']).toEqual(['https://w3id.org/dspace/2025/1/context.jsonld', vocabulary])
    expect(JSON.stringify(body)).toContain(`"endpointURL":"${at('cars')}"`)
    expect((await catalogOf(testProfile)).body['@context']).toEqual(['https://w3id.org/dspace/2025/1/context.jsonld'])
  })

  it('DCP-30: trusts in each dataspace the issuers of that dataspace', async () => {
    const { status, body } = await send('strangers', '/catalog/request', dspMessage('CatalogRequestMessage', {}))
    expect(status).toBe(401)
    expect(body).toMatchObject({ '@type': 'CatalogError', code: 'dcp.issuer-untrusted' })
  })

  it('DCP-06: is as strict in each dataspace as that dataspace says, and strict where it says nothing', async () => {
    const trusted = [{ '@id': plane.hub.issuer, supportedTypes: ['*'] }]
    const loose = { name: 'edc-partners', protocol, trustedIssuers: trusted, trust: { relationships: 'optional' } }
    await done(plane.api('POST', '/dataspaceprofiles', { body: managed('DataspaceProfile', loose) }))
    await associate(provider, [testProfile, 'cars', 'strangers', 'edc-partners'])
    const bare = await makeParticipant(plane, 'bare')
    plane.hub.withoutRelationships(bare.did)
    const from = async (profile: string) =>
      call(
        `${at(profile)}/catalog/request`,
        'POST',
        dspMessage('CatalogRequestMessage', {}),
        await messageToken(plane, bare, provider),
      )
    expect((await from('edc-partners')).status).toBe(200)
    expect((await from(testProfile)).status).toBe(401)
    await associate(provider, [testProfile, 'cars', 'strangers'])
  })

  it('asks in each dataspace for the credentials of that dataspace, in the words of its partners', async () => {
    const theirs = 'org.eclipse.edc.vc.type:MembershipCredential:read'
    const scope = managed('DcpScope', { '@id': 'cars-only', type: 'DEFAULT', value: theirs, profile: 'cars' })
    await done(plane.api('POST', '/dcpscopes', { body: scope }))
    expect(
      (await send('cars', '/catalog/request', dspMessage('CatalogRequestMessage', {}), [participantScope])).status,
    ).toBe(401)
    expect(
      (await send('cars', '/catalog/request', dspMessage('CatalogRequestMessage', {}), [participantScope, theirs]))
        .status,
    ).toBe(200)
    expect(
      (await send(testProfile, '/catalog/request', dspMessage('CatalogRequestMessage', {}), [participantScope])).status,
    ).toBe(200)
    await done(plane.api('DELETE', '/dcpscopes/cars-only'))
  })

  it('offers an asset only where it keeps to the semantics of the dataspace: by list, by id, and in a negotiation', async () => {
    expect((await catalogOf(testProfile)).ids).toEqual(['car', 'plain'])
    expect((await catalogOf('cars')).ids).toEqual(['car'])
    expect((await send('cars', '/catalog/datasets/plain', undefined)).status).toBe(404)
    const { body } = await send(testProfile, '/catalog/datasets/plain', undefined)
    const [offer] = body.hasPolicy as Body[]
    const request = (profile: string) =>
      send(
        profile,
        '/negotiations/request',
        dspMessage('ContractRequestMessage', {
          consumerPid: `urn:uuid:${profile}`,
          offer: { ...offer, target: 'plain' },
          callbackAddress: plane.peer.url,
        }),
      )
    expect((await request('cars')).body).toMatchObject({ code: 'dsp.unknown-offer' })
    expect((await request(testProfile)).status).toBe(201)
  })

  it('tells its people what keeps an asset out of a dataspace', async () => {
    const path = `/participants/${provider.context}/assets/plain/validate`
    const { status, body } = await plane.api('POST', path, { token: provider.token })
    expect(status).toBe(200)
    expect(body.results).toEqual([
      { profile: testProfile, isValid: true, errors: [] },
      { profile: 'cars', isValid: false, errors: [expect.stringContaining('https://cars.example/ns/model')] },
      { profile: 'strangers', isValid: true, errors: [] },
    ])
  })
})

describe('a dataspace profile', () => {
  it('keeps its trust rules and its schema as they were given', async () => {
    const trust = { relationships: 'optional', unsignedStatusLists: true }
    const body = managed('DataspaceProfile', { name: 'loose', protocol, trust, assetSchema: { type: 'object' } })
    await done(plane.api('POST', '/dataspaceprofiles', { body }))
    expect((await plane.api('GET', '/dataspaceprofiles/loose')).body).toMatchObject({
      trust,
      assetSchema: { type: 'object' },
    })
    expect((await plane.api('POST', '/dataspaceprofiles', { body })).status).toBe(200)
    const stricter = managed('DataspaceProfile', { name: 'loose', protocol })
    expect((await plane.api('POST', '/dataspaceprofiles', { body: stricter })).status).toBe(409)
  })

  it('is refused with a version that is not spoken here, or a schema that is none', async () => {
    const other = managed('DataspaceProfile', { name: 'old', protocol: { ...protocol, version: '0.8' } })
    expect((await plane.api('POST', '/dataspaceprofiles', { body: other })).status).toBe(400)
    const odd = managed('DataspaceProfile', { name: 'odd', protocol, assetSchema: { type: 'nothing' } })
    const refused = await plane.api('POST', '/dataspaceprofiles', { body: odd })
    expect(refused.status).toBe(400)
    expect(refused.body[0]).toMatchObject({ path: 'assetSchema' })
  })
})
