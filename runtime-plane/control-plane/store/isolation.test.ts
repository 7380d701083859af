import { participantContextId } from '@weft/foundation/access'
import { expectTenantIsolation } from '@weft/foundation/database-testing'
import { createProcesses } from '@weft/foundation/processes'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ControlPlaneUnderTest, startControlPlane } from '../testing/control-plane-under-test.ts'
import { negotiate, processIn, requestTransfer, waitFor } from '../testing/journeys.ts'
import { done, makeDataspace, makeParticipant, managed, type Participant, publish } from '../testing/participants.ts'

let plane: ControlPlaneUnderTest

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
})

afterAll(() => plane.stop())

it('every table keeps unfiltered select, update and delete inside one context', async () => {
  const one = await makeParticipant(plane, 'one')
  const other = await makeParticipant(plane, 'other')
  const business = async (provider: Participant, consumer: Participant) => {
    await publish(plane, provider, 'asset-1')
    await done(
      plane.api('PUT', `/participants/${provider.context}/config`, {
        body: managed('ParticipantContextConfig', { entries: { a: 'b' } }),
      }),
    )
    const contract = await negotiate(plane, consumer, provider, 'asset-1')
    const transfer = await requestTransfer(plane, consumer, provider, String(contract.contractAgreementId))
    await processIn(plane, consumer, 'transferprocesses', transfer, ['STARTED'])
  }
  await business(one, other)
  await business(other, one)
  const database = await plane.database.forService('control_plane', [])
  // Rows are counted and tried out below: nobody may be at work on them meanwhile.
  const underWay = () =>
    database.system('test.tasks', (tx) =>
      tx.rows('select id from control_plane.process_task where claimed_by is not null or due_at <= now()'),
    )
  await waitFor('all work to be done', async () => (await underWay()).length === 0)
  // This service publishes no events yet; the outbox stands in its schema all the same.
  const engine = createProcesses({
    database,
    exclusive: true,
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  for (const { context } of [one, other]) {
    const participant = participantContextId(context)
    const step = { participantContextId: participant, processType: 'test', processId: 'test', from: null, to: 'DONE' }
    await database.tenant(participant, (tx) => engine.record(tx, { ...step, events: [{ subject: 'test', body: {} }] }))
  }
  const tables = await expectTenantIsolation(database, [
    participantContextId(one.context),
    participantContextId(other.context),
  ])
  expect(tables).toEqual(
    expect.arrayContaining([
      'asset',
      'contract_agreement',
      'contract_definition',
      'contract_negotiation',
      'data_plane',
      'participant_config',
      'participant_context',
      'participant_profile',
      'policy_definition',
      'transfer_process',
      'used_token',
    ]),
  )
})
