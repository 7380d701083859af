import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../testing/journeys.ts'
import { done } from '../testing/participants.ts'
import { type Traffic, watchTraffic } from '../testing/traffic.ts'
import { type Pair, startTrade, type Trade, transferRequest } from '../testing/transfers.ts'

let trade: Trade
let traffic: Traffic

beforeAll(async () => {
  traffic = watchTraffic()
  trade = await startTrade({ intercept: traffic.intercept })
})

beforeEach(() => {
  trade.plane.plane.later = false
  trade.plane.peer.answer = async () => ({ status: 200 })
})

afterAll(() => trade.plane.stop())

/** A provider's transfer whose consumer is a fake peer, held while the provider's data plane is asked to start. */
async function heldAtStart(): Promise<{ readonly pair: Pair; readonly release: () => void }> {
  const held = traffic.hold('dps.start')
  const consumerPid = `urn:uuid:${randomUUID()}`
  const reply = await done(trade.requestByHand({ consumerPid, callbackAddress: trade.plane.peer.url }))
  await held.reached
  return { pair: { consumer: consumerPid, provider: String(reply.body.providerPid) }, release: held.release }
}

const stateAtProvider = async (pair: Pair) => (await trade.read('provider', `/transferprocesses/${pair.provider}`)).body

describe('a message that comes while our data plane starts', () => {
  it('DSP-50: a completion waits until the start is told, then completes', async () => {
    const { pair, release } = await heldAtStart()
    const answer = trade.send('consumer', pair, 'TransferCompletionMessage')
    release()
    expect((await answer).status).toBe(200)
    await trade.reaches('provider', pair, 'COMPLETED')
    await waitFor('the data plane to hear of it', async () => trade.signals('provider', pair).includes('completed'))
    expect(trade.signals('provider', pair)).toEqual(['start', 'completed'])
  })

  it.each(['TransferCompletionMessage', 'TransferSuspensionMessage'])(
    'DSP-40: a %s is refused when the data plane starts later, and nothing changes',
    async (type) => {
      trade.plane.plane.later = 'start'
      const { pair, release } = await heldAtStart()
      const answer = trade.send('consumer', pair, type)
      release()
      expect(await answer).toMatchObject({ status: 400, body: { '@type': 'TransferError' } })
      await trade.reaches('provider', pair, 'STARTUP_REQUESTED')
      expect((await trade.send('consumer', pair, type)).status).toBe(400)
      expect(await trade.steps('provider', pair)).toEqual(['INITIAL', 'STARTING', 'STARTUP_REQUESTED'])
    },
  )

  it('X-07: a termination counts at once, and the flow that opens afterwards is ended', async () => {
    const { pair, release } = await heldAtStart()
    expect((await trade.send('consumer', pair, 'TransferTerminationMessage')).status).toBe(200)
    await trade.reaches('provider', pair, 'TERMINATED')
    await waitFor('the data plane to hear of the end', async () =>
      trade.signals('provider', pair).includes('terminate'),
    )
    release()
    await waitFor('the flow to be ended', async () => trade.plane.plane.flow(pair.provider)?.state === 'TERMINATED')
    expect(trade.signals('provider', pair)).toEqual(['terminate', 'start', 'terminate'])
  })

  it('DSP-50: a counterparty that completes before it answers our start is not waited for for ever', async () => {
    let completed: number | undefined
    trade.plane.peer.answer = async (request) => {
      if (!request.path.endsWith('/start')) return { status: 200 }
      const message = JSON.parse(request.text) as { consumerPid: string; providerPid: string }
      const pair = { consumer: message.consumerPid, provider: message.providerPid }
      completed = (await trade.send('consumer', pair, 'TransferCompletionMessage')).status
      return { status: 200 }
    }
    const reply = await done(trade.requestByHand({ callbackAddress: trade.plane.peer.url }))
    const pair = { consumer: '', provider: String(reply.body.providerPid) }
    await trade.reaches('provider', pair, 'COMPLETED')
    await expect.poll(() => completed).toBe(200)
  })
})

describe('a start that overtakes the answer to the request', () => {
  it.each([
    ['arrives late', { status: 201, body: {} }],
    ['never arrives', { status: 500, body: {} }],
  ])('DSP-50: counts when that answer %s', async (_how, answer) => {
    const providerPid = `urn:uuid:${randomUUID()}`
    let started: number | undefined
    trade.plane.peer.answer = async (request) => {
      if (!request.path.endsWith('/transfers/request')) return { status: 200 }
      const { consumerPid } = JSON.parse(request.text) as { consumerPid: string }
      const dataAddress = { '@type': 'DataAddress', endpointType: 'https://w3id.org/idsa/v4.1/HTTP' }
      const pair = { consumer: consumerPid, provider: providerPid }
      if (started === undefined) {
        started = (await trade.send('provider', pair, 'TransferStartMessage', { dataAddress })).status
      }
      const state = { '@type': 'TransferProcess', consumerPid, providerPid, state: 'REQUESTED' }
      return { ...answer, body: { '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'], ...state } }
    }
    const { context, token } = trade.consumer
    const body = transferRequest(trade, trade.plane.peer.url)
    const reply = await done(trade.plane.api('POST', `/participants/${context}/transferprocesses`, { body, token }))
    const pair = { consumer: String(reply.body['@id']), provider: providerPid }
    expect(await trade.reaches('consumer', pair, 'STARTED')).toMatchObject({ correlationId: providerPid })
    await expect.poll(() => started).toBe(200)
    expect(trade.signals('consumer', pair)).toEqual(['prepare', 'started'])
  })
})

describe('messages of both sides that cross', () => {
  it('X-07, DPS-19: two suspensions suspend once, and one side may resume', async () => {
    const pair = await trade.started()
    const first = traffic.hold('dsp.TransferSuspensionMessage')
    await done(trade.command('consumer', pair, 'suspend'))
    await first.reached
    const second = traffic.hold('dsp.TransferSuspensionMessage')
    await done(trade.command('provider', pair, 'suspend'))
    await second.reached
    second.release()
    first.release()
    await trade.reaches('consumer', pair, 'SUSPENDED')
    await trade.reaches('provider', pair, 'SUSPENDED')
    expect((await trade.command('provider', pair, 'resume')).status).toBe(409)
    await done(trade.command('consumer', pair, 'resume'))
    await trade.reaches('consumer', pair, 'STARTED')
    await trade.reaches('provider', pair, 'STARTED')
  })

  it.each([
    ['complete', 'suspend', 'COMPLETED'],
    ['suspend', 'complete', 'COMPLETED'],
    ['suspend', 'terminate', 'TERMINATED'],
    ['complete', 'complete', 'COMPLETED'],
    ['terminate', 'terminate', 'TERMINATED'],
  ] as const)('X-07: the consumer’s %s and the provider’s %s end in %s on both sides', async (ours, theirs, state) => {
    const purposes = {
      complete: 'dsp.TransferCompletionMessage',
      suspend: 'dsp.TransferSuspensionMessage',
      terminate: 'dsp.TransferTerminationMessage',
    }
    const pair = await trade.started()
    const first = traffic.hold(purposes[ours])
    await done(trade.command('consumer', pair, ours))
    await first.reached
    const second = traffic.hold(purposes[theirs])
    await done(trade.command('provider', pair, theirs))
    await second.reached
    first.release()
    second.release()
    await trade.reaches('consumer', pair, state)
    await trade.reaches('provider', pair, state)
  })

  it('X-07: of a completion and a termination at the same instant exactly one is taken', async () => {
    const pair = await trade.started()
    const answers = await Promise.all([
      trade.send('consumer', pair, 'TransferCompletionMessage'),
      trade.send('consumer', pair, 'TransferTerminationMessage'),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const final = answers[0]?.status === 200 ? 'COMPLETED' : 'TERMINATED'
    expect((await stateAtProvider(pair)).state).toBe(final)
  })
})

describe('a message that is repeated', () => {
  it.each([
    ['TransferSuspensionMessage', 'SUSPENDED'],
    ['TransferCompletionMessage', 'COMPLETED'],
    ['TransferTerminationMessage', 'TERMINATED'],
  ])('DSP-50: a %s with the same id is acknowledged and changes nothing', async (type, state) => {
    const pair = await trade.started()
    const id = `urn:uuid:${randomUUID()}`
    expect((await trade.send('consumer', pair, type, {}, id)).status).toBe(200)
    const before = await trade.steps('provider', pair)
    expect((await trade.send('consumer', pair, type, {}, id)).status).toBe(200)
    expect((await trade.send('consumer', pair, type, {}, `urn:uuid:${randomUUID()}`)).status).toBe(400)
    expect(await trade.steps('provider', pair)).toEqual(before)
    expect(before.at(-1)).toBe(state)
  })

  it('DSP-41, DSP-46: with a pid that is not ours or theirs it is refused, and nothing changes', async () => {
    const pair = await trade.started()
    for (const members of [
      { providerPid: pair.consumer },
      { consumerPid: 'urn:uuid:other' },
      { consumerPid: undefined },
    ]) {
      const answer = await trade.send('consumer', pair, 'TransferCompletionMessage', members)
      expect(answer).toMatchObject({ status: 400, body: { '@type': 'TransferError' } })
    }
    expect((await stateAtProvider(pair)).state).toBe('STARTED')
  })
})
