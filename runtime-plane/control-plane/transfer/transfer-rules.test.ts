import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { call } from '../testing/control-plane-under-test.ts'
import { dspMessage, messageToken } from '../testing/counterparty-messages.ts'
import { waitFor } from '../testing/journeys.ts'
import { dataspaceProfile, done, managed, testProfile } from '../testing/participants.ts'
import { type Pair, type Side, startTrade, type Trade, transferRequest } from '../testing/transfers.ts'

let trade: Trade

beforeAll(async () => {
  trade = await startTrade()
  trade.plane.peer.answer = async (request) => {
    if (!request.path.endsWith('/transfers/request')) return { status: 200 }
    const { consumerPid } = JSON.parse(request.text) as { consumerPid: string }
    const pids = { consumerPid, providerPid: `urn:uuid:${randomUUID()}` }
    const context = ['https://w3id.org/dspace/2025/1/context.jsonld']
    return { status: 201, body: { '@context': context, '@type': 'TransferProcess', ...pids, state: 'REQUESTED' } }
  }
})

beforeEach(() => {
  trade.plane.plane.later = false
  trade.plane.plane.terse = false
})

afterAll(() => trade.plane.stop())

const useRules = (transferRules: object | undefined) =>
  done(trade.plane.api('PUT', '/dataspaceprofiles', { body: dataspaceProfile(trade.plane, { transferRules }) }))

/** A consumer's transfer of ours whose provider is a fake peer. */
async function asConsumer(state = 'REQUESTED'): Promise<Pair> {
  const { context, token } = trade.consumer
  const body = transferRequest(trade, trade.plane.peer.url)
  const reply = await done(trade.plane.api('POST', `/participants/${context}/transferprocesses`, { body, token }))
  const pair = { consumer: String(reply.body['@id']), provider: '' }
  const process = await trade.reaches('consumer', pair, state)
  return { ...pair, provider: String(process.correlationId) }
}

/** A provider's transfer of ours whose consumer is a fake peer. */
async function asProvider(): Promise<Pair> {
  const consumer = `urn:uuid:${randomUUID()}`
  const reply = await done(trade.requestByHand({ consumerPid: consumer, callbackAddress: trade.plane.peer.url }))
  return { consumer, provider: String(reply.body.providerPid) }
}

/** Addressed by its path alone: the receiver's pid as the provider's whatever it is, and a pid that nobody knows. */
const sloppy = (side: Side, pair: Pair) => ({ providerPid: pair[side], consumerPid: `urn:uuid:${randomUUID()}` })

const heard = (side: Side, pair: Pair, signals: readonly string[]) =>
  waitFor(
    `the data plane to hear ${signals.at(-1)}`,
    async () => trade.signals(side, pair).length >= signals.length,
  ).then(() => expect(trade.signals(side, pair)).toEqual(signals))

describe('a dataspace without rules of its own for transfers', () => {
  beforeEach(() => useRules(undefined))

  it('DSP-46: takes no message whose pids are not those of the process', async () => {
    const pair = await asProvider()
    await trade.reaches('provider', pair, 'STARTED')
    const answer = await trade.send('consumer', pair, 'TransferCompletionMessage', sloppy('provider', pair))
    expect(answer).toMatchObject({ status: 400, body: { '@type': 'TransferError', code: 'dsp.pid-mismatch' } })
  })

  it('DSP-38: takes no start of a pull transfer without a data address, nor one of push with it', async () => {
    const pair = await asConsumer()
    const answer = await trade.send('provider', pair, 'TransferStartMessage')
    expect(answer).toMatchObject({ status: 400, body: { code: 'dsp.unexpected-data-address' } })
    const address = {
      '@type': 'DataAddress',
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpoint: 'http://example.com',
    }
    const bare = await trade.send('provider', pair, 'TransferStartMessage', { dataAddress: address })
    expect(bare.status).toBe(200)
    await trade.reaches('consumer', pair, 'STARTED')
  })

  it('DSP-38: ends a pull transfer whose data plane gives no address', async () => {
    trade.plane.plane.terse = true
    const pair = await asProvider()
    expect(await trade.reaches('provider', pair, 'TERMINATED')).toMatchObject({ errorCode: 'dps.plane-malformed' })
  })
})

describe('a dataspace whose partners tell pids and addresses in another way', () => {
  beforeAll(() => useRules({ pids: 'path', dataAddress: 'optional' }))
  beforeEach(() => {
    trade.plane.plane.terse = true
  })

  const send = async (side: Side, pair: Pair, type: string) => {
    const from = side === 'consumer' ? 'provider' : 'consumer'
    const answer = await trade.send(from, pair, type, sloppy(side, pair))
    expect(answer.status).toBe(200)
  }

  const started = async (side: Side): Promise<Pair> => {
    const pair = side === 'consumer' ? await asConsumer() : await asProvider()
    if (side === 'consumer') await send(side, pair, 'TransferStartMessage')
    await trade.reaches(side, pair, 'STARTED')
    return pair
  }

  describe.each(['consumer', 'provider'] as const)('as %s', (side) => {
    const first = side === 'consumer' ? ['prepare', 'started'] : ['start']

    it('DSP-46, DPS-11: runs to its completion', async () => {
      const pair = await started(side)
      await send(side, pair, 'TransferCompletionMessage')
      await trade.reaches(side, pair, 'COMPLETED')
      await heard(side, pair, [...first, 'completed'])
    })

    it('DSP-46: runs to its termination, also from a suspension', async () => {
      const pair = await started(side)
      await send(side, pair, 'TransferSuspensionMessage')
      await heard(side, pair, [...first, 'suspend'])
      await send(side, pair, 'TransferTerminationMessage')
      await heard(side, pair, [...first, 'suspend', 'terminate'])
      const other = await started(side)
      await send(side, other, 'TransferTerminationMessage')
      await heard(side, other, [...first, 'terminate'])
    })

    it('DSP-46, DPS-19: is resumed, the counterparty keeps its pid', async () => {
      const pair = await started(side)
      await send(side, pair, 'TransferSuspensionMessage')
      await heard(side, pair, [...first, 'suspend'])
      await send(side, pair, 'TransferStartMessage')
      await heard(side, pair, [...first, 'suspend', 'resume'])
      const { correlationId } = await trade.reaches(side, pair, 'STARTED')
      expect(correlationId).toBe(side === 'consumer' ? pair.provider : pair.consumer)
      await send(side, pair, 'TransferCompletionMessage')
      await heard(side, pair, [...first, 'suspend', 'resume', 'completed'])
    })

    it('DPS-10: waits for the data plane’s report, which need not name more than flow and state', async () => {
      trade.plane.plane.later = true
      const pair = side === 'consumer' ? await asConsumer('PREPARATION_REQUESTED') : await asProvider()
      if (side === 'provider') await trade.reaches(side, pair, 'STARTUP_REQUESTED')
      const [name, state] = side === 'consumer' ? ['prepared', 'PREPARED'] : ['started', 'STARTED']
      const flow = trade.plane.plane.flow(pair[side])
      if (flow && state) flow.state = state
      expect((await trade.report(side, pair, name ?? '', { dataFlowId: pair[side], state })).status).toBe(200)
      await trade.reaches(side, pair, side === 'consumer' ? 'REQUESTED' : 'STARTED')
      if (side === 'consumer') await send(side, pair, 'TransferStartMessage')
      await trade.reaches(side, pair, 'STARTED')
      await heard(side, pair, first)
    })
  })
})

describe('a transfer of one dataspace', () => {
  const base = () => `${trade.plane.publicUrl}/dsp/${trade.provider.context}/other-dataspace`
  const post = async (path: string, type: string, members: object) =>
    call(
      `${base()}${path}`,
      'POST',
      dspMessage(type, members),
      await messageToken(trade.plane, trade.consumer, trade.provider),
    )

  beforeAll(async () => {
    await useRules(undefined)
    const body = dataspaceProfile(trade.plane, {
      name: 'other-dataspace',
      transferRules: { pids: 'path', dataAddress: 'optional' },
    })
    await done(trade.plane.api('POST', '/dataspaceprofiles', { body }))
    const association = managed('AssociateDataspaceProfile', { profiles: [testProfile, 'other-dataspace'] })
    await done(trade.plane.api('PUT', `/participants/${trade.provider.context}/profiles`, { body: association }))
  })

  it('DSP-33, X-01: is not to be found under the rules of another one', async () => {
    const pair = await trade.started()
    for (const step of ['suspension', 'completion', 'termination']) {
      const type = `Transfer${step.charAt(0).toUpperCase()}${step.slice(1)}Message`
      const answer = await post(`/transfers/${pair.provider}/${step}`, type, sloppy('provider', pair))
      expect(answer).toMatchObject({ status: 404, body: { code: 'dsp.unknown-transfer' } })
    }
    const token = await messageToken(trade.plane, trade.consumer, trade.provider)
    expect((await call(`${base()}/transfers/${pair.provider}`, 'GET', undefined, token)).status).toBe(404)
    await trade.reaches('provider', pair, 'STARTED')
  })

  it('DSP-36: is not made of what was agreed in another one', async () => {
    const answer = await post('/transfers/request', 'TransferRequestMessage', {
      consumerPid: `urn:uuid:${randomUUID()}`,
      agreementId: trade.agreementId,
      format: 'HttpData-PULL',
      callbackAddress: trade.plane.peer.url,
    })
    expect(answer).toMatchObject({ status: 404, body: { code: 'dsp.unknown-agreement' } })
  })
})
