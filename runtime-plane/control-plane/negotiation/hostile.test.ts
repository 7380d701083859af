import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreementByHand, type Conducted, otherTerms, requestedByHand, requestedByUs } from '../testing/conducted.ts'
import { type Body, type ControlPlaneUnderTest, call, startControlPlane } from '../testing/control-plane-under-test.ts'
import { dspMessage, messageToken, sendDsp } from '../testing/counterparty-messages.ts'
import { processIn, readCatalog } from '../testing/journeys.ts'
import {
  done,
  dspAddress,
  makeDataspace,
  makeParticipant,
  managementContext,
  openPolicy,
  type Participant,
  publish,
} from '../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant
let stranger: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  stranger = await makeParticipant(plane, 'stranger')
  await publish(plane, provider, 'asset-1', { contract: openPolicy, negotiation: 'manual' })
})

afterAll(() => plane.stop())

const asProvider = () => requestedByHand(plane, consumer, provider, 'asset-1')

async function offered(): Promise<Conducted> {
  const one = await asProvider()
  await done(one.command('offer', { '@context': [managementContext], policy: otherTerms }))
  await one.in('OFFERED')
  return one
}

async function historyOf(participant: Participant, id: string): Promise<readonly unknown[]> {
  const path = `/participants/${participant.context}/contractnegotiations/${id}/history`
  return (await plane.api('GET', path, { token: participant.token })).body
}

const everyMessage = (one: Conducted): readonly (readonly [string, string, object])[] => {
  const offer = { ...otherTerms, '@id': 'another', target: 'asset-1' }
  return [
    ['request', 'ContractRequestMessage', { offer }],
    ['offers', 'ContractOfferMessage', { offer }],
    ['agreement', 'ContractAgreementMessage', agreementByHand(one, provider, consumer)],
    ['agreement/verification', 'ContractAgreementVerificationMessage', {}],
    ['events', 'ContractNegotiationEventMessage', { eventType: 'ACCEPTED' }],
    ['events', 'ContractNegotiationEventMessage', { eventType: 'FINALIZED' }],
    ['termination', 'ContractNegotiationTerminationMessage', { code: 'x' }],
  ]
}

describe('a message of somebody who has no part in a negotiation', () => {
  it('DSP-19, DSP-33: finds nothing, whatever it is and whatever it names', async () => {
    const one = await offered()
    const before = await historyOf(provider, one.ours)
    for (const [path, type, members] of everyMessage(one)) {
      const message = dspMessage(type, { ...one.pids, ...members })
      const answer = await sendDsp(plane, stranger, provider, `/negotiations/${one.ours}/${path}`, message)
      expect([type, answer.status]).toEqual([type, 404])
      expect(answer.body).toMatchObject({ '@type': 'ContractNegotiationError', code: 'dsp.unknown-negotiation' })
    }
    expect(await historyOf(provider, one.ours)).toEqual(before)
  })

  it('X-01: cannot reach a negotiation of one tenant through another one', async () => {
    const one = await offered()
    const end = dspMessage('ContractNegotiationTerminationMessage', one.pids)
    const answer = await sendDsp(plane, consumer, stranger, `/negotiations/${one.ours}/termination`, end)
    expect(answer.status).toBe(404)
    expect((await sendDsp(plane, consumer, stranger, `/negotiations/${one.ours}`, undefined)).status).toBe(404)
    await one.in('OFFERED')
  })

  it('X-01: a command for a negotiation of another tenant finds nothing', async () => {
    const one = await offered()
    for (const command of ['agree', 'finalize', 'accept', 'verify']) {
      const path = `/participants/${stranger.context}/contractnegotiations/${one.ours}/${command}`
      expect((await plane.api('POST', path, { token: stranger.token })).status).toBe(404)
    }
    const foreign = `/participants/${provider.context}/contractnegotiations/${one.ours}/agree`
    expect((await plane.api('POST', foreign, { token: stranger.token })).status).toBeGreaterThanOrEqual(403)
    await one.in('OFFERED')
  })

  it('X-02: a token for another participant counts nowhere else', async () => {
    const one = await offered()
    const token = await messageToken(plane, consumer, stranger)
    const end = dspMessage('ContractNegotiationTerminationMessage', one.pids)
    const path = `/negotiations/${one.ours}/termination`
    expect((await sendDsp(plane, consumer, provider, path, end, token)).status).toBe(401)
    await one.in('OFFERED')
  })

  it('X-03: without a proof of identity known and unknown negotiations look the same', async () => {
    const one = await offered()
    const read = (id: string) => call(`${dspAddress(plane, provider)}/negotiations/${id}`, 'GET', undefined)
    const [known, unknown] = [await read(one.ours), await read(randomUUID())]
    expect(known.status).toBe(401)
    expect(unknown.status).toBe(401)
    expect(known.body).toEqual(unknown.body)
  })
})

describe('a message of the other side that it may not send', () => {
  it('DSP-28: is an error when its role may not send it, and changes nothing', async () => {
    const one = await offered()
    const before = await historyOf(provider, one.ours)
    for (const [path, type, members] of everyMessage(one)) {
      const finalized = (members as { eventType?: string }).eventType === 'FINALIZED'
      if (!['ContractOfferMessage', 'ContractAgreementMessage'].includes(type) && !finalized) continue
      const answer = await one.send(path, type, members)
      expect([type, answer.status, answer.body.code]).toEqual([type, 400, 'dsp.wrong-sender'])
    }
    expect(await historyOf(provider, one.ours)).toEqual(before)
  })

  it('DSP-29: accepting one’s own request is an error', async () => {
    const one = await asProvider()
    const answer = await one.send('events', 'ContractNegotiationEventMessage', { eventType: 'ACCEPTED' })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'ContractNegotiationError', ...one.pids })
    expect(await one.wireState()).toBe('REQUESTED')
  })

  it('DSP-42: a malformed message changes nothing', async () => {
    const one = await offered()
    for (const members of [{ offer: null }, { offer: 'an-id' }, { offer: { '@type': 'Offer' } }, {}]) {
      const answer = await one.send('request', 'ContractRequestMessage', members)
      expect(answer.status).toBe(400)
      expect(answer.body['@type']).toBe('ContractNegotiationError')
    }
    expect(await one.wireState()).toBe('OFFERED')
  })

  it('a counter-offer that is made to cost much is refused', async () => {
    const one = await offered()
    const rightOperand = Array.from({ length: 1000 }, (_, index) => `value-${index}`)
    const constraint = Array.from({ length: 20 }, () => ({ leftOperand: 'x', operator: 'isAnyOf', rightOperand }))
    const offer = { '@type': 'Offer', '@id': 'heavy', target: 'asset-1', permission: [{ action: 'use', constraint }] }
    const answer = await one.send('request', 'ContractRequestMessage', { offer })
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe('policy.too-large')
  })

  it('DSP-26, DSP-47: an agreement that is not what was asked for is refused at every point, and can still be right', async () => {
    const one = await requestedByUs(plane, consumer, provider, 'asset-9')
    for (const changes of [
      { permission: [{ action: 'use', constraint: [{ leftOperand: 'x', operator: 'eq', rightOperand: 'y' }] }] },
      { prohibition: [{ action: 'use' }] },
      { obligation: [{ action: 'use' }] },
      { target: 'another' },
      { assigner: consumer.did },
      { assignee: stranger.did },
      { timestamp: 'yesterday' },
    ]) {
      const wrong = agreementByHand(one, provider, consumer, changes)
      const answer = await one.send('agreement', 'ContractAgreementMessage', wrong)
      expect([changes, answer.status]).toEqual([changes, 400])
      expect(await one.wireState()).toBe('REQUESTED')
    }
    await done(one.send('agreement', 'ContractAgreementMessage', agreementByHand(one, provider, consumer)))
    await one.in('AGREED')
  })
})

describe('a callback address', () => {
  const request = async (callbackAddress: unknown) => {
    const [dataset] = await readCatalog(plane, consumer, provider)
    const offer = { ...dataset?.hasPolicy[0], target: 'asset-1' }
    const message = dspMessage('ContractRequestMessage', { consumerPid: randomUUID(), offer, callbackAddress })
    return sendDsp(plane, consumer, provider, '/negotiations/request', message)
  }

  it('DSP-22: that cannot be called is refused', async () => {
    for (const address of ['ftp://consumer.example', 'https://user:secret@consumer.example', 'nowhere', '', 7]) {
      const answer = await request(address)
      expect([address, answer.status]).toEqual([address, 400])
      expect(answer.body['@type']).toBe('ContractNegotiationError')
    }
  })

  it('DSP-49, X-05: that leads inside ends the negotiation, and nothing is sent there', async () => {
    for (const address of ['http://169.254.169.254/latest', 'http://[::1]:1/dsp', 'https://10.0.0.1/dsp']) {
      const { body } = await done(request(address))
      const id = String(body.providerPid)
      await done(
        plane.api('POST', `/participants/${provider.context}/contractnegotiations/${id}/agree`, {
          token: provider.token,
        }),
      )
      const ended = await processIn(plane, provider, 'contractnegotiations', id, ['TERMINATED'])
      expect(ended).toMatchObject({ errorCode: 'outbound.address-refused' })
    }
  })

  it('DSP-49: of an offer that nobody asked for is not called before somebody answers it', async () => {
    const offer = { ...otherTerms, '@id': 'o', target: 'asset-9' }
    const open = dspMessage('ContractOfferMessage', {
      providerPid: randomUUID(),
      offer,
      callbackAddress: 'http://169.254.169.254/latest',
    })
    const { body } = await done(sendDsp(plane, provider, consumer, '/negotiations/offers', open))
    const path = `/participants/${consumer.context}/contractnegotiations/${(body as Body).consumerPid}/accept`
    await done(plane.api('POST', path, { token: consumer.token }))
    const ended = await processIn(plane, consumer, 'contractnegotiations', String(body.consumerPid), ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'outbound.address-refused', errorSide: 'US' })
  })
})
