import type { Database } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import { createPostgresqlMessaging, type Messaging } from '@weft/foundation/messaging'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeToken } from '../testing/fake-token-verifier.ts'
import { faultsAs, havePublishedApi } from '../testing/published-api.ts'
import {
  type RunningProvisionManager,
  type Shown,
  startProvisionManager,
} from '../testing/running-provision-manager.ts'

let database: Database
let messaging: Messaging
let manager: RunningProvisionManager

beforeAll(async () => {
  database = await openTestDatabase()
  messaging = await createPostgresqlMessaging({
    database,
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  manager = await startProvisionManager(database, messaging)
  for (const type of ['first', 'second']) await manager.call('POST', '/activity-definitions', { type })
})

afterAll(async () => {
  await manager?.stop()
  await messaging?.close()
  await database?.close()
})

const define = (type: string, activities: readonly object[], id?: string) =>
  manager.call('POST', '/orchestration-definitions', {
    ...(id === undefined ? {} : { id }),
    activities: { [type]: activities },
  })

describe('activity definitions', () => {
  test('are created with an empty answer; the same type again is an update that keeps what it leaves out', async () => {
    const inputSchema = { type: 'object' }
    const made = await manager.call('POST', '/activity-definitions', { type: 'kept', description: 'a', inputSchema })
    expect(made).toMatchObject({ status: 201, body: undefined })
    await manager.call('POST', '/activity-definitions', { type: 'kept', description: 'b' })
    const { body } = await manager.call<Shown[]>('GET', '/activity-definitions')
    expect(body.filter(({ type }) => type === 'kept')).toEqual([{ type: 'kept', description: 'b', inputSchema }])
  })

  test.each([{}, { type: '' }, { type: 'with space' }, { type: 'a', inputSchema: 'x' }])(
    '%j is refused',
    async (body) => {
      const field = 'inputSchema' in body ? 'inputSchema' : 'type'
      expect(await manager.call('POST', '/activity-definitions', body)).toMatchObject({ status: 400, body: { field } })
    },
  )

  test('are deleted unless an orchestration definition refers to them', async () => {
    await manager.call('POST', '/activity-definitions', { type: 'used' })
    await define('uses-it', [{ id: 'a', type: 'used' }], 'template-of-used')
    expect(await manager.call('DELETE', '/activity-definitions/used')).toMatchObject({
      status: 400,
      body: {
        message: "Bad request: activity type 'used' is referenced by an orchestration definition: uses-it",
        errorCode: 'provision-manager.activity-definition-in-use',
      },
    })
    await manager.call('DELETE', '/orchestration-definitions/template-of-used')
    expect((await manager.call('DELETE', '/activity-definitions/used')).status).toBe(200)
    expect((await manager.call('DELETE', '/activity-definitions/used')).status).toBe(404)
  })
})

describe('orchestration definitions', () => {
  test('fan out into one for each type, under the id of the template', async () => {
    const activities = { 'type.a': [{ id: 'x', type: 'first' }], 'type.b': [{ id: 'y', type: 'second', vpaType: 'v' }] }
    const made = await manager.call('POST', '/orchestration-definitions', { description: 'both', activities })
    expect(made).toMatchObject({ status: 201, body: { description: 'ID of the Orchestration Template' } })
    const found = await manager.call<Shown[]>('GET', `/orchestration-definitions/${made.body.id}`)
    expect(found.body).toEqual([
      {
        templateRef: made.body.id,
        description: 'both',
        activities: { 'type.a': [{ id: 'x', type: 'first', discriminator: 'type.a', dependsOn: [] }] },
      },
      {
        templateRef: made.body.id,
        description: 'both',
        activities: { 'type.b': [{ id: 'y', type: 'second', discriminator: 'type.b', dependsOn: [], vpaType: 'v' }] },
      },
    ])
    expect((await manager.call<Shown[]>('GET', '/orchestration-definitions')).body).toEqual(
      expect.arrayContaining(found.body),
    )
  })

  test('a type has one definition: the last one', async () => {
    await define('replaced', [{ id: 'a', type: 'first' }], 'old')
    await define('replaced', [{ id: 'b', type: 'second' }], 'new')
    expect((await manager.call('GET', '/orchestration-definitions/old')).status).toBe(404)
    expect((await manager.call<Shown[]>('GET', '/orchestration-definitions/new')).body).toHaveLength(1)
  })

  test.each([
    [
      'an unknown activity type',
      [{ id: 'a', type: 'nobody' }],
      '/activities/t/0/type',
      "activity type 'nobody' not found",
    ],
    [
      'a cycle',
      [
        { id: 'a', type: 'first', dependsOn: ['b'] },
        { id: 'b', type: 'first', dependsOn: ['a'] },
      ],
      '/activities/t',
      'cycle detected in orchestration definition: a -> b -> a',
    ],
    [
      'an unknown dependency',
      [{ id: 'a', type: 'first', dependsOn: ['x'] }],
      '/activities/t/0/dependsOn',
      'dependency not found: x',
    ],
    [
      'a duplicate id',
      [
        { id: 'a', type: 'first' },
        { id: 'a', type: 'first' },
      ],
      '/activities/t/1/id',
      "activity id 'a' is used twice",
    ],
  ])('%s is refused', async (_, activities, field, message) => {
    expect(await define('t', activities)).toMatchObject({
      status: 400,
      body: { field, message: `Bad request: ${message}` },
    })
  })

  test('a template is stored as a whole or not at all', async () => {
    const activities = { good: [{ id: 'a', type: 'first' }], bad: [{ id: 'a', type: 'nobody' }] }
    expect((await manager.call('POST', '/orchestration-definitions', { id: 'half', activities })).status).toBe(400)
    expect((await manager.call('GET', '/orchestration-definitions/half')).status).toBe(404)
  })

  test.each([{}, { activities: {} }, { activities: { t: [{ type: 'first' }] } }, { activities: { t: {} } }])(
    '%j is refused',
    async (body) => {
      expect(await manager.call('POST', '/orchestration-definitions', body)).toMatchObject({
        status: 400,
        body: { code: 400 },
      })
    },
  )

  test('are deleted unless orchestrations of theirs run', async () => {
    await define('runs', [{ id: 'a', type: 'first' }], 'running')
    await manager.call('POST', '/orchestrations', { id: 'keeps-it', correlationId: 'c', orchestrationType: 'runs' })
    expect(await manager.call('DELETE', '/orchestration-definitions/running')).toMatchObject({
      status: 400,
      body: {
        message: 'Bad request: Cannot delete orchestration definition running because it has ongoing orchestrations',
      },
    })
    await define('idle', [{ id: 'a', type: 'first' }], 'idle')
    expect((await manager.call('DELETE', '/orchestration-definitions/idle')).status).toBe(200)
    expect((await manager.call('DELETE', '/orchestration-definitions/idle')).status).toBe(404)
  })
})

describe('orchestrations', () => {
  beforeAll(async () => {
    await define('chain', [
      { id: 'one', type: 'first' },
      { id: 'two', type: 'second', dependsOn: ['one'], vpaType: 'v' },
    ])
  })

  const start = (id: string, more: object = {}) =>
    manager.call('POST', '/orchestrations', { id, correlationId: 'profile-1', orchestrationType: 'chain', ...more })

  test('are answered with everything that is known of them', async () => {
    const payload = { 'cfm.participant.id': 'did:web:x' }
    const answer = await start('o-1', { payload })
    expect(answer).toMatchObject({
      status: 202,
      body: {
        id: 'o-1',
        correlationId: 'profile-1',
        definitionId: 'chain',
        orchestrationType: 'chain',
        state: 1,
        processingData: payload,
        outputData: {},
        completed: {},
        steps: [
          { activities: [{ id: 'one', type: 'first', discriminator: 'chain', dependsOn: [] }] },
          { activities: [{ id: 'two', type: 'second', discriminator: 'chain', dependsOn: ['one'], vpaType: 'v' }] },
        ],
      },
    })
    expect((await manager.call('GET', '/orchestrations/o-1')).body).toEqual(answer.body)
  })

  test('are started once for an id, whatever a repeat says', async () => {
    const [a, b] = await Promise.all([start('o-2', { payload: { a: 1 } }), start('o-2', { payload: { a: 1 } })])
    const again = await start('o-2', { payload: { a: 2 }, orchestrationType: 'chain', correlationId: 'other' })
    expect([a.status, b.status, again.status]).toEqual([202, 202, 202])
    expect(b.body).toEqual(a.body)
    expect(again.body).toEqual(a.body)
  })

  test('an unknown type is refused', async () => {
    expect(await start('o-3', { orchestrationType: 'nothing' })).toMatchObject({
      status: 400,
      body: {
        message: "Bad request: orchestration type 'nothing' not found",
        errorCode: 'provision-manager.unknown-orchestration-type',
        field: 'orchestrationType',
      },
    })
  })

  test.each([
    [{ correlationId: 'c', orchestrationType: 'chain' }, 'id'],
    [{ id: 'urn:uuid:1', correlationId: 'c', orchestrationType: 'chain' }, 'id'],
    [{ id: 'o', orchestrationType: 'chain' }, 'correlationId'],
    [{ id: 'o', correlationId: 'c' }, 'orchestrationType'],
    [{ id: 'o', correlationId: 'c', orchestrationType: 'chain', payload: 1 }, 'payload'],
  ])('%j is refused for its %s', async (body, field) => {
    expect(await manager.call('POST', '/orchestrations', body)).toMatchObject({ status: 400, body: { field } })
  })

  test('an unknown one is 404', async () => {
    expect(await manager.call('GET', '/orchestrations/never')).toMatchObject({
      status: 404,
      body: { message: 'Not found' },
    })
  })

  test('are found by their fields', async () => {
    const started = await start('o-query', { correlationId: 'profile-of-query' })
    const query = async (predicate: string) => {
      const answer = await manager.call<Shown[]>('POST', '/orchestrations/query', { predicate })
      return { ...answer, ids: answer.status === 200 ? answer.body.map(({ id }) => id) : [] }
    }
    const found = await query("correlationId = 'profile-of-query' AND state = 1 AND orchestrationType = 'chain'")
    expect(found.ids).toEqual(['o-query'])
    expect(Object.keys(found.body[0] ?? {}).sort()).toEqual(
      [
        'correlationId',
        'createdTimestamp',
        'definitionId',
        'id',
        'orchestrationType',
        'state',
        'stateTimestamp',
      ].sort(),
    )
    expect(found.headers.get('x-total-count')).toBe('1')
    expect((await query(`createdTimestamp = '${started.body.createdTimestamp}' AND id = 'o-query'`)).ids).toEqual([
      'o-query',
    ])
    expect((await query("correlationId = 'x'' OR 1=1 --'")).ids).toEqual([])
    for (const bad of ["state = 'x'", 'processingData.a = 1', "createdTimestamp = 'now'", 'id = TRUE']) {
      expect((await query(bad)).body).toMatchObject({
        errorCode: 'provision-manager.predicate-field',
        field: 'predicate',
      })
    }
    expect((await query('state > 1')).body).toMatchObject({ errorCode: 'provision-manager.predicate-unsupported' })
    expect((await query('state =')).body).toMatchObject({ errorCode: 'provision-manager.predicate-syntax' })
  })
})

test.each([
  [fakeToken('provisioner', 'provision-manager-api:read'), 200, 403],
  [fakeToken('provisioner', 'tenant-manager-api:write'), 403, 403],
  [fakeToken('admin'), 200, 201],
  [fakeToken('participant', 'provision-manager-api:write'), 403, 403],
  [fakeToken('workload', 'provision-manager-api:write'), 403, 403],
  ['', 401, 401],
])('the token %s reads with %i and writes with %i', async (token, reads, writes) => {
  const read = await manager.call('GET', '/orchestration-definitions', undefined, token)
  const query = await manager.call('POST', '/orchestrations/query', { predicate: 'true' }, token)
  const write = await manager.call('POST', '/activity-definitions', { type: 'by-token' }, token)
  expect([read.status, query.status, write.status]).toEqual([reads, reads, writes])
})

test.skipIf(!havePublishedApi)('entities are what the published API of the fabric calls them', async () => {
  const definitions = await manager.call<Shown[]>('GET', '/activity-definitions')
  expect(definitions.body.flatMap((one) => faultsAs('V1Alpha1ActivityDefinition', one))).toEqual([])
  const manifest = { id: 'published', correlationId: 'c', orchestrationType: 'chain' }
  expect(faultsAs('V1Alpha1Orchestration', (await manager.call('POST', '/orchestrations', manifest)).body)).toEqual([])
  const found = await manager.call<Shown[]>('POST', '/orchestrations/query', { predicate: "id = 'published'" })
  expect(found.body).toHaveLength(1)
  expect(faultsAs('V1Alpha1OrchestrationEntry', found.body[0])).toEqual([])
  expect(faultsAs('V1Alpha1Orchestration', { state: 'running' })).not.toEqual([])
})
