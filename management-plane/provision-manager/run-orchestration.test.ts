import type { Database } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import { createPostgresqlMessaging, type Messaging } from '@weft/foundation/messaging'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeFabric, startFakeFabric } from './testing/fake-fabric.ts'
import { eventually, type RunningProvisionManager, startProvisionManager } from './testing/running-provision-manager.ts'

interface Orchestration {
  readonly id: string
  readonly state: number
  readonly processingData: { readonly [name: string]: unknown }
  readonly outputData: { readonly [name: string]: unknown }
  readonly completed: { readonly [name: string]: object }
  readonly errorCode?: string
  readonly errorDetail?: string
}

let database: Database
let messaging: Messaging
let manager: RunningProvisionManager
let fabric: FakeFabric
let started = 0

beforeAll(async () => {
  database = await openTestDatabase()
  messaging = await createPostgresqlMessaging({
    database,
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  fabric = await startFakeFabric(messaging, ['make', 'check'])
  manager = await startProvisionManager(database, messaging)
  for (const type of ['make', 'check']) await manager.call('POST', '/activity-definitions', { type })
  const definition = {
    activities: {
      diamond: [
        { id: 'top', type: 'make' },
        { id: 'left', type: 'make', dependsOn: ['top'], vpaType: 'vpa.left' },
        { id: 'right', type: 'check', dependsOn: ['top'], vpaType: 'vpa.both' },
        { id: 'bottom', type: 'check', dependsOn: ['left', 'right'], vpaType: 'vpa.both' },
      ],
      nothing: [],
    },
  }
  expect((await manager.call('POST', '/orchestration-definitions', definition)).status).toBe(201)
})

afterAll(async () => {
  await manager?.stop()
  await fabric?.stop()
  await messaging?.close()
  await database?.close()
})

/** Starts an orchestration by message, as the tenant manager does. */
async function start(orchestrationType = 'diamond'): Promise<string> {
  const id = `run-${started++}`
  await fabric.request({ id, correlationId: `profile-of-${id}`, orchestrationType, payload: { given: id } })
  return id
}

const read = async (id: string) => (await manager.call<Orchestration>('GET', `/orchestrations/${id}`)).body
const askedOf = (id: string) => fabric.asked.filter(({ orchestrationID }) => orchestrationID === id)
const toldOf = (id: string) => fabric.told.filter(({ body }) => body.manifestId === id)
const activitiesOf = (id: string) => askedOf(id).map(({ activity }) => activity.id)
const asked = (id: string, ...activities: string[]) =>
  eventually(async () => activities.every((activity) => activitiesOf(id).includes(activity)))
const ended = (id: string) => eventually(async () => toldOf(id).find(({ kind }) => kind === 'response'))

describe('an orchestration that runs', () => {
  test('asks for activities as their dependencies get done, tells progress, answers with the outputs', async () => {
    const id = await start()
    await asked(id, 'top')
    expect(askedOf(id)[0]).toMatchObject({
      correlationId: `profile-of-${id}`,
      activity: { id: 'top', type: 'make', discriminator: 'diamond' },
      processingData: { given: id },
    })
    await fabric.complete(id, 'top', { pc: 'x' })
    await asked(id, 'left', 'right')
    expect(askedOf(id)[1]?.processingData).toEqual({ given: id, pc: 'x' })
    await fabric.complete(id, 'left')
    await fabric.complete(id, 'right', { made: 'right' })
    await asked(id, 'bottom')
    await fabric.complete(id, 'bottom')
    expect((await ended(id)).body).toMatchObject({
      manifestId: id,
      correlationId: `profile-of-${id}`,
      orchestrationType: 'diamond',
      success: true,
      properties: { pc: 'x', made: 'right' },
    })
    const progress = await eventually(async () => {
      const all = toldOf(id).filter(({ kind }) => kind === 'progress')
      return all.length === 4 && all
    })
    expect(Object.fromEntries(progress.map(({ body }) => [body.activityId, body.vpaTypes]))).toEqual({
      top: [],
      left: ['vpa.left'],
      right: [],
      bottom: ['vpa.both'],
    })
    expect(await read(id)).toMatchObject({
      state: 2,
      outputData: { pc: 'x', made: 'right' },
      completed: { top: {}, left: {}, right: {}, bottom: {} },
    })
  })

  test('applies each result once: duplicates and results at the same time start nothing twice', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => start()))
    for (const id of ids) await asked(id, 'top')
    await Promise.all(ids.flatMap((id) => [1, 2, 3].map(() => fabric.complete(id, 'top'))))
    for (const id of ids) await asked(id, 'left', 'right')
    await Promise.all(
      ids.flatMap((id) => ['left', 'right', 'left', 'right', 'top'].map((one) => fabric.complete(id, one))),
    )
    for (const id of ids) await asked(id, 'bottom')
    await Promise.all(ids.flatMap((id) => [fabric.complete(id, 'bottom'), fabric.complete(id, 'bottom')]))
    for (const id of ids) await ended(id)
    // A later orchestration that is through shows that the duplicates before it were handled.
    const last = await start('nothing')
    await ended(last)
    for (const id of ids) {
      // Progress and response are taken side by side, so the last progress may come after the response.
      await eventually(async () => toldOf(id).filter(({ kind }) => kind === 'progress').length >= 4)
      expect(activitiesOf(id).toSorted()).toEqual(['bottom', 'left', 'right', 'top'])
      expect(toldOf(id).filter(({ kind }) => kind === 'response')).toHaveLength(1)
      expect(toldOf(id).filter(({ kind }) => kind === 'progress')).toHaveLength(4)
    }
  })

  test('ignores results of activities that were not asked for, and of orchestrations that do not exist', async () => {
    const id = await start()
    await asked(id, 'top')
    await fabric.complete(id, 'bottom', { stolen: true })
    await fabric.complete(id, 'never', { stolen: true })
    await fabric.complete('no-such-orchestration', 'top')
    await fabric.complete(id, 'top')
    await asked(id, 'left', 'right')
    expect(await read(id)).toMatchObject({ completed: { top: {} }, processingData: { given: id } })
    expect((await read(id)).processingData).not.toHaveProperty('stolen')
  })

  test('a fatal result ends it with the reason; siblings are recorded, nothing follows', async () => {
    const id = await start()
    await asked(id, 'top')
    await fabric.complete(id, 'top', { pc: 'x' })
    await asked(id, 'left', 'right')
    await fabric.fatal(id, 'left', 'control-plane.refused', 'No more room.')
    expect((await ended(id)).body).toMatchObject({
      success: false,
      errorCode: 'control-plane.refused',
      errorDetail: 'No more room.',
      properties: { pc: 'x' },
    })
    await fabric.complete(id, 'right', { made: 'right' })
    await eventually(async () => 'right' in (await read(id)).completed)
    expect(await read(id)).toMatchObject({
      state: 3,
      errorCode: 'control-plane.refused',
      errorDetail: 'No more room.',
      outputData: { pc: 'x', made: 'right' },
    })
    expect(activitiesOf(id)).not.toContain('bottom')
    expect(toldOf(id).filter(({ kind }) => kind === 'response')).toHaveLength(1)
  })

  test('without activities it is completed at once', async () => {
    const id = await start('nothing')
    expect((await ended(id)).body).toMatchObject({ success: true, properties: {} })
    expect(await read(id)).toMatchObject({ state: 2 })
  })

  test('a manifest that cannot be run is answered with the reason', async () => {
    const id = await start('undefined-type')
    expect((await ended(id)).body).toMatchObject({
      success: false,
      errorCode: 'provision-manager.unknown-orchestration-type',
      errorDetail: "Bad request: orchestration type 'undefined-type' not found",
    })
    expect((await manager.call('GET', `/orchestrations/${id}`)).status).toBe(404)
  })

  test('the same manifest twice is one orchestration', async () => {
    const manifest = { id: 'sent-twice', correlationId: 'c', orchestrationType: 'diamond', payload: {} }
    await Promise.all([fabric.request(manifest), fabric.request(manifest)])
    await asked('sent-twice', 'top')
    await ended(await start('nothing'))
    expect(activitiesOf('sent-twice')).toEqual(['top'])
  })

  test('goes on after a restart in its middle, with what was said meanwhile', async () => {
    const id = await start()
    await asked(id, 'top')
    await fabric.complete(id, 'top', { pc: 'x' })
    await asked(id, 'left', 'right')
    await manager.stop()
    await fabric.complete(id, 'left')
    await fabric.complete(id, 'right')
    const meanwhile = await start()
    manager = await startProvisionManager(database, messaging)
    await asked(id, 'bottom')
    await asked(meanwhile, 'top')
    await fabric.complete(id, 'bottom')
    expect((await ended(id)).body).toMatchObject({ success: true, properties: { pc: 'x' } })
    expect(activitiesOf(id).toSorted()).toEqual(['bottom', 'left', 'right', 'top'])
  })

  test('that nobody works on ends as errored at its deadline, naming what is open', async () => {
    await manager.stop()
    manager = await startProvisionManager(database, messaging, { orchestrationDeadlineMs: 200 })
    const id = await start()
    expect((await ended(id)).body).toMatchObject({
      success: false,
      errorCode: 'provision-manager.orchestration-timeout',
      errorDetail: expect.stringContaining('Not completed: top.'),
    })
    expect(await read(id)).toMatchObject({ state: 3 })
  })
})
