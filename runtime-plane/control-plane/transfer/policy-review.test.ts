import { participantContextId } from '@weft/foundation/access'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { negotiate, waitFor } from '../testing/journeys.ts'
import { done, dspAddress, publish } from '../testing/participants.ts'
import { type Pair, startTrade, type Trade, transferRequest } from '../testing/transfers.ts'

let trade: Trade

beforeAll(async () => {
  trade = await startTrade()
})

afterAll(() => trade.plane.stop())

const hourMs = 3_600_000
let ahead = 0

function advance(ms: number): void {
  trade.plane.advance(ms)
  ahead += ms
}

/** By the control plane's clock; far enough that everything is done before. */
const inAnHour = () => new Date(Date.now() + ahead + hourMs)

/**
 * Lets an instant come for a running transfer: the control plane's clock passes it, and what the database's own clock has
 * been given to wait for until then is due.
 */
async function passTo(instant: Date, pair: Pair): Promise<void> {
  const database = await trade.plane.database.forService('control_plane', [])
  const ofReview = `from control_plane.process_task where process_id = $1 and name = 'transfer.policy.review'`
  const [review] = await database.system('test.read-review', (tx) =>
    tx.rows<{ at: number; in: number }>(
      `select (payload->>'at')::float8 as at, extract(epoch from due_at - now())::float8 * 1000 as in ${ofReview}`,
      [pair.provider],
    ),
  )
  expect(review?.at).toBe(instant.getTime() + 1)
  expect(Math.abs((review?.in ?? 0) - (instant.getTime() - Date.now() - ahead))).toBeLessThan(hourMs / 10)
  advance(hourMs)
  await database.tenant(participantContextId(trade.provider.context), async (tx) => {
    await tx.run(
      `update control_plane.process_task set due_at = now() where process_id = $1 and name = 'transfer.policy.review'`,
      [pair.provider],
    )
    await tx.rows(`select pg_notify('weft_control_plane_task', 'a test')`)
  })
}

const allowedUntil = (end: Date) => ({
  '@type': 'Set',
  permission: [
    {
      action: 'use',
      constraint: [
        { leftOperand: 'MembershipCredential', operator: 'eq', rightOperand: 'active' },
        { leftOperand: 'dateTime', operator: 'lteq', rightOperand: end.toISOString() },
      ],
    },
  ],
})

/** A transfer of a new asset under the policy, running on both sides. */
async function runningUnder(assetId: string, policy: object) {
  await publish(trade.plane, trade.provider, assetId, { contract: policy })
  const { contractAgreementId } = await negotiate(trade.plane, trade.consumer, trade.provider, assetId)
  const { context, token } = trade.consumer
  const body = {
    ...transferRequest(trade, dspAddress(trade.plane, trade.provider)),
    contractId: String(contractAgreementId),
  }
  const reply = await done(trade.plane.api('POST', `/participants/${context}/transferprocesses`, { body, token }))
  const consumer = String(reply.body['@id'])
  const process = await trade.reaches('consumer', { consumer, provider: '' }, 'STARTED')
  const pair = { consumer, provider: String(process.correlationId) }
  await trade.reaches('provider', pair, 'STARTED')
  return pair
}

describe('a transfer whose agreement allows it up to an instant', () => {
  it('DSP-36: ends then on both sides, with the constraint that no longer holds, and its data plane stops', async () => {
    const end = inAnHour()
    const pair = await runningUnder('limited', allowedUntil(end))
    await passTo(end, pair)
    const ended = await trade.reaches('provider', pair, 'TERMINATED')
    expect(ended).toMatchObject({ errorCode: 'policy.not-satisfied', errorSide: 'US' })
    expect(ended.errorDetail).toContain(`dateTime lteq ${end.toISOString()}`)
    expect(await trade.reaches('consumer', pair, 'TERMINATED')).toMatchObject({
      errorCode: 'policy.not-satisfied',
      errorSide: 'COUNTERPARTY',
      errorDetail: ended.errorDetail,
    })
    await waitFor('both data planes to stop', async () =>
      [pair.consumer, pair.provider].every((id) => trade.plane.plane.flow(id)?.state === 'TERMINATED'),
    )
  })
})

describe('a transfer whose agreement begins to allow more at an instant', () => {
  it('DSP-36: goes on then, with what its data was allowed by', async () => {
    const begin = inAnHour()
    const rule = (operator: string) => ({
      action: 'use',
      constraint: [
        { leftOperand: 'MembershipCredential', operator: 'eq', rightOperand: 'active' },
        { leftOperand: 'dateTime', operator, rightOperand: begin.toISOString() },
      ],
    })
    const pair = await runningUnder('both', { '@type': 'Set', permission: [rule('lt'), rule('gteq')] })
    expect(await trade.tasks('provider', pair)).toEqual(['transfer.policy.review'])
    await passTo(begin, pair)
    await waitFor('the review', async () => (await trade.tasks('provider', pair)).length === 0)
    await trade.reaches('provider', pair, 'STARTED')
  })
})

describe('a transfer request', () => {
  it('DSP-36: is refused when the agreement no longer allows it', async () => {
    const pair = await runningUnder('over', allowedUntil(inAnHour()))
    advance(3_700_000)
    const { body } = await trade.read('provider', `/transferprocesses/${pair.provider}`)
    const answer = await trade.requestByHand({ agreementId: body.agreementId })
    expect(answer).toMatchObject({ status: 400, body: { '@type': 'TransferError', code: 'policy.not-satisfied' } })
  })
})
