import type { Database } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type Consumer, createPostgresqlMessaging, type Messaging } from '@weft/foundation/messaging'
import { correlationId, createLogger } from '@weft/foundation/telemetry'
import { ApiError } from '@weft/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeProvisionManager, startFakeProvisionManager } from '../testing/fake-provision-manager.ts'
import type { Activity, Outcome } from './activity.ts'
import { type Patience, runAgent } from './agent.ts'
import { outcomeOfFailure } from './api-failure.ts'
import { agentErrors } from './errors.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
let database: Database
let messaging: Messaging
let provisioning: FakeProvisionManager
const consumers: Consumer[] = []
let types = 0

beforeAll(async () => {
  database = await openTestDatabase()
  messaging = await createPostgresqlMessaging({ database, logger })
  provisioning = await startFakeProvisionManager(messaging)
})

afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()))
  await provisioning?.stop()
  await messaging?.close()
  await database?.close()
})

/** Runs an agent of a type of its own that behaves as said, run by run; the last behaviour stays. */
async function agentThat(runs: readonly ((activity: Activity) => Outcome)[], patience?: Patience) {
  const activityType = `type-${types++}`
  const seen: Activity[] = []
  const surroundings = { messaging, logger, clock: Date.now, patience: patience ?? { tries: 20, deadlineMs: 60_000 } }
  const deploy = async (activity: Activity): Promise<Outcome> => {
    const run = runs[seen.length] ?? runs.at(-1)
    seen.push(activity)
    if (!run) throw new Error('the agent of the test has no behaviour')
    return run(activity)
  }
  consumers.push(await runAgent(surroundings, { activityType, deploy }))
  return { activityType, seen }
}

const complete =
  (outputs = {}) =>
  (): Outcome => ({ kind: 'complete', outputs })
const schedule = (): Outcome => ({ kind: 'schedule', afterMs: 10, waitingFor: 'the paint to dry' })
const throws = (error: unknown) => (): Outcome => {
  throw error
}

describe('an agent', () => {
  test('answers with the outputs, under the correlation id of the orchestration', async () => {
    let seenId: string | undefined
    const { activityType, seen } = await agentThat([
      () => {
        seenId = correlationId()
        return { kind: 'complete', outputs: { made: 'it' } }
      },
    ])
    const id = await provisioning.ask(activityType)
    expect(await provisioning.resultOf(id)).toEqual({
      orchestrationId: id,
      activityId: activityType,
      outcome: 'complete',
      outputs: { made: 'it' },
    })
    expect(seen).toHaveLength(1)
    expect(seenId).toBe(id)
  })

  test('looks again when it is scheduled, and tries again after a passing fault', async () => {
    const busy = new ApiError('POST /x', 503, { message: 'busy' })
    const { activityType, seen } = await agentThat([schedule, throws(busy), throws(new Error('network')), complete()])
    const id = await provisioning.ask(activityType)
    expect(await provisioning.resultOf(id)).toMatchObject({ outcome: 'complete' })
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
  })

  test('ends at once on a refusal, with the code and the message of the answer', async () => {
    const refusal = new ApiError('POST /participants', 409, [
      { message: 'The DID is taken.', code: 'identity-hub.did-taken' },
    ])
    const { activityType, seen } = await agentThat([throws(refusal)])
    const result = await provisioning.resultOf(await provisioning.ask(activityType))
    expect(result).toMatchObject({
      outcome: 'fatal',
      outputs: {},
      errorCode: 'identity-hub.did-taken',
      errorDetail: 'POST /participants was answered 409: The DID is taken.',
    })
    expect(seen).toHaveLength(1)
  })

  test('gives up what is tried often enough and old enough, with the last reason', async () => {
    const impatient = { tries: 3, deadlineMs: 0 }
    const down = await agentThat([throws(new ApiError('PUT /x', 502, { message: 'down', code: 'x.down' }))], impatient)
    const slow = await agentThat([schedule], impatient)
    expect(await provisioning.resultOf(await provisioning.ask(down.activityType))).toMatchObject({
      outcome: 'fatal',
      errorCode: 'x.down',
    })
    expect(down.seen).toHaveLength(3)
    expect(await provisioning.resultOf(await provisioning.ask(slow.activityType))).toMatchObject({
      outcome: 'fatal',
      errorCode: 'agents.not-finished',
      errorDetail: expect.stringContaining('Waited for: the paint to dry.'),
    })
  })

  test('an activity that waited longer than its deadline before anybody took it is still tried', async () => {
    const { activityType, seen } = await agentThat([schedule, schedule, complete()], { tries: 5, deadlineMs: 1000 })
    const id = await provisioning.ask(activityType, { startedAt: '2020-01-01T00:00:00Z' })
    expect(await provisioning.resultOf(id)).toMatchObject({ outcome: 'complete' })
    expect(seen).toHaveLength(3)
  })

  test('refuses what is no deployment, without doing anything', async () => {
    const { activityType, seen } = await agentThat([complete()])
    const activity = { id: 'a', type: activityType, discriminator: 'cfm.orchestration.vpa.dispose' }
    expect(await provisioning.resultOf(await provisioning.ask(activityType, { activity }))).toMatchObject({
      outcome: 'fatal',
      errorCode: 'agents.unsupported-orchestration',
    })
    expect(seen).toHaveLength(0)
  })

  test('is not held up by a message that is no activity', async () => {
    const { activityType } = await agentThat([complete()])
    await messaging.publish(
      `fabric.activity.${activityType}`,
      { activity: 'none' },
      { dedupeKey: `broken-${activityType}` },
    )
    expect(await provisioning.resultOf(await provisioning.ask(activityType))).toMatchObject({ outcome: 'complete' })
  })

  test('a run that is repeated after its answer was sent gives one result', async () => {
    const { activityType, seen } = await agentThat([complete({ run: 1 }), complete({ run: 2 })])
    const id = await provisioning.ask(activityType)
    await provisioning.resultOf(id)
    const again = {
      orchestrationID: id,
      activity: { id: activityType, type: activityType, discriminator: 'cfm.orchestration.vpa.deploy' },
    }
    await messaging.publish(`fabric.activity.${activityType}`, again, { dedupeKey: `again-${id}` })
    await provisioning.resultOf(await provisioning.ask(activityType))
    expect(seen).toHaveLength(3)
    const results = provisioning.results.filter(({ orchestrationId }) => orchestrationId === id)
    expect(results.map(({ outputs }) => outputs)).toEqual([{ run: 1 }])
  })
})

describe('a failure of a call', () => {
  test.each([400, 401, 403, 404, 409, 422, 501])('%i is fatal', (status) => {
    expect(outcomeOfFailure(new ApiError('GET /', status, undefined))).toMatchObject({
      kind: 'fatal',
      code: 'agents.refused',
    })
  })

  test.each([408, 429, 500, 502, 503, 504])('%i may pass', (status) => {
    expect(outcomeOfFailure(new ApiError('GET /', status, undefined)).kind).toBe('retry')
  })

  test('errors of our own follow their catalogue, others are taken for passing', () => {
    expect(outcomeOfFailure(new WeftError(requestErrors.unavailable)).kind).toBe('retry')
    expect(outcomeOfFailure(new WeftError(agentErrors['missing-input'])).kind).toBe('fatal')
    expect(outcomeOfFailure(new Error('socket hang up'))).toMatchObject({ kind: 'retry', code: 'request.internal' })
  })

  test('the text of an undeclared error stays private', () => {
    expect(JSON.stringify(outcomeOfFailure(new Error('password=canary')))).not.toContain('canary')
  })
})
