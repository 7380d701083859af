import { participantContextId } from '@weft/foundation/access'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ControlPlaneUnderTest, call, startControlPlane } from '../../testing/control-plane-under-test.ts'
import { negotiate, processIn, readCatalog, requestTransfer } from '../../testing/journeys.ts'
import {
  done,
  makeDataspace,
  makeParticipant,
  type Participant,
  publish,
  workloadToken,
} from '../../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
})

afterAll(() => plane.stop())

const put = async (context: string, body: object, client = 'data-plane') =>
  call(
    `${plane.signalingUrl}/api/signaling/participants/${context}/dataplanes`,
    'PUT',
    body,
    await workloadToken(plane, client),
  )

const remove = async (context: string, id: string, client = 'data-plane') =>
  call(
    `${plane.signalingUrl}/api/signaling/participants/${context}/dataplanes/${id}`,
    'DELETE',
    undefined,
    await workloadToken(plane, client),
  )

const registration = (more: object = {}) => ({
  dataplaneId: 'plane-1',
  endpoint: plane.plane.endpoint(provider.context),
  profiles: ['HttpData-PULL'],
  ...more,
})

const formats = async (): Promise<readonly unknown[]> =>
  (await readCatalog(plane, consumer, provider))[0]?.distribution.map((one) => one.format) ?? []

describe('a data plane', () => {
  it('DPS-13: registers itself, and again with other content', async () => {
    expect((await put(provider.context, registration({ profiles: ['HttpData-PULL', 'Other-PULL'] }))).status).toBe(200)
    expect(await formats()).toEqual(['HttpData-PULL', 'Other-PULL'])
    expect((await put(provider.context, registration())).status).toBe(200)
    expect(await formats()).toEqual(['HttpData-PULL'])
    const listed = await plane.api('GET', `/participants/${provider.context}/dataplanes`, { token: provider.token })
    expect(listed.body).toMatchObject([{ '@id': 'plane-1', allowedTransferTypes: ['HttpData-PULL'] }])
  })

  it('keeps its id: another client can neither replace nor remove it', async () => {
    expect((await put(provider.context, registration({ endpoint: 'https://evil.example' }), 'another')).status).toBe(
      409,
    )
    expect((await remove(provider.context, 'plane-1', 'another')).status).toBe(404)
    expect((await remove(provider.context, 'none')).status).toBe(404)
  })

  it('DPS-14: is refused with an authorization that is not understood', async () => {
    const answer = await put(provider.context, registration({ authorization: { type: 'magic' } }))
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe('dps.unknown-authorization-type')
    expect((await put(provider.context, { dataplaneId: 'x' })).status).toBe(400)
  })

  it('cannot register for a context that is not there', async () => {
    expect((await put('nobody', registration())).status).toBe(404)
    expect((await put('..%2f', registration())).status).toBe(404)
  })

  it('leaves when no transfer runs on it', async () => {
    const bare = await makeParticipant(plane, 'bare')
    expect((await remove(bare.context, 'plane-1')).status).toBe(204)
    expect((await remove(bare.context, 'plane-1')).status).toBe(404)
  })
})

describe('a data plane that its participant registers', () => {
  const own = { type: 'oauth2_client_credentials', clientId: 'own-client', clientSecret: 'plane-secret' }
  const path = () => `/participants/${provider.context}/dataplanes`

  it('must say how it is called: our own token goes to data planes of the deployment only', async () => {
    const answer = await plane.api('PUT', path(), { body: registration({ dataplaneId: 'own' }), token: provider.token })
    expect(answer.status).toBe(400)
    expect(answer.body[0]).toMatchObject({ path: 'authorization' })
  })

  it('is called with a token of its own client, whose secret is in the vault only', async () => {
    const body = registration({
      dataplaneId: 'own',
      endpoint: `${plane.plane.url}/own/dataflows`,
      profiles: undefined,
      transferTypes: ['Own-PULL'],
      authorization: { ...own, tokenEndpoint: plane.provider.tokenUrl },
    })
    await done(plane.api('PUT', path(), { body, token: provider.token }))
    const listed = await plane.api('GET', path(), { token: provider.token })
    expect(JSON.stringify([listed.body, plane.logLines()])).not.toContain('plane-secret')
    const database = await plane.database.forService('control_plane', [])
    const rows = await database.tenant(participantContextId(provider.context), (tx) =>
      tx.rows('select * from control_plane.data_plane'),
    )
    expect(JSON.stringify(rows)).not.toContain('plane-secret')

    const contract = await negotiate(plane, consumer, provider, 'asset-1')
    await put(
      consumer.context,
      registration({ endpoint: plane.plane.endpoint(consumer.context), profiles: ['Own-PULL'] }),
    )
    const id = await requestTransfer(plane, consumer, provider, String(contract.contractAgreementId), 'Own-PULL')
    await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
    const callers = plane.plane.signals.map(({ signal, authorization }) => [
      signal,
      decodeJwt((authorization ?? '').replace('Bearer ', '')).sub,
    ])
    expect(callers).toContainEqual(['start', 'own-client'])
    expect(callers).toContainEqual(['prepare', 'control-plane'])
    expect(callers).not.toContainEqual(['start', 'control-plane'])
  })
})
