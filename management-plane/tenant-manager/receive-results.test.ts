import type { Database } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import { createPostgresqlMessaging, type Messaging } from '@weft/foundation/messaging'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrations, schema } from './store/migrations.ts'
import { type Dataspace, setUpDataspace } from './testing/dataspace.ts'
import { type FakeProvisionManager, startFakeProvisionManager } from './testing/fake-provision-manager.ts'
import { eventually, type RunningTenantManager, startTenantManager } from './testing/running-tenant-manager.ts'

interface Profile {
  readonly id: string
  readonly version: number
  readonly vpas: readonly { readonly type: string; readonly state: string; readonly stateTimestamp: string }[]
  readonly properties?: { readonly [name: string]: unknown }
  readonly error: boolean
  readonly errorCode?: string
  readonly errorDetail?: string
}

let database: Database
let messaging: Messaging
let manager: RunningTenantManager
let provisioning: FakeProvisionManager
let dataspace: Dataspace
let now = Date.parse('2026-01-01T00:00:00Z')
let names = 0

const clock = () => now

beforeAll(async () => {
  database = await openTestDatabase()
  messaging = await createPostgresqlMessaging({
    database,
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  provisioning = await startFakeProvisionManager(messaging)
  manager = await startTenantManager(database, messaging, { clock })
  dataspace = await setUpDataspace(manager)
})

afterAll(async () => {
  await manager?.stop()
  await provisioning?.stop()
  await messaging?.close()
  await database?.close()
})

async function deploy(): Promise<Profile> {
  const identifier = `did:web:cell.example:acme-${names++}`
  const path = `/tenants/${dataspace.tenantId}/participant-profiles`
  const { status, body } = await manager.call<Profile>('POST', path, { identifier, properties: { name: 'Acme' } })
  expect(status).toBe(202)
  return body
}

async function read(id: string): Promise<Profile> {
  const answer = await manager.call<Profile>('GET', `/tenants/${dataspace.tenantId}/participant-profiles/${id}`)
  expect(answer.status).toBe(200)
  return answer.body
}

const manifestFor = (profile: Profile) =>
  eventually(async () => provisioning.manifests.find(({ correlationId }) => correlationId === profile.id))

const until = (id: string, holds: (profile: Profile) => boolean) =>
  eventually(async () => {
    const profile = await read(id)
    return holds(profile) && profile
  })

const statesOf = (profile: Profile) => profile.vpas.map(({ state }) => state)
const isActive = (type: string) => (profile: Profile) =>
  profile.vpas.some((vpa) => vpa.type === type && vpa.state === 'active')

describe('a deployment', () => {
  test('asks for one orchestration, with what agents need', async () => {
    const profile = await deploy()
    const manifest = await manifestFor(profile)
    expect(manifest).toMatchObject({
      orchestrationType: 'cfm.orchestration.vpa.deploy',
      payload: { 'cfm.tenant.id': dataspace.tenantId, 'cfm.vpa.credentials': [{ id: 'participant-def' }] },
    })
    expect(provisioning.manifests.filter(({ correlationId }) => correlationId === profile.id)).toHaveLength(1)
  })

  test('makes VPAs active one after another, each with its time, and ends with the outputs', async () => {
    const profile = await deploy()
    const { id } = await manifestFor(profile)
    now += 1000
    const connectorAt = new Date(now).toISOString()
    await provisioning.progress(id, [])
    await provisioning.progress(id, ['cfm.connector'])
    const first = await until(profile.id, isActive('cfm.connector'))
    expect(statesOf(first)).toEqual(['active', 'pending', 'pending', 'pending'])
    now += 1000
    await provisioning.progress(id, ['cfm.issuer'])
    await until(profile.id, isActive('cfm.issuer'))
    await provisioning.respond(id, { success: true, properties: { participantContextId: 'pc', holderPid: 'h' } })
    const last = await until(profile.id, isActive('cfm.dataplane'))
    expect(statesOf(last)).toEqual(['active', 'active', 'active', 'active'])
    expect(last.vpas[0]?.stateTimestamp).toBe(connectorAt)
    expect(last.vpas[3]?.stateTimestamp).toBe(new Date(now).toISOString())
    expect(last).toMatchObject({
      error: false,
      properties: { name: 'Acme', 'cfm.vpa.state': { participantContextId: 'pc', holderPid: 'h' } },
    })
  })

  test('that fails says why, and keeps what was deployed', async () => {
    const profile = await deploy()
    const { id } = await manifestFor(profile)
    await provisioning.progress(id, ['cfm.connector'])
    await until(profile.id, isActive('cfm.connector'))
    const failure = { success: false, errorCode: 'issuer.holder-refused', errorDetail: 'The holder is unknown.' }
    await provisioning.respond(id, { ...failure, properties: { participantContextId: 'pc' } })
    expect(await until(profile.id, ({ error }) => error)).toMatchObject({
      errorCode: 'issuer.holder-refused',
      errorDetail: 'The holder is unknown.',
      properties: { 'cfm.vpa.state': { participantContextId: 'pc' } },
      vpas: [{ state: 'active' }, { state: 'error' }, { state: 'error' }, { state: 'error' }],
    })
  })

  test('is ended by its first response: repeats, contradictions and late progress change nothing', async () => {
    const profile = await deploy()
    const { id } = await manifestFor(profile)
    await provisioning.respond(id, { success: false, errorCode: 'a.b', errorDetail: 'first', properties: {} })
    const ended = await until(profile.id, ({ error }) => error)
    await provisioning.respond(id, { success: false, errorCode: 'a.b', errorDetail: 'second', properties: {} })
    await provisioning.respond(id, { success: true, properties: { participantContextId: 'pc' } })
    await provisioning.progress(id, ['cfm.connector'])
    // A message that is handled after those above.
    const other = await deploy()
    const manifest = await manifestFor(other)
    await provisioning.progress(manifest.id, ['cfm.connector'])
    await provisioning.respond(manifest.id, { success: true, properties: {} })
    await until(other.id, isActive('cfm.dataplane'))
    expect(await read(profile.id)).toEqual(ended)
  })

  test('takes a response that came before there was a deployment to apply it to', async () => {
    const early = 'manifest-that-is-answered-early'
    await provisioning.respond(early, { success: true, properties: { participantContextId: 'early' } })
    const profile = await deploy()
    const { id } = await manifestFor(profile)
    const store = await database.forService(schema, migrations)
    await store.system('testing.rename-manifest', (tx) =>
      tx.run(`update ${schema}.deployment set manifest_id = $2 where manifest_id = $1`, [id, early]),
    )
    const active = await until(profile.id, isActive('cfm.dataplane'))
    expect(active.properties?.['cfm.vpa.state']).toEqual({ participantContextId: 'early' })
  })

  test('is not disturbed by messages that are none, or about other orchestrations', async () => {
    await messaging.publish('fabric.orchestration.response', { orchestrationType: 'other' }, { dedupeKey: 'other' })
    const type = 'cfm.orchestration.vpa.deploy'
    await messaging.publish('fabric.orchestration.response', { orchestrationType: type }, { dedupeKey: 'broken-1' })
    await messaging.publish('fabric.orchestration.progress', { orchestrationType: type }, { dedupeKey: 'broken-2' })
    const profile = await deploy()
    const { id } = await manifestFor(profile)
    await provisioning.progress(id, ['cfm.connector'])
    await until(profile.id, isActive('cfm.connector'))
    await provisioning.respond(id, { success: true, properties: {} })
    await until(profile.id, isActive('cfm.dataplane'))
  })

  test('survives a restart on either side of the answer', async () => {
    const profile = await deploy()
    await manager.stop()
    manager = await startTenantManager(database, messaging, { clock })
    const { id } = await manifestFor(profile)
    await manager.stop()
    await provisioning.progress(id, ['cfm.connector'])
    await provisioning.respond(id, { success: true, properties: { participantContextId: 'pc' } })
    manager = await startTenantManager(database, messaging, { clock })
    const active = await until(profile.id, isActive('cfm.dataplane'))
    expect(active.error).toBe(false)
    expect(provisioning.manifests.filter(({ correlationId }) => correlationId === profile.id)).toHaveLength(1)
  })

  test('that nobody answers ends as failed at its deadline', async () => {
    await manager.stop()
    manager = await startTenantManager(database, messaging, { clock, deploymentDeadlineMs: 200 })
    const profile = await deploy()
    const ended = await until(profile.id, ({ error }) => error)
    expect(ended).toMatchObject({ errorCode: 'tenant-manager.deployment-timeout' })
    expect(statesOf(ended)).toEqual(['error', 'error', 'error', 'error'])
  })
})
