import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { call } from '../testing/control-plane-under-test.ts'
import { dspMessage, sendDsp } from '../testing/counterparty-messages.ts'
import { waitFor } from '../testing/journeys.ts'
import { done, dspAddress, workloadToken } from '../testing/participants.ts'
import { startTrade, type Trade, transferRequest } from '../testing/transfers.ts'

let trade: Trade

beforeAll(async () => {
  trade = await startTrade()
})

beforeEach(() => {
  trade.plane.plane.later = false
  trade.plane.peer.answer = async () => ({ status: 200 })
})

afterAll(() => trade.plane.stop())

const dsp = 'https://w3id.org/dspace/2025/1/'

describe('a transfer request', () => {
  it('DSP-35: is answered with the process, requested', async () => {
    trade.plane.plane.later = 'start'
    const consumerPid = `urn:uuid:${randomUUID()}`
    const answer = await trade.requestByHand({ consumerPid })
    expect(answer).toMatchObject({
      status: 201,
      body: { '@type': 'TransferProcess', consumerPid, providerPid: expect.any(String), state: 'REQUESTED' },
    })
  })

  it('DSP-40: stays requested while the data plane does not say that it has started', async () => {
    trade.plane.plane.later = 'start'
    const pair = await trade.requested()
    await trade.reaches('provider', pair, 'STARTUP_REQUESTED')
    for (const [from, to, id] of [
      [trade.consumer, trade.provider, pair.provider],
      [trade.provider, trade.consumer, pair.consumer],
    ] as const) {
      const seen = await sendDsp(trade.plane, from, to, `/transfers/${id}`, undefined)
      expect(seen).toMatchObject({ status: 200, body: { '@type': 'TransferProcess', state: 'REQUESTED' } })
    }
  })

  it.each(['AmazonS3-PULL', 'httpdata-pull', 'HttpData-PULL ', 'HttpData', ''])(
    'DSP-37: in the format "%s", in which its dataset is not offered, is refused',
    async (format) => {
      const answer = await trade.requestByHand({ format })
      expect(answer).toMatchObject({ status: 400, body: { '@type': 'TransferError' } })
    },
  )

  it('DSP-37: in a format that only data planes without the labels of its dataset serve is refused', async () => {
    const { context, token } = trade.provider
    const url = `${trade.plane.signalingUrl}/api/signaling/participants/${context}/dataplanes`
    const body = {
      dataplaneId: 'elsewhere',
      endpoint: trade.plane.plane.endpoint(context),
      profiles: ['Elsewhere-PULL'],
    }
    await done(call(url, 'PUT', body, await workloadToken(trade.plane)))
    const asset = (await trade.plane.api('GET', `/participants/${context}/assets/asset-1`, { token })).body
    const change = async (dataplaneMetadata: object | undefined) =>
      done(trade.plane.api('PUT', `/participants/${context}/assets`, { body: { ...asset, dataplaneMetadata }, token }))
    await change({ '@type': 'DataplaneMetadata', labels: ['eu'] })
    try {
      const answer = await trade.requestByHand({ format: 'Elsewhere-PULL' })
      expect(answer).toMatchObject({ status: 400, body: { code: 'dsp.unsupported-format' } })
    } finally {
      await change(undefined)
    }
    expect((await trade.requestByHand({ format: 'Elsewhere-PULL' })).status).toBe(201)
  })

  it('DSP-36, DSP-38: by who is not its consumer, or with an address of pull, is refused', async () => {
    const { provider, consumer, plane, agreementId } = trade
    const message = dspMessage('TransferRequestMessage', {
      consumerPid: `urn:uuid:${randomUUID()}`,
      agreementId,
      format: 'HttpData-PULL',
      callbackAddress: dspAddress(plane, provider),
    })
    // The consumer holds the same agreement, and is asked as if it were the provider.
    const turned = await sendDsp(plane, provider, consumer, '/transfers/request', message)
    expect(turned).toMatchObject({ status: 404, body: { '@type': 'TransferError', code: 'dsp.unknown-agreement' } })
    const dataAddress = { '@type': 'DataAddress', endpointType: 'x', endpoint: 'https://sink.example' }
    expect((await trade.requestByHand({ dataAddress })).body.code).toBe('dsp.unexpected-data-address')
    expect((await trade.requestByHand({ format: 'HttpData-PUSH' })).body.code).toBe('dsp.unexpected-data-address')
  })

  it('DSP-39: sent many times at once opens one process and starts one flow', async () => {
    const consumerPid = `urn:uuid:${randomUUID()}`
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => trade.requestByHand({ consumerPid, callbackAddress: trade.plane.peer.url })),
    )
    const pids = new Set(answers.map(({ body }) => body.providerPid))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    expect(pids.size).toBe(1)
    const pair = { consumer: consumerPid, provider: String([...pids][0]) }
    await trade.reaches('provider', pair, 'STARTED')
    expect(trade.signals('provider', pair)).toEqual(['start'])
  })

  it('DSP-22: with an address that is none is refused', async () => {
    for (const callbackAddress of ['ftp://consumer.example', 'https://user:secret@consumer.example', 'nowhere', '']) {
      expect(await trade.requestByHand({ callbackAddress })).toMatchObject({
        status: 400,
        body: { '@type': 'TransferError' },
      })
    }
  })

  it('DSP-49: whose address leads inside is ended, and nothing is sent there', async () => {
    const reply = await done(trade.requestByHand({ callbackAddress: 'http://169.254.169.254/latest' }))
    const pair = { consumer: '', provider: String(reply.body.providerPid) }
    expect(await trade.reaches('provider', pair, 'TERMINATED')).toMatchObject({ errorSide: 'US' })
    expect(trade.signals('provider', pair)).toEqual(['start', 'terminate'])
  })

  it('DSP-23: is answered at an address with a trailing slash as well', async () => {
    await done(trade.requestByHand({ consumerPid: 'urn:uuid:slash', callbackAddress: `${trade.plane.peer.url}/base/` }))
    const path = `/base/transfers/${encodeURIComponent('urn:uuid:slash')}/start`
    await waitFor('the start message', async () => trade.plane.peer.received.some((one) => one.path === path))
  })

  it('X-08: in expanded form means the same', async () => {
    const consumerPid = `urn:uuid:${randomUUID()}`
    const value = (text: string) => [{ '@value': text }]
    const answer = await sendDsp(trade.plane, trade.consumer, trade.provider, '/transfers/request', {
      '@type': [`${dsp}TransferRequestMessage`],
      [`${dsp}consumerPid`]: [{ '@id': consumerPid }],
      [`${dsp}agreementId`]: [{ '@id': trade.agreementId }],
      'http://purl.org/dc/terms/format': value('HttpData-PULL'),
      [`${dsp}callbackAddress`]: value(dspAddress(trade.plane, trade.consumer)),
    })
    expect(answer).toMatchObject({ status: 201, body: { '@type': 'TransferProcess', consumerPid } })
  })
})

describe('several data planes of a participant', () => {
  const register = async (
    context: string,
    body: { readonly dataplaneId: string; readonly labels?: readonly string[] },
  ) =>
    done(
      call(
        `${trade.plane.signalingUrl}/api/signaling/participants/${context}/dataplanes`,
        'PUT',
        { endpoint: trade.plane.plane.endpoint(context), profiles: ['Labelled-PULL'], ...body },
        await workloadToken(trade.plane),
      ),
    )

  it('DPS-13: are chosen by format, then by every label, then by who registered first', async () => {
    const { context, token } = trade.consumer
    await register(context, { dataplaneId: 'plain' })
    await register(context, { dataplaneId: 'german', labels: ['eu', 'de'] })
    await register(context, { dataplaneId: 'french', labels: ['eu', 'fr'] })
    const chosen = async (labels: readonly string[]) => {
      const request = transferRequest(trade, dspAddress(trade.plane, trade.provider), 'Labelled-PULL')
      const body = { ...request, dataplaneMetadata: { labels } }
      const reply = await trade.plane.api('POST', `/participants/${context}/transferprocesses`, { body, token })
      if (reply.status !== 200) return reply.status
      return (await trade.read('consumer', `/transferprocesses/${reply.body['@id']}`)).body.dataPlaneId
    }
    expect(await chosen([])).toBe('plain')
    expect(await chosen(['eu'])).toBe('german')
    expect(await chosen(['eu', 'fr'])).toBe('french')
    expect(await chosen(['us'])).toBe(400)
    // A registration that is replaced keeps its place.
    await register(context, { dataplaneId: 'plain', labels: ['eu', 'last'] })
    expect(await chosen(['eu'])).toBe('plain')
  })
})
