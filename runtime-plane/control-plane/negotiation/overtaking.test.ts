import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreementByHand, type Conducted, otherTerms, requestedByHand, requestedByUs } from '../testing/conducted.ts'
import { type Body, type ControlPlaneUnderTest, startControlPlane } from '../testing/control-plane-under-test.ts'
import { dspMessage, sendDsp } from '../testing/counterparty-messages.ts'
import type { FakeAnswer, FakeRequest } from '../testing/fake-server.ts'
import { processIn } from '../testing/journeys.ts'
import {
  done,
  makeDataspace,
  makeParticipant,
  managed,
  managementContext,
  openPolicy,
  type Participant,
  publish,
  testProfile,
} from '../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

beforeAll(async () => {
  plane = await startControlPlane({ retry: { limit: 3, baseMs: 5, maxMs: 10 } })
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1', { contract: openPolicy, negotiation: 'manual' })
})

afterAll(() => plane.stop())

const permission = [{ action: 'use' }]
const theirOffer = { '@type': 'Offer', '@id': 'theirs', target: 'asset-9', permission }

/** Requests a contract of a peer that does something with our request before it answers. */
async function request(during: (message: Body) => Promise<FakeAnswer>): Promise<string> {
  plane.peer.answer = async (received: FakeRequest) =>
    received.path === '/negotiations/request' ? during(JSON.parse(received.text) as Body) : { status: 200 }
  const body = managed('ContractRequest', {
    counterPartyAddress: plane.peer.url,
    protocol: testProfile,
    conduct: 'manual',
    policy: { ...theirOffer, assigner: provider.did },
  })
  const path = `/participants/${consumer.context}/contractnegotiations`
  return String((await done(plane.api('POST', path, { body, token: consumer.token }))).body['@id'])
}

const toConsumer = (message: Body, path: string, type: string, members: object, from = provider) =>
  sendDsp(
    plane,
    from,
    consumer,
    `/negotiations/${message.consumerPid}/${path}`,
    dspMessage(type, { consumerPid: message.consumerPid, providerPid: pidFor(message), ...members }),
  )

const pidFor = (message: Body) => `pid-for-${message.consumerPid}`

const acknowledged = (message: Body): FakeAnswer => ({
  status: 201,
  body: dspMessage('ContractNegotiation', {
    consumerPid: message.consumerPid,
    providerPid: pidFor(message),
    state: 'REQUESTED',
  }),
})

const consumers = (id: string, state: string) => processIn(plane, consumer, 'contractnegotiations', id, [state])

describe('a message that comes before the answer to our request', () => {
  it('DSP-24: an offer implies the answer and tells the provider’s process id', async () => {
    const id = await request(async (message) => {
      expect((await toConsumer(message, 'offers', 'ContractOfferMessage', { offer: theirOffer })).status).toBe(200)
      return acknowledged(message)
    })
    expect(await consumers(id, 'OFFERED')).toMatchObject({ correlationId: `pid-for-${id}` })
  })

  it('DSP-31: a termination ends the negotiation with the provider’s reason', async () => {
    const id = await request(async (message) => {
      const reason = { code: 'no', reason: ['Sold out.'] }
      await done(toConsumer(message, 'termination', 'ContractNegotiationTerminationMessage', reason))
      return acknowledged(message)
    })
    expect(await consumers(id, 'TERMINATED')).toMatchObject({ errorCode: 'no', errorDetail: 'Sold out.' })
  })

  it('DSP-33: counts only when it comes from the provider that was asked', async () => {
    const stranger = await makeParticipant(plane, 'stranger')
    const id = await request(async (message) => {
      const answer = await toConsumer(message, 'offers', 'ContractOfferMessage', { offer: theirOffer }, stranger)
      expect(answer.status).toBe(404)
      return acknowledged(message)
    })
    await consumers(id, 'REQUESTED')
  })

  it('DSP-42: is not undone when the answer to the request is an error', async () => {
    const id = await request(async (message) => {
      await done(toConsumer(message, 'offers', 'ContractOfferMessage', { offer: theirOffer }))
      return { status: 400, body: { code: 'confused' } }
    })
    await consumers(id, 'OFFERED')
    await waitForNoSending(id)
    expect(await consumers(id, 'OFFERED')).not.toHaveProperty('errorCode')
  })

  it('DSP-46: binds the provider’s process id', async () => {
    const id = await request(async (message) => {
      await done(toConsumer(message, 'offers', 'ContractOfferMessage', { offer: theirOffer }))
      return acknowledged(message)
    })
    await consumers(id, 'OFFERED')
    const end = dspMessage('ContractNegotiationTerminationMessage', { consumerPid: id, providerPid: 'another' })
    expect((await sendDsp(plane, provider, consumer, `/negotiations/${id}/termination`, end)).status).toBe(400)
  })
})

describe('a message that comes before the answer to a later one of ours', () => {
  it('implies that our acceptance, verification, offer and agreement arrived', async () => {
    const asConsumer = await requestedByUs(plane, consumer, provider, 'asset-9')
    await done(asConsumer.send('offers', 'ContractOfferMessage', { offer: theirOffer }))
    during('/events', async () => {
      const agreement = agreementByHand(asConsumer, provider, consumer)
      await done(asConsumer.send('agreement', 'ContractAgreementMessage', agreement))
    })
    await done(asConsumer.command('accept'))
    await asConsumer.in('AGREED')
    during('/verification', async () => {
      await done(asConsumer.send('events', 'ContractNegotiationEventMessage', { eventType: 'FINALIZED' }))
    })
    await done(asConsumer.command('verify'))
    await asConsumer.in('FINALIZED')

    const asProvider = await requestedByHand(plane, consumer, provider, 'asset-1')
    during('/offers', async () => {
      await done(asProvider.send('events', 'ContractNegotiationEventMessage', { eventType: 'ACCEPTED' }))
    })
    await done(asProvider.command('offer', { '@context': [managementContext], policy: otherTerms }))
    await asProvider.in('ACCEPTED')
    during('/agreement', async () => {
      await done(asProvider.send('agreement/verification', 'ContractAgreementVerificationMessage'))
    })
    await done(asProvider.command('agree'))
    expect(await asProvider.in('VERIFIED')).toHaveProperty('contractAgreementId')
    expect(await historyOf(provider, asProvider)).toEqual([
      'REQUESTED',
      'OFFERING',
      'OFFERED',
      'ACCEPTED',
      'AGREEING',
      'AGREED',
      'VERIFIED',
    ])
  })

  it('a counterparty without memory of message ids may refuse the repeat of what had arrived', async () => {
    const one = await requestedByHand(plane, consumer, provider, 'asset-1')
    let offers = 0
    plane.peer.answer = async (received) => {
      if (received.method === 'GET') {
        return { status: 200, body: dspMessage('ContractNegotiation', { ...one.pids, state: 'OFFERED' }, null) }
      }
      offers += 1
      // The first answer is lost on its way; the repeat finds the offer in place.
      return offers === 1 ? { status: 503 } : { status: 409, body: { code: '409' } }
    }
    await done(one.command('offer', { '@context': [managementContext], policy: otherTerms }))
    await one.in('OFFERED')
    expect(offers).toBe(2)
  })

  it('X-07: of two messages that exclude each other exactly one is accepted', async () => {
    const one = await requestedByHand(plane, consumer, provider, 'asset-1')
    await done(one.command('offer', { '@context': [managementContext], policy: otherTerms }))
    await one.in('OFFERED')
    const counter = { offer: { ...otherTerms, '@id': 'counter', target: 'asset-1' } }
    const answers = await Promise.all([
      one.send('events', 'ContractNegotiationEventMessage', { eventType: 'ACCEPTED' }),
      one.send('request', 'ContractRequestMessage', counter),
      one.send('events', 'ContractNegotiationEventMessage', { eventType: 'ACCEPTED' }),
      one.send('request', 'ContractRequestMessage', counter),
    ])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400, 400])
  })

  it('X-07: of a command and a message that exclude each other, the first one counts on both sides', async () => {
    const one = await requestedByHand(plane, consumer, provider, 'asset-1')
    const [command, message] = await Promise.all([
      one.command('terminate', managed('TerminateNegotiation', { reason: 'Ours.' })),
      one.send('termination', 'ContractNegotiationTerminationMessage', { code: 'theirs' }),
    ])
    const ended = await one.in('TERMINATED')
    // The command won unless it was told that it came too late; then the other side's reason stands.
    expect(ended).toMatchObject({ errorSide: command.status === 204 ? 'US' : 'COUNTERPARTY' })
    expect([command.status, message.status]).not.toEqual([409, 400])
  })

  it('DSP-46: a provider that gives one process id to two negotiations is refused, with no fault of ours', async () => {
    const one = await requestedByUs(plane, consumer, provider, 'asset-9')
    const two = await request(async (message) => {
      const offer = { offer: theirOffer, providerPid: one.pids.providerPid }
      const refused = await toConsumer(message, 'offers', 'ContractOfferMessage', offer)
      expect(refused.status).toBe(400)
      expect(refused.body.code).toBe('dsp.pid-mismatch')
      return acknowledged(message)
    })
    await consumers(two, 'REQUESTED')
  })
})

/** Does something while a message of ours to a path waits for its answer. */
function during(path: string, work: () => Promise<void>): void {
  plane.peer.answer = async (received) => {
    if (received.path.endsWith(path)) await work()
    return { status: 200 }
  }
}

async function historyOf(participant: Participant, one: Conducted): Promise<readonly unknown[]> {
  const path = `/participants/${participant.context}/contractnegotiations/${one.ours}/history`
  const { body } = await plane.api('GET', path, { token: participant.token })
  return body.map((step) => (step as Body).to)
}

/** Until nothing of the negotiation is left to send. */
async function waitForNoSending(id: string): Promise<void> {
  const database = await plane.database.forService('control_plane', [])
  const left = () =>
    database.system('test.tasks', (tx) =>
      tx.rows(`select id from control_plane.process_task where process_id = $1 and name like '%.send'`, [id]),
    )
  const end = performance.now() + 15_000
  while ((await left()).length > 0) {
    if (performance.now() > end) throw new Error('something is still to be sent')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
