import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../testing/journeys.ts'
import { done } from '../testing/participants.ts'
import { type Traffic, watchTraffic } from '../testing/traffic.ts'
import { type Pair, type Side, startTrade, type Trade } from '../testing/transfers.ts'

let trade: Trade
let traffic: Traffic

beforeAll(async () => {
  traffic = watchTraffic()
  trade = await startTrade({ intercept: traffic.intercept })
})

afterAll(() => trade.plane.stop())

/** Calls about the pair since `from`: who calls, what, and whether a data address is in it. */
function callsSince(from: number, pair: Pair): readonly string[] {
  return traffic.calls.slice(from).flatMap(({ purpose, url, body }) => {
    const [protocol, name = ''] = purpose.split('.')
    const about = (['consumer', 'provider'] as const).find((side) => url.includes(`/${pair[side]}/`))
    if (about === undefined) return []
    const by: Side = protocol === 'dps' ? about : about === 'consumer' ? 'provider' : 'consumer'
    const what = name.replace(/^Transfer|Message$/g, '')
    return [`${by} ${what}${body.dataAddress === undefined ? '' : ' + address'}`]
  })
}

/** Section 4.6: the order of calls for the direction of the data and the side that suspends and resumes. */
const cases = [
  {
    type: 'HttpData-PUSH',
    by: 'provider',
    suspend: ['provider suspend', 'provider Suspension', 'consumer suspend'],
    resume: ['provider Start', 'consumer resume', 'consumer Start + address', 'provider resume + address'],
  },
  {
    type: 'HttpData-PUSH',
    by: 'consumer',
    suspend: ['consumer suspend', 'consumer Suspension', 'provider suspend'],
    resume: ['consumer resume', 'consumer Start + address', 'provider resume + address'],
  },
  {
    type: 'HttpData-PULL',
    by: 'provider',
    suspend: ['provider suspend', 'provider Suspension', 'consumer suspend'],
    resume: ['provider resume', 'provider Start + address', 'consumer resume + address'],
  },
  {
    type: 'HttpData-PULL',
    by: 'consumer',
    suspend: ['consumer suspend', 'consumer Suspension', 'provider suspend'],
    resume: ['consumer Start', 'provider resume', 'provider Start + address', 'consumer resume + address'],
  },
] as const

describe('suspension and resumption', () => {
  it.each(cases)('DPS-19, DSP-40: $type by the $by makes its calls in the order of 4.6', async (one) => {
    const pair = await trade.started(one.type)
    let from = traffic.calls.length
    await done(trade.command(one.by, pair, 'suspend'))
    await waitFor('all calls of the suspension', async () => callsSince(from, pair).length >= one.suspend.length)
    expect(callsSince(from, pair)).toEqual(one.suspend)
    await trade.reaches('consumer', pair, 'SUSPENDED')
    await trade.reaches('provider', pair, 'SUSPENDED')
    from = traffic.calls.length
    await done(trade.command(one.by, pair, 'resume'))
    await trade.reaches('consumer', pair, 'STARTED')
    await trade.reaches('provider', pair, 'STARTED')
    expect(callsSince(from, pair)).toEqual(one.resume)
  })

  it.each(cases)('DPS-19: $type suspended by the $by is not resumed by the other side’s message', async (one) => {
    const other = one.by === 'consumer' ? 'provider' : 'consumer'
    const pair = await trade.started(one.type)
    await done(trade.command(one.by, pair, 'suspend'))
    await trade.reaches('consumer', pair, 'SUSPENDED')
    await trade.reaches('provider', pair, 'SUSPENDED')
    const dataAddress = { '@type': 'DataAddress', endpointType: 'x', endpoint: 'https://elsewhere.example' }
    for (const members of [{}, { dataAddress }]) {
      const answer = await trade.send(other, pair, 'TransferStartMessage', members)
      expect(answer).toMatchObject({ status: 400, body: { '@type': 'TransferError' } })
    }
    await trade.reaches(one.by, pair, 'SUSPENDED')
  })

  it('DPS-19: goes on although the counterparty, by the letter of DSP, refuses the start message with the new address', async () => {
    const { peer } = trade.plane
    peer.answer = async () => ({ status: 200 })
    const reply = await done(trade.requestByHand({ consumerPid: 'urn:uuid:letter', callbackAddress: peer.url }))
    const pair = { consumer: 'urn:uuid:letter', provider: String(reply.body.providerPid) }
    await trade.reaches('provider', pair, 'STARTED')
    await done(trade.send('consumer', pair, 'TransferSuspensionMessage'))
    await waitFor('the data plane to stop', async () => trade.signals('provider', pair).includes('suspend'))
    peer.answer = async () => ({ status: 400, body: { '@type': 'TransferError' } })
    await done(trade.send('consumer', pair, 'TransferStartMessage'))
    await trade.reaches('provider', pair, 'STARTED')
    await done(trade.send('consumer', pair, 'TransferCompletionMessage'))
    await trade.reaches('provider', pair, 'COMPLETED')
    await waitFor('the data plane to hear of it', async () => trade.signals('provider', pair).includes('completed'))
    expect(trade.signals('provider', pair)).toEqual(['start', 'suspend', 'resume', 'completed'])
  })

  it('X-07: a suspension and a resumption that follow each other closely reach the data plane in their order', async () => {
    const pair = await trade.started()
    const held = traffic.hold('dps.suspend')
    await done(trade.send('provider', pair, 'TransferSuspensionMessage'))
    await held.reached
    const dataAddress = { '@type': 'DataAddress', endpointType: 'x', endpoint: 'https://data.example' }
    await done(trade.send('provider', pair, 'TransferStartMessage', { dataAddress }))
    await waitFor('the resumption to be tried', async () => trade.signals('consumer', pair).includes('resume'))
    held.release()
    await trade.reaches('consumer', pair, 'STARTED')
    expect(trade.plane.plane.flow(pair.consumer)?.state).toBe('STARTED')
  })
})
