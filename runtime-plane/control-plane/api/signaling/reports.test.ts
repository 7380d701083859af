import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../testing/journeys.ts'
import { done } from '../../testing/participants.ts'
import { type Traffic, watchTraffic } from '../../testing/traffic.ts'
import { type Pair, type Side, startTrade, type Trade, transferRequest } from '../../testing/transfers.ts'

let trade: Trade
let traffic: Traffic

beforeAll(async () => {
  traffic = watchTraffic()
  trade = await startTrade({ intercept: traffic.intercept })
})

beforeEach(() => {
  trade.plane.plane.later = false
})

afterAll(() => trade.plane.stop())

const reports = { prepared: 'PREPARED', started: 'STARTED', completed: 'COMPLETED' } as const
type ReportName = keyof typeof reports

const address = { endpointType: 'https://w3id.org/idsa/v4.1/HTTP', endpoint: 'https://data.example' }

const report = (side: Side, pair: Pair, name: ReportName, members: object = {}) =>
  trade.report(side, pair, name, { state: reports[name], ...members })

/** A provider's transfer whose data plane has said that it starts later. */
async function startingLater(): Promise<Pair> {
  trade.plane.plane.later = 'start'
  const pair = await trade.requested()
  await trade.reaches('provider', pair, 'STARTUP_REQUESTED')
  return pair
}

/** A consumer's transfer whose data plane has said that it prepares later. */
async function preparingLater(transferType = 'HttpData-PULL'): Promise<Pair> {
  trade.plane.plane.later = true
  const { context, token } = trade.consumer
  const address = `${trade.plane.publicUrl}/dsp/${trade.provider.context}/http-dsp-profile-2025-1`
  const body = transferRequest(trade, address, transferType)
  const reply = await done(trade.plane.api('POST', `/participants/${context}/transferprocesses`, { body, token }))
  const pair = { consumer: String(reply.body['@id']), provider: '' }
  await trade.reaches('consumer', pair, 'PREPARATION_REQUESTED')
  trade.plane.plane.later = false
  return pair
}

describe('a report that does not fit', () => {
  const places = [
    { side: 'consumer', place: 'preparing', refused: ['started', 'completed'] },
    { side: 'provider', place: 'starting', refused: ['prepared', 'completed'] },
    { side: 'consumer', place: 'running', refused: ['prepared', 'started'] },
    { side: 'provider', place: 'running', refused: ['prepared'] },
    { side: 'consumer', place: 'suspended', refused: ['prepared', 'started', 'completed'] },
    { side: 'provider', place: 'suspended', refused: ['prepared', 'started', 'completed'] },
    { side: 'consumer', place: 'terminated', refused: ['prepared', 'started', 'completed'] },
    { side: 'provider', place: 'terminated', refused: ['prepared', 'started', 'completed'] },
  ] as const

  const bring = async (side: Side, place: (typeof places)[number]['place']): Promise<Pair> => {
    if (place === 'preparing') return preparingLater()
    if (place === 'starting') return startingLater()
    const pair = await trade.started()
    if (place === 'running') return pair
    await done(trade.command(side, pair, place === 'suspended' ? 'suspend' : 'terminate'))
    await trade.reaches(side, pair, place.toUpperCase())
    return pair
  }

  it.each(places)('DPS-10: is refused where the $side is $place, and changes nothing', async (one) => {
    const pair = await bring(one.side, one.place)
    const before = await trade.steps(one.side, pair)
    for (const name of one.refused) {
      const answer = await report(one.side, pair, name, { dataAddress: address })
      expect([name, answer.status, answer.body.code]).toEqual([name, 400, 'dps.invalid-transition'])
    }
    expect(await trade.steps(one.side, pair)).toEqual(before)
  })

  it.each([
    [{}, 'no state'],
    [{ state: 'DONE' }, 'a state that there is not'],
    [{ state: 'SUSPENDED' }, 'a state that is not that of its path'],
    [{ state: 'COMPLETED', dataAddress: { endpoint: 'https://x.example' } }, 'a data address without a type'],
    [{ state: 'COMPLETED', messageId: 7 }, 'an id that is no text'],
  ])('DPS-10: is refused with the body %j: %s', async (body: object, _what: string) => {
    const pair = await trade.started()
    const answer = await trade.report('consumer', pair, 'completed', body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'dps.malformed-message' } })
    await trade.reaches('consumer', pair, 'STARTED')
  })
})

describe('a report that comes more than once', () => {
  it('DPS-10, X-07: counts once, however many come at the same time', async () => {
    const pair = await startingLater()
    const starts = () => traffic.calls.filter((one) => one.purpose === 'dsp.TransferStartMessage').length
    const before = starts()
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => report('provider', pair, 'started', { dataAddress: address })),
    )
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
    await trade.reaches('provider', pair, 'STARTED')
    expect((await report('provider', pair, 'started', { dataAddress: address })).status).toBe(200)
    expect(starts()).toBe(before + 1)
    expect(await trade.steps('provider', pair)).toEqual([
      'INITIAL',
      'STARTING',
      'STARTUP_REQUESTED',
      'STARTING',
      'STARTED',
    ])
  })

  it('DPS-10: may come before the answer to the signal has been seen', async () => {
    const held = traffic.hold('dps.start')
    const consumerPid = `urn:uuid:${randomUUID()}`
    const reply = await done(trade.requestByHand({ consumerPid, callbackAddress: trade.plane.peer.url }))
    const pair = { consumer: consumerPid, provider: String(reply.body.providerPid) }
    await held.reached
    expect((await report('provider', pair, 'started', { dataAddress: address })).status).toBe(200)
    await trade.reaches('provider', pair, 'STARTED')
    held.release()
    await waitFor('everything to be done', async () => (await trade.tasks('provider', pair)).length === 0)
    const starts = trade.plane.peer.received.filter((one) => one.text.includes(pair.provider))
    expect(starts).toHaveLength(1)
    expect(starts[0]?.text).toContain(address.endpoint)
    await trade.reaches('provider', pair, 'STARTED')
  })
})

describe('a data flow', () => {
  it('DPS-10: is addressed by the id that its data plane gave, in every signal after that', async () => {
    const pair = await startingLater()
    const dataFlowId = `flow/${pair.provider}`
    await done(report('provider', pair, 'started', { dataFlowId, dataAddress: address }))
    await trade.reaches('provider', pair, 'STARTED')
    await done(trade.command('provider', pair, 'terminate'))
    const url = await waitFor('the termination', async () => ending() !== undefined).then(() => ending())
    expect(url).toContain(`/dataflows/${encodeURIComponent(dataFlowId)}/terminate`)

    function ending() {
      return traffic.calls.find((one) => one.purpose === 'dps.terminate' && one.url.includes(pair.provider))?.url
    }
  })

  it('DPS-10: of a push consumer tells its address when it is prepared later', async () => {
    const pair = await preparingLater('HttpData-PUSH')
    expect((await report('consumer', pair, 'prepared')).status).toBe(400)
    expect((await report('consumer', pair, 'prepared', { dataAddress: address })).status).toBe(200)
    const process = await trade.reaches('consumer', pair, 'REQUESTED', 'STARTUP_REQUESTED', 'STARTED', 'TERMINATED')
    const provider = String(process.correlationId)
    await waitFor('the provider’s data plane to start', async () =>
      trade.signals('provider', { ...pair, provider }).includes('start'),
    )
    const start = trade.plane.plane.signals.find((one) => one.flowId === provider && one.signal === 'start')
    expect(start?.body.dataAddress).toMatchObject(address)
  })

  it('DPS-11: of a push provider that has sent everything completes both sides', async () => {
    const pair = await trade.started('HttpData-PUSH')
    expect((await report('provider', pair, 'completed')).status).toBe(200)
    expect((await report('provider', pair, 'completed')).status).toBe(200)
    await trade.reaches('provider', pair, 'COMPLETED')
    await trade.reaches('consumer', pair, 'COMPLETED')
    await waitFor('the consumer’s data plane to hear of it', async () =>
      trade.signals('consumer', pair).includes('completed'),
    )
    expect(trade.signals('provider', pair)).toEqual(['start'])
  })

  it('DPS-12: that errs is left as it is, and the counterparty hears nothing', async () => {
    const pair = await trade.started()
    const [before, calls] = [await trade.steps('provider', pair), traffic.calls.length]
    const answer = await trade.report('provider', pair, 'errored', { state: 'STARTED', error: 'No space left.' })
    expect(answer.status).toBe(200)
    expect(await trade.steps('provider', pair)).toEqual(before)
    expect(traffic.calls.slice(calls)).toEqual([])
    expect((await trade.read('provider', `/transferprocesses/${pair.provider}`)).body).toMatchObject({
      state: 'STARTED',
      errorCode: 'data-plane.reported',
      errorDetail: 'No space left.',
    })
    const unchanged = (await trade.read('consumer', `/transferprocesses/${pair.consumer}`)).body
    expect(unchanged).not.toHaveProperty('errorCode')
  })
})
