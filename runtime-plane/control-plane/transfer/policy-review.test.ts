import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { negotiate, waitFor } from '../testing/journeys.ts'
import { done, dspAddress, publish } from '../testing/participants.ts'
import { startTrade, type Trade, transferRequest } from '../testing/transfers.ts'

let trade: Trade

beforeAll(async () => {
  trade = await startTrade()
})

afterAll(() => trade.plane.stop())

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
    const end = new Date(Date.now() + 6000)
    const pair = await runningUnder('limited', allowedUntil(end))
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
    const begin = new Date(Date.now() + 4000)
    const rule = (operator: string) => ({
      action: 'use',
      constraint: [
        { leftOperand: 'MembershipCredential', operator: 'eq', rightOperand: 'active' },
        { leftOperand: 'dateTime', operator, rightOperand: begin.toISOString() },
      ],
    })
    const pair = await runningUnder('both', { '@type': 'Set', permission: [rule('lt'), rule('gteq')] })
    expect(await trade.tasks('provider', pair)).toEqual(['transfer.policy.review'])
    await waitFor('the review', async () => (await trade.tasks('provider', pair)).length === 0)
    expect(Date.now()).toBeGreaterThanOrEqual(begin.getTime())
    await trade.reaches('provider', pair, 'STARTED')
  })
})

describe('a transfer request', () => {
  it('DSP-36: is refused when the agreement no longer allows it', async () => {
    const end = new Date(Date.now() + 3_600_000)
    const pair = await runningUnder('over', allowedUntil(end))
    trade.plane.advance(3_700_000)
    const { body } = await trade.read('provider', `/transferprocesses/${pair.provider}`)
    const answer = await trade.requestByHand({ agreementId: body.agreementId })
    expect(answer).toMatchObject({ status: 400, body: { '@type': 'TransferError', code: 'policy.not-satisfied' } })
  })
})
