import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../testing/control-plane-under-test.ts'
import { dspMessage, messageToken } from '../testing/counterparty-messages.ts'
import { negotiate } from '../testing/journeys.ts'
import { dataspaceProfile, done, managed, testProfile } from '../testing/participants.ts'
import { startTrade, type Trade } from '../testing/transfers.ts'

let trade: Trade

beforeAll(async () => {
  trade = await startTrade()
  const body = dataspaceProfile(trade.plane, { name: 'other-dataspace' })
  await done(trade.plane.api('POST', '/dataspaceprofiles', { body }))
  const association = managed('AssociateDataspaceProfile', { profiles: [testProfile, 'other-dataspace'] })
  await done(trade.plane.api('PUT', `/participants/${trade.provider.context}/profiles`, { body: association }))
})

afterAll(() => trade.plane.stop())

/** A finalized negotiation, as its consumer has it. */
async function finalized(): Promise<{ readonly id: string; readonly correlationId: string }> {
  const { '@id': id, correlationId } = await negotiate(trade.plane, trade.consumer, trade.provider, 'asset-1')
  return { id: String(id), correlationId: String(correlationId) }
}

describe('a negotiation of one dataspace', () => {
  it('DSP-33, X-01: is not to be found under the address of another one', async () => {
    const { plane, consumer, provider } = trade
    const { id: consumerPid, correlationId: providerPid } = await finalized()
    const url = `${plane.publicUrl}/dsp/${provider.context}/other-dataspace/negotiations/${providerPid}`
    const message = dspMessage('ContractNegotiationTerminationMessage', { consumerPid, providerPid })
    const ended = await call(`${url}/termination`, 'POST', message, await messageToken(plane, consumer, provider))
    expect(ended).toMatchObject({ status: 404, body: { code: 'dsp.unknown-negotiation' } })
    const read = await call(url, 'GET', undefined, await messageToken(plane, consumer, provider))
    expect(read.status).toBe(404)
  })
})
