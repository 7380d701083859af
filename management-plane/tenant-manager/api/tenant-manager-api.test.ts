import type { Database } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import { createPostgresqlMessaging, type Messaging } from '@weft/foundation/messaging'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Dataspace, setUpDataspace } from '../testing/dataspace.ts'
import { fakeToken } from '../testing/fake-token-verifier.ts'
import { faultsAs, havePublishedApi } from '../testing/published-api.ts'
import { type RunningTenantManager, type Shown, startTenantManager } from '../testing/running-tenant-manager.ts'

let database: Database
let messaging: Messaging
let manager: RunningTenantManager
let dataspace: Dataspace

beforeAll(async () => {
  database = await openTestDatabase()
  messaging = await createPostgresqlMessaging({
    database,
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  manager = await startTenantManager(database, messaging)
  dataspace = await setUpDataspace(manager)
})

afterAll(async () => {
  await manager?.stop()
  await messaging?.close()
  await database?.close()
})

const unknown = '00000000-0000-4000-8000-000000000000'
const deploy = (body: object, tenantId = dataspace.tenantId) =>
  manager.call('POST', `/tenants/${tenantId}/participant-profiles`, body)

describe('tenants', () => {
  test('are created, read, changed and deleted', async () => {
    const created = await manager.call('POST', '/tenants', { properties: { a: 1, b: { c: 2 } } })
    expect(created).toMatchObject({ status: 201, body: { version: 0, properties: { a: 1, b: { c: 2 } } } })
    const path = `/tenants/${created.body.id}`
    const patched = await manager.call('PATCH', path, { properties: { a: null, d: 'x' }, removed: ['b', 'never'] })
    expect(patched).toMatchObject({ status: 200, body: undefined })
    expect((await manager.call('GET', path)).body).toEqual({
      id: created.body.id,
      version: 1,
      properties: { a: null, d: 'x' },
    })
    expect(await manager.call('DELETE', path)).toMatchObject({ status: 200, body: undefined })
    expect((await manager.call('GET', path)).status).toBe(404)
  })

  test('leave empty properties out', async () => {
    const created = await manager.call('POST', '/tenants', {})
    expect(Object.keys(created.body)).toEqual(['id', 'version'])
  })

  test.each(['GET', 'PATCH', 'DELETE'])('%s of an unknown one is 404 in the shape of the fabric', async (method) => {
    const answer = await manager.call(method, `/tenants/${unknown}`, method === 'PATCH' ? {} : undefined)
    expect(answer).toMatchObject({
      status: 404,
      body: { error: 'Not Found', message: 'Not found', code: 404, errorCode: 'request.not-found' },
    })
  })

  test('are listed in pages that say where they stand', async () => {
    for (let made = 0; made < 4; made++) await manager.call('POST', '/tenants', {})
    const all = await manager.call<Shown[]>('GET', '/tenants')
    const total = all.body.length
    expect(all.headers.get('x-total-count')).toBe(String(total))
    const page = await manager.call<Shown[]>('GET', '/tenants?offset=2&limit=2')
    expect(page.body).toEqual(all.body.slice(2, 4))
    expect(page.headers.get('x-total-count')).toBe(String(total))
    const link = page.headers.get('link')
    expect(link).toContain('</api/tm/v1alpha1/tenants?offset=0&limit=2>; rel="prev"')
    expect(link).toContain('</api/tm/v1alpha1/tenants?offset=4&limit=2>; rel="next"')
  })

  test.each(['offset=x', 'limit=-1', 'limit=1e3x'])(
    'a list with %s is refused by the name of the field',
    async (query) => {
      const answer = await manager.call('GET', `/tenants?${query}`)
      expect(answer).toMatchObject({
        status: 400,
        body: { field: query.split('=')[0], errorCode: 'request.invalid-field' },
      })
    },
  )

  test('cannot be deleted while they have participants', async () => {
    const { body } = await manager.call('POST', '/tenants', {})
    expect((await deploy({ identifier: 'did:web:cell.example:keeps-tenant' }, body.id)).status).toBe(202)
    expect(await manager.call('DELETE', `/tenants/${body.id}`)).toMatchObject({
      status: 400,
      body: {
        message: 'Bad request: cannot delete tenant with participants',
        errorCode: 'tenant-manager.tenant-in-use',
      },
    })
  })
})

describe('cells', () => {
  test('keep their state in lower case, and an external id once', async () => {
    const body = { externalId: 'eu-1', state: 'Offline', stateTimestamp: '2026-01-01T01:00:00+01:00' }
    expect(await manager.call('POST', '/cells', body)).toMatchObject({
      status: 201,
      body: { externalId: 'eu-1', state: 'offline', stateTimestamp: '2026-01-01T00:00:00.000Z', version: 0 },
    })
    expect(await manager.call('POST', '/cells', body)).toMatchObject({
      status: 409,
      body: { errorCode: 'tenant-manager.external-id-taken', field: 'externalId' },
    })
  })

  test('always show an external id, and are listed', async () => {
    const { body } = await manager.call<Shown[]>('GET', '/cells')
    expect(body.find((cell) => cell.id === dataspace.cellId)).toMatchObject({
      externalId: '',
      state: 'active',
    })
  })

  test.each([
    [{ stateTimestamp: '2026-01-01T00:00:00Z' }, 'state'],
    [{ state: 'happy', stateTimestamp: '2026-01-01T00:00:00Z' }, 'state'],
    [{ state: 'active' }, 'stateTimestamp'],
    [{ state: 'active', stateTimestamp: 'yesterday' }, 'stateTimestamp'],
    [{ state: 'active', stateTimestamp: '2026-01-01T00:00:00Z', properties: [] }, 'properties'],
  ])('%j is refused for its %s', async (body, field) => {
    expect(await manager.call('POST', '/cells', body)).toMatchObject({ status: 400, body: { field, code: 400 } })
  })

  test('are deleted only when nothing is deployed to them', async () => {
    const made = await manager.call('POST', '/cells', { state: 'active', stateTimestamp: '2026-01-01T00:00:00Z' })
    expect((await manager.call('DELETE', `/cells/${made.body.id}`)).status).toBe(200)
    expect((await manager.call('DELETE', `/cells/${made.body.id}`)).status).toBe(404)
    expect(await manager.call('DELETE', `/cells/${dataspace.cellId}`)).toMatchObject({
      status: 409,
      body: { errorCode: 'tenant-manager.cell-in-use' },
    })
  })

  test('cannot be read one by one', async () => {
    expect((await manager.call('GET', `/cells/${dataspace.cellId}`)).status).toBe(405)
  })
})

describe('dataspace profiles', () => {
  const path = () => `/dataspace-profiles/${dataspace.dataspaceProfileId}`

  test('are deployed to a cell once, whatever the number of requests', async () => {
    const body = { profileId: dataspace.dataspaceProfileId, cellId: dataspace.cellId }
    expect(await manager.call('POST', `${path()}/deployments`, body)).toMatchObject({ status: 202, body: undefined })
    const { deployments } = (await manager.call<{ deployments: object[] }>('GET', path())).body
    expect(deployments).toHaveLength(1)
    expect(deployments[0]).toMatchObject({ state: 'active', cellId: dataspace.cellId, externalCellId: '' })
  })

  test('a deployment names the profile of its path, an existing profile and an existing cell', async () => {
    const { cellId } = dataspace
    expect(await manager.call('POST', `${path()}/deployments`, { profileId: unknown, cellId })).toMatchObject({
      status: 400,
      body: { field: 'profileId' },
    })
    expect((await manager.call('POST', `${path()}/deployments`, { cellId: unknown })).status).toBe(404)
    expect((await manager.call('POST', `/dataspace-profiles/${unknown}/deployments`, { cellId })).status).toBe(404)
    expect(await manager.call('POST', `${path()}/deployments`, {})).toMatchObject({
      status: 400,
      body: { field: 'cellId' },
    })
  })

  test('are created with and without a specification, listed and deleted', async () => {
    const made = await manager.call('POST', '/dataspace-profiles', {})
    expect(made).toMatchObject({ status: 201, body: { version: 0, dataspaceSpec: {} } })
    expect(Object.keys(made.body).sort()).toEqual(['dataspaceSpec', 'id', 'version'])
    expect((await manager.call('GET', '/dataspace-profiles')).body).toContainEqual(made.body)
    expect((await manager.call('DELETE', `/dataspace-profiles/${made.body.id}`)).status).toBe(200)
    expect((await manager.call('GET', `/dataspace-profiles/${made.body.id}`)).status).toBe(404)
  })

  test('a credential without an issuer is refused by its place', async () => {
    const credentialSpecs = [{ id: 'a', type: 'A', format: 'VC1_0_JWT' }]
    expect(await manager.call('POST', '/dataspace-profiles', { dataspaceSpec: { credentialSpecs } })).toMatchObject({
      status: 400,
      body: { field: '/dataspaceSpec/credentialSpecs/0/issuer' },
    })
  })

  test('cannot be deleted while participants are deployed under them', async () => {
    const answer = await deploy({ identifier: 'did:web:cell.example:keeps-dataspace' })
    expect(answer.status).toBe(202)
    expect(await manager.call('DELETE', path())).toMatchObject({
      status: 409,
      body: { errorCode: 'tenant-manager.dataspace-profile-in-use' },
    })
  })
})

describe('participant profiles', () => {
  test('are answered at once with four pending VPAs of the chosen cell', async () => {
    const answer = await manager.call<Shown & { vpas: Shown[] }>(
      'POST',
      `/tenants/${dataspace.tenantId}/participant-profiles`,
      {
        identifier: 'did:web:cell.example:first',
        vpaProperties: { 'cfm.issuer': { since: '2026' } },
        properties: { name: 'First' },
      },
    )
    expect(answer.status).toBe(202)
    expect(answer.body).toMatchObject({
      version: 0,
      identifier: 'did:web:cell.example:first',
      tenantId: dataspace.tenantId,
      participantRoles: {},
      properties: { name: 'First' },
      error: false,
    })
    const summary = answer.body.vpas.map((vpa) => [vpa.type, vpa.state, vpa.cellId, vpa.properties])
    expect(summary).toEqual([
      ['cfm.connector', 'pending', dataspace.cellId, undefined],
      ['cfm.credentialservice', 'pending', dataspace.cellId, undefined],
      ['cfm.dataplane', 'pending', dataspace.cellId, undefined],
      ['cfm.issuer', 'pending', dataspace.cellId, { since: '2026' }],
    ])
    const path = `/tenants/${dataspace.tenantId}/participant-profiles`
    expect((await manager.call('GET', `${path}/${answer.body.id}`)).body).toEqual(answer.body)
    expect((await manager.call('GET', path)).body).toContainEqual(answer.body)
  })

  test('of another tenant and unknown ones are alike', async () => {
    const made = await deploy({ identifier: 'did:web:cell.example:foreign' })
    const other = await manager.call('POST', '/tenants', {})
    const foreign = await manager.call('GET', `/tenants/${other.body.id}/participant-profiles/${made.body.id}`)
    const missing = await manager.call('GET', `/tenants/${other.body.id}/participant-profiles/${unknown}`)
    const withoutId = ({ correlationId: _, ...body }: Shown) => body
    expect(foreign.status).toBe(404)
    expect(withoutId(foreign.body)).toEqual(withoutId(missing.body))
  })

  test('a tenant that does not exist has no list and takes no participant', async () => {
    expect((await manager.call('GET', `/tenants/${unknown}/participant-profiles`)).status).toBe(404)
    expect((await deploy({ identifier: 'did:web:cell.example:nobody' }, unknown)).status).toBe(404)
  })

  test('a DID is taken once, also by requests at the same time', async () => {
    const body = { identifier: 'did:web:cell.example:twice' }
    const answers = await Promise.all([deploy(body), deploy(body), deploy(body)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409])
    expect(await deploy(body)).toMatchObject({
      status: 409,
      body: { errorCode: 'tenant-manager.identifier-taken', field: 'identifier' },
    })
  })

  test.each([
    [{}, 'identifier', 400],
    [{ identifier: 'acme' }, 'identifier', 400],
    [{ identifier: 7 }, 'identifier', 400],
    [{ identifier: 'did:web:x:1', dataspaceProfileIds: [unknown] }, '/dataspaceProfileIds/0', 400],
    [{ identifier: 'did:web:x:2', participantRoles: { [unknown]: ['a'] } }, `/participantRoles/${unknown}`, 400],
    [{ identifier: 'did:web:x:3', participantRoles: { a: 'b' } }, '/participantRoles/a', 400],
    [{ identifier: 'did:web:x:4', vpaProperties: { 'cfm.other': {} } }, '/vpaProperties/cfm.other', 400],
    [{ identifier: 'did:web:x:5', cellId: unknown }, 'cellId', 400],
  ])('%j is refused for its %s', async (body, field, status) => {
    expect(await deploy(body)).toMatchObject({ status, body: { field } })
    const made = await manager.call('POST', '/participant-profiles/query', {
      predicate: `identifier = '${'identifier' in body ? body.identifier : ''}'`,
    })
    expect(made.body).toEqual([])
  })

  test('without an active cell for the dataspace there is nowhere to go', async () => {
    const lonely = await manager.call('POST', '/dataspace-profiles', {})
    const idle = await manager.call('POST', '/cells', { state: 'locked', stateTimestamp: '2026-01-01T00:00:00Z' })
    const ids = { dataspaceProfileIds: [lonely.body.id] }
    const nowhere = { status: 409, body: { errorCode: 'tenant-manager.no-active-cell' } }
    expect(await deploy({ identifier: 'did:web:x:6', ...ids })).toMatchObject(nowhere)
    await manager.call('POST', `/dataspace-profiles/${lonely.body.id}/deployments`, { cellId: idle.body.id })
    expect(await deploy({ identifier: 'did:web:x:6', ...ids })).toMatchObject(nowhere)
    expect(await deploy({ identifier: 'did:web:x:6', cellId: idle.body.id })).toMatchObject(nowhere)
    await manager.call('DELETE', `/dataspace-profiles/${lonely.body.id}`)
  })

  test('cannot be disposed of yet', async () => {
    expect(
      await manager.call('DELETE', `/tenants/${dataspace.tenantId}/participant-profiles/${unknown}`),
    ).toMatchObject({
      status: 501,
      body: { errorCode: 'request.unsupported' },
    })
  })
})

describe('queries', () => {
  const identifiers = async (predicate: string) => {
    const answer = await manager.call<{ identifier: string }[]>('POST', '/participant-profiles/query', { predicate })
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    return answer.body.map((profile) => profile.identifier).toSorted()
  }

  beforeAll(async () => {
    const roles = { participantRoles: { [dataspace.dataspaceProfileId]: ['member', "o'hare"] } }
    await deploy({ identifier: 'did:web:q:a', ...roles, properties: { region: 'eu', seats: 5, deep: { er: true } } })
    await deploy({ identifier: 'did:web:q:b', properties: { region: 'us', seats: '5' } })
  })

  test('look into columns, JSON paths, arrays and VPAs', async () => {
    expect(await identifiers("properties.region = 'eu' AND properties.seats = 5")).toEqual(['did:web:q:a'])
    expect(await identifiers('properties.seats = 5')).toEqual(['did:web:q:a', 'did:web:q:b'])
    expect(await identifiers('properties.deep.er = TRUE')).toEqual(['did:web:q:a'])
    expect(await identifiers(`participantRoles.${dataspace.dataspaceProfileId} = 'member'`)).toEqual(['did:web:q:a'])
    expect(await identifiers(`participantRoles.${dataspace.dataspaceProfileId} = 'o''hare'`)).toEqual(['did:web:q:a'])
    const common = `dataspaceProfileIds = '${dataspace.dataspaceProfileId}' AND tenantId = '${dataspace.tenantId}'`
    expect(await identifiers(`identifier = 'did:web:q:b' AND ${common}`)).toEqual(['did:web:q:b'])
    expect(
      await identifiers("identifier = 'did:web:q:b' AND vpas.type = 'cfm.issuer' AND vpas.state = 'pending'"),
    ).toHaveLength(1)
    expect(await identifiers("identifier = 'did:web:q:b' AND vpas.state = 'active'")).toEqual([])
    expect(await identifiers('error = FALSE AND version = 0')).toContain('did:web:q:a')
    expect(await identifiers('error = TRUE')).toEqual([])
  })

  test('have pages', async () => {
    const answer = await manager.call('POST', '/tenants/query', { predicate: 'true', offset: 1, limit: 1 })
    expect(answer.body).toHaveLength(1)
    expect(Number(answer.headers.get('x-total-count'))).toBeGreaterThan(2)
    expect(answer.headers.get('link')).toContain('rel="next"')
  })

  test.each([
    ['a =', 'tenant-manager.predicate-syntax'],
    ["identifier like '%q%'", 'tenant-manager.predicate-unsupported'],
    ['nothing = 1', 'tenant-manager.predicate-field'],
    ['properties = 1', 'tenant-manager.predicate-field'],
    ["version = 'x'", 'tenant-manager.predicate-field'],
    ["vpas.secret = 'x'", 'tenant-manager.predicate-field'],
    ["constructor = 'x'", 'tenant-manager.predicate-field'],
    ['error = 1', 'tenant-manager.predicate-field'],
  ])('%s is refused', async (predicate, errorCode) => {
    const answer = await manager.call('POST', '/participant-profiles/query', { predicate })
    expect(answer).toMatchObject({ status: 400, body: { errorCode, field: 'predicate' } })
  })

  test.each(["x'' OR 1=1 --", "'' ; drop table tenant_manager.tenant; --", '$1', "\\'' OR TRUE", '{"a","b"}', '%'])(
    'a value such as %s is a value, not SQL',
    async (text) => {
      const quoted = text.replaceAll('\\', '\\\\').replaceAll("'", "''")
      expect(await identifiers(`identifier = '${quoted}'`)).toEqual([])
      expect(await identifiers(`properties.region = '${quoted}'`)).toEqual([])
      expect(await identifiers(`vpas.type = '${quoted}'`)).toEqual([])
      const tenant = await manager.call('POST', '/tenants', { properties: { text } })
      const found = await manager.call<Shown[]>('POST', '/tenants/query', {
        predicate: `properties.text = '${quoted}'`,
      })
      expect(found.body.map(({ id }) => id)).toEqual([tenant.body.id])
    },
  )
})

describe('who may call', () => {
  test.each([
    [fakeToken('provisioner', 'tenant-manager-api:read'), 200, 403],
    [fakeToken('provisioner', 'provision-manager-api:write'), 403, 403],
    [fakeToken('admin'), 200, 201],
    [fakeToken('participant', 'tenant-manager-api:write'), 403, 403],
    [fakeToken('workload', 'tenant-manager-api:write'), 403, 403],
    ['', 401, 401],
  ])('the token %s reads with %i and writes with %i', async (token, reads, writes) => {
    const read = await manager.call('GET', '/tenants', undefined, token)
    const query = await manager.call('POST', '/tenants/query', { predicate: 'true' }, token)
    const write = await manager.call('POST', '/tenants', {}, token)
    expect([read.status, query.status, write.status]).toEqual([reads, reads, writes])
  })

  test.each([
    ['{', 400, 'request.malformed'],
    ['[]', 400, 'request.invalid-field'],
    [JSON.stringify({ properties: { a: 'x'.repeat(2_000_000) } }), 413, 'request.too-large'],
  ])('a body that is none is refused', async (body, status, errorCode) => {
    expect(await manager.call('POST', '/tenants', body)).toMatchObject({ status, body: { errorCode } })
  })
})

test.skipIf(!havePublishedApi)('entities are what the published API of the fabric calls them', async () => {
  const cell = {
    externalId: 'published',
    state: 'active',
    stateTimestamp: '2026-01-01T00:00:00Z',
    properties: { a: 1 },
  }
  expect(faultsAs('V1Alpha1Cell', (await manager.call('POST', '/cells', cell)).body)).toEqual([])
  expect(faultsAs('V1Alpha1Tenant', (await manager.call('POST', '/tenants', { properties: {} })).body)).toEqual([])
  const profile = await manager.call('GET', `/dataspace-profiles/${dataspace.dataspaceProfileId}`)
  expect(faultsAs('V1Alpha1DataspaceProfile', profile.body)).toEqual([])
  expect(faultsAs('V1Alpha1DataspaceDeployment', (profile.body.deployments as object[])[0])).toEqual([])
  const participant = await deploy({ identifier: 'did:web:cell.example:published', properties: { a: 1 } })
  expect(participant.status).toBe(202)
  expect(faultsAs('V1Alpha1ParticipantProfile', participant.body)).toEqual([])
  expect(faultsAs('V1Alpha1Cell', { id: 'no state' })).not.toEqual([])
})
