import { afterEach, describe, expect, it } from 'vitest'
import { type Body, type ControlPlaneUnderTest, startControlPlane } from '../testing/control-plane-under-test.ts'
import { dspMessage, sendDsp } from '../testing/counterparty-messages.ts'
import { counterpart, processIn } from '../testing/journeys.ts'
import {
  done,
  dspAddress,
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

afterEach(() => plane.stop())

async function start(deadlines: { readonly decisionMs?: number } = {}): Promise<void> {
  plane = await startControlPlane({ deadlines })
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1', { contract: openPolicy })
}

const permission = [{ action: 'use' }]
const command = (participant: Participant, id: unknown, name: string, body?: object) =>
  plane.api('POST', `/participants/${participant.context}/contractnegotiations/${id}/${name}`, {
    token: participant.token,
    ...(body ? { body } : {}),
  })

function offerContract(members: object = {}, target = 'asset-1') {
  const body = managed('ContractOffer', {
    counterPartyAddress: dspAddress(plane, consumer),
    counterPartyId: consumer.did,
    profile: testProfile,
    policy: { '@type': 'Offer', target, permission },
    ...members,
  })
  const path = `/participants/${provider.context}/contractnegotiations/offers`
  return plane.api('POST', path, { body, token: provider.token })
}

describe('a negotiation that the provider opens', () => {
  it('DSP-24: waits for the consumer’s word, then goes on by itself to FINALIZED on both sides', async () => {
    await start()
    const id = (await done(offerContract())).body['@id']
    await processIn(plane, provider, 'contractnegotiations', String(id), ['OFFERED'])
    const theirs = await counterpart(plane, consumer, 'contractnegotiations', String(id))
    expect(theirs).toMatchObject({ type: 'CONSUMER', state: 'OFFERED', conduct: 'manual' })
    await done(command(consumer, theirs['@id'], 'accept'))
    await processIn(plane, consumer, 'contractnegotiations', String(theirs['@id']), ['AGREED'])
    await done(command(consumer, theirs['@id'], 'verify'))
    const ours = await processIn(plane, provider, 'contractnegotiations', String(id), ['FINALIZED'])
    expect(ours).toMatchObject({ decision: { allowed: true }, correlationId: theirs['@id'] })
    await processIn(plane, consumer, 'contractnegotiations', String(theirs['@id']), ['FINALIZED'])
  })

  it('DSP-48: an automatic provider agrees to a repeat of its own terms, and to other ones only by somebody’s word', async () => {
    await start()
    const counter = async (policy: object) => {
      const id = String((await done(offerContract())).body['@id'])
      await processIn(plane, provider, 'contractnegotiations', id, ['OFFERED'])
      const theirs = await counterpart(plane, consumer, 'contractnegotiations', id)
      const body = { '@context': [managementContext], policy: { '@type': 'Offer', ...policy } }
      await done(command(consumer, theirs['@id'], 'request', body))
      return id
    }
    const same = await counter({ permission })
    await processIn(plane, provider, 'contractnegotiations', same, ['AGREED'])
    const other = await counter({
      permission: [
        {
          action: 'use',
          constraint: [{ leftOperand: 'dateTime', operator: 'lt', rightOperand: '2099-01-01T00:00:00Z' }],
        },
      ],
    })
    await processIn(plane, provider, 'contractnegotiations', other, ['REQUESTED'])
    await done(command(provider, other, 'agree'))
    await processIn(plane, provider, 'contractnegotiations', other, ['AGREED'])
  })

  it('needs a dataset of the participant’s own', async () => {
    await start()
    const refused = await offerContract({}, 'somebody-elses')
    expect(refused.status).toBe(400)
    expect(refused.body[0]).toMatchObject({ path: '/policy/target' })
  })

  it('ends visibly on both sides when nobody decides in time', async () => {
    await start({ decisionMs: 300 })
    const id = String((await done(offerContract())).body['@id'])
    const ours = await processIn(plane, provider, 'contractnegotiations', id, ['TERMINATED'])
    expect(ours).toMatchObject({ errorCode: 'termination.undecided', errorSide: 'COUNTERPARTY' })
    const theirs = await counterpart(plane, consumer, 'contractnegotiations', id)
    await processIn(plane, consumer, 'contractnegotiations', String(theirs['@id']), ['TERMINATED'])
    expect(theirs).toMatchObject({ errorCode: 'termination.undecided', errorSide: 'US' })
  })
})

describe('what the counterparty reads while a message of ours is on its way', () => {
  it('DSP-34: is the state before it, whichever that was', async () => {
    await start()
    const offered = async (providerPid: string) => {
      const offer = { '@type': 'Offer', '@id': 'o', target: 'asset-1', permission }
      const open = dspMessage('ContractOfferMessage', { providerPid, offer, callbackAddress: plane.peer.url })
      return String((await sendDsp(plane, provider, consumer, '/negotiations/offers', open)).body.consumerPid)
    }
    const seen: unknown[] = []
    const consumerPid = await offered('their-pid')
    plane.peer.answer = async () => {
      const { body } = await sendDsp(plane, provider, consumer, `/negotiations/${consumerPid}`, undefined)
      seen.push(body.state)
      return { status: 200 }
    }
    const body = { '@context': [managementContext], policy: { '@type': 'Offer', permission } }
    await done(command(consumer, consumerPid, 'request', body))
    await processIn(plane, consumer, 'contractnegotiations', consumerPid, ['REQUESTED'])
    expect(seen).toEqual(['OFFERED'])

    // Our provider agrees to an offer that was accepted: until that is acknowledged, ACCEPTED is what both know.
    plane.peer.answer = async (request) => {
      if (request.path === '/negotiations/offers') {
        const { providerPid } = JSON.parse(request.text) as Body
        return {
          status: 201,
          body: dspMessage('ContractNegotiation', { providerPid, consumerPid: 'peer-pid', state: 'OFFERED' }),
        }
      }
      const message = JSON.parse(request.text) as Body
      if (message['@type'] === 'ContractAgreementMessage') {
        const path = `/negotiations/${message.providerPid}`
        seen.push((await sendDsp(plane, consumer, provider, path, undefined)).body.state)
      }
      return { status: 200 }
    }
    const id = String((await done(offerContract({ counterPartyAddress: plane.peer.url }))).body['@id'])
    await processIn(plane, provider, 'contractnegotiations', id, ['OFFERED'])
    const accepted = dspMessage('ContractNegotiationEventMessage', {
      providerPid: id,
      consumerPid: 'peer-pid',
      eventType: 'ACCEPTED',
    })
    expect((await sendDsp(plane, consumer, provider, `/negotiations/${id}/events`, accepted)).status).toBe(200)
    await processIn(plane, provider, 'contractnegotiations', id, ['AGREED'])
    expect(seen).toEqual(['OFFERED', 'ACCEPTED'])
  })
})
