import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, type ControlPlaneUnderTest, startControlPlane } from '../testing/control-plane-under-test.ts'
import { dspMessage, sendDsp } from '../testing/counterparty-messages.ts'
import { counterpart, negotiate, processIn, readCatalog, requestContract } from '../testing/journeys.ts'
import {
  done,
  dspAddress,
  makeDataspace,
  makeParticipant,
  managed,
  membershipPolicy,
  openPolicy,
  type Participant,
  publish,
  testProfile,
} from '../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
})

afterAll(() => plane.stop())

const read = (participant: Participant, path: string) =>
  plane.api('GET', `/participants/${participant.context}${path}`, { token: participant.token })

const states = async (participant: Participant, id: unknown): Promise<readonly unknown[]> => {
  const { body } = await read(participant, `/contractnegotiations/${id}/history`)
  return body.map((step) => (step as Body).to)
}

/** An initial request by hand, of a peer that takes every message and ends nothing by itself. */
async function requestByHand(
  change: (message: Record<string, unknown>) => object = (message) => message,
  from = consumer,
): Promise<{ readonly message: object; readonly send: () => ReturnType<typeof sendDsp> }> {
  const [dataset] = await readCatalog(plane, consumer, provider)
  const message = change(
    dspMessage('ContractRequestMessage', {
      consumerPid: `urn:uuid:${randomUUID()}`,
      offer: { ...dataset?.hasPolicy[0], target: 'asset-1' },
      callbackAddress: plane.peer.url,
    }) as Record<string, unknown>,
  )
  return { message, send: () => sendDsp(plane, from, provider, '/negotiations/request', message) }
}

describe('a negotiation between two participants of one service', () => {
  it('ends FINALIZED on both sides, through the states of fact sheet 3.1', async () => {
    const ours = await negotiate(plane, consumer, provider, 'asset-1')
    const theirs = await counterpart(plane, provider, 'contractnegotiations', String(ours['@id']))
    await processIn(plane, provider, 'contractnegotiations', String(theirs['@id']), ['FINALIZED'])
    expect(ours).toMatchObject({
      type: 'CONSUMER',
      correlationId: theirs['@id'],
      counterPartyId: provider.did,
      assetId: 'asset-1',
      profile: testProfile,
    })
    expect(await states(consumer, ours['@id'])).toEqual([
      'INITIAL',
      'REQUESTING',
      'REQUESTED',
      'AGREED',
      'VERIFYING',
      'VERIFIED',
      'FINALIZED',
    ])
    expect(await states(provider, theirs['@id'])).toEqual([
      'REQUESTED',
      'AGREEING',
      'AGREED',
      'VERIFIED',
      'FINALIZING',
      'FINALIZED',
    ])
  })

  it('DSP-25, DSP-47: leaves the same agreement on both sides, each under an id of its own', async () => {
    const ours = await negotiate(plane, consumer, provider, 'asset-1')
    const mine = (await read(consumer, `/contractnegotiations/${ours['@id']}/agreement`)).body
    const theirs = (await read(provider, `/contractnegotiations/${ours.correlationId}/agreement`)).body
    expect(mine['@id']).toBe(ours.contractAgreementId)
    expect(mine['@id']).not.toBe(theirs['@id'])
    expect(mine.agreementId).toBe(theirs.agreementId)
    expect(mine.policy).toEqual(theirs.policy)
    expect(mine.policy).toMatchObject({
      '@type': 'Agreement',
      target: 'asset-1',
      assigner: provider.did,
      assignee: consumer.did,
      permission: membershipPolicy.permission,
    })
  })

  it('shows the decision to the provider, and to the consumer not', async () => {
    const ours = await negotiate(plane, consumer, provider, 'asset-1')
    const theirs = (await read(provider, `/contractnegotiations/${ours.correlationId}`)).body
    expect(theirs.decision).toMatchObject({ allowed: true, explanation: { phase: 'negotiation' } })
    expect(ours).not.toHaveProperty('decision')
  })
})

describe('an offer whose policy is not satisfied', () => {
  it('is ended by the provider with policy.not-satisfied: the consumer sees code and reason, the provider the explanation', async () => {
    const poor = await makeParticipant(plane, 'poor', ['ParticipantCredential'])
    const id = await requestContract(plane, poor, provider, 'asset-1')
    const ended = await processIn(plane, poor, 'contractnegotiations', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'policy.not-satisfied', errorSide: 'COUNTERPARTY' })
    expect(ended.errorDetail).toContain('MembershipCredential eq active')
    const theirs = await counterpart(plane, provider, 'contractnegotiations', id)
    await processIn(plane, provider, 'contractnegotiations', String(theirs['@id']), ['TERMINATED'])
    expect(theirs).toMatchObject({ errorCode: 'policy.not-satisfied', errorSide: 'US' })
    expect(JSON.stringify(theirs.decision)).toContain('no credential of type MembershipCredential was presented')
    expect(JSON.stringify(ended)).not.toContain('was presented')
  })

  it('counts a revoked credential as none (DCP-28)', async () => {
    const former = await makeParticipant(plane, 'former')
    plane.hub.revoke(former.indexes[1] ?? -1)
    // A status list may be used for ten seconds.
    plane.advance(11_000)
    // The fake hub presents what is revoked too, so the whole presentation is refused, and the sender is told why.
    await expect(requestContract(plane, former, provider, 'asset-1')).rejects.toThrow('dcp.credential-revoked')
  })
})

describe('a request that is no negotiation', () => {
  it('DSP-20: ends the consumer’s negotiation when the offer is unknown', async () => {
    const id = await requestContract(plane, consumer, provider, 'asset-1', (policy) => ({ ...policy, '@id': 'a:b:c' }))
    const ended = await processIn(plane, consumer, 'contractnegotiations', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'dsp.unknown-offer', errorSide: 'COUNTERPARTY' })
    expect(ended).not.toHaveProperty('correlationId')
  })

  it('DSP-48: is refused when the rules are not those of the offer', async () => {
    const id = await requestContract(plane, consumer, provider, 'asset-1', (policy) => ({
      ...policy,
      permission: [{ action: 'use' }],
    }))
    const ended = await processIn(plane, consumer, 'contractnegotiations', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'dsp.offer-differs' })
  })

  it('DSP-16: cannot name an offer that the requester may not see', async () => {
    await publish(plane, provider, 'hidden', { access: membershipPolicy, contract: openPolicy })
    const [dataset] = (await readCatalog(plane, consumer, provider)).filter((one) => one['@id'] === 'hidden')
    const outsider = await makeParticipant(plane, 'outsider', ['ParticipantCredential'])
    expect((await readCatalog(plane, outsider, provider)).map((one) => one['@id'])).not.toContain('hidden')
    const body = managed('ContractRequest', {
      counterPartyAddress: dspAddress(plane, provider),
      protocol: testProfile,
      policy: { ...dataset?.hasPolicy[0], assigner: provider.did, target: 'hidden' },
    })
    const path = `/participants/${outsider.context}/contractnegotiations`
    const { body: made } = await done(plane.api('POST', path, { body, token: outsider.token }))
    const ended = await processIn(plane, outsider, 'contractnegotiations', String(made['@id']), ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'dsp.unknown-offer' })
  })
})

describe('a message that is repeated', () => {
  it('DSP-50: an initial request of the same consumerPid is one negotiation', async () => {
    const { send } = await requestByHand()
    const [first, second] = [await send(), await send()]
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ '@type': 'ContractNegotiation', state: 'REQUESTED' })
    expect(second.status).toBe(201)
    expect(second.body.providerPid).toBe(first.body.providerPid)
  })

  it('DSP-50: a termination with the same @id is acknowledged without effect, another one is refused', async () => {
    const { send, message } = await requestByHand()
    const { providerPid } = (await send()).body
    const { consumerPid } = message as { consumerPid: string }
    const end = dspMessage('ContractNegotiationTerminationMessage', {
      providerPid,
      consumerPid,
      code: 'changed-my-mind',
      reason: ['The budget is spent.'],
    })
    const path = `/negotiations/${providerPid}/termination`
    expect((await sendDsp(plane, consumer, provider, path, end)).status).toBe(200)
    expect((await sendDsp(plane, consumer, provider, path, end)).status).toBe(200)
    const again = dspMessage('ContractNegotiationTerminationMessage', { providerPid, consumerPid })
    const refused = await sendDsp(plane, consumer, provider, path, again)
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({ '@type': 'ContractNegotiationError', providerPid, consumerPid })
    const ended = await processIn(plane, provider, 'contractnegotiations', String(providerPid), ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'changed-my-mind', errorDetail: 'The budget is spent.' })
  })

  it('a message without @id is known by its content', async () => {
    const { send, message } = await requestByHand()
    const { providerPid } = (await send()).body
    const { consumerPid } = message as { consumerPid: string }
    const end = dspMessage('ContractNegotiationTerminationMessage', { providerPid, consumerPid }, null)
    const path = `/negotiations/${providerPid}/termination`
    expect((await sendDsp(plane, consumer, provider, path, end)).status).toBe(200)
    expect((await sendDsp(plane, consumer, provider, path, end)).status).toBe(200)
  })
})

describe('a message that is not allowed', () => {
  it('DSP-32, DSP-33: unknown and foreign negotiations look the same', async () => {
    const ours = await negotiate(plane, consumer, provider, 'asset-1')
    const stranger = await makeParticipant(plane, 'stranger')
    const end = (pid: string) =>
      dspMessage('ContractNegotiationTerminationMessage', { providerPid: pid, consumerPid: 'x' })
    const unknown = randomUUID()
    const foreign = String(ours.correlationId)
    const answers = [
      await sendDsp(plane, stranger, provider, `/negotiations/${unknown}/termination`, end(unknown)),
      await sendDsp(plane, stranger, provider, `/negotiations/${foreign}/termination`, end(foreign)),
      await sendDsp(plane, stranger, provider, `/negotiations/${foreign}`, undefined),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(404)
      expect(answer.body).toMatchObject({ '@type': 'ContractNegotiationError', code: 'dsp.unknown-negotiation' })
    }
    expect(answers[0]?.body.reason).toEqual(answers[1]?.body.reason)
  })

  it('DSP-30: nothing is accepted after FINALIZED, and the answer is not 404', async () => {
    const ours = await negotiate(plane, consumer, provider, 'asset-1')
    const pids = { providerPid: ours.correlationId, consumerPid: ours['@id'] }
    await processIn(plane, provider, 'contractnegotiations', String(ours.correlationId), ['FINALIZED'])
    const path = `/negotiations/${ours.correlationId}/termination`
    const answer = await sendDsp(
      plane,
      consumer,
      provider,
      path,
      dspMessage('ContractNegotiationTerminationMessage', pids),
    )
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'ContractNegotiationError', code: 'dsp.invalid-transition' })
    expect((await read(provider, `/contractnegotiations/${ours.correlationId}`)).body.state).toBe('FINALIZED')
  })

  it('DSP-28: FINALIZED comes from the provider only', async () => {
    const ours = await negotiate(plane, consumer, provider, 'asset-1')
    const pids = { providerPid: ours.correlationId, consumerPid: ours['@id'], eventType: 'FINALIZED' }
    const path = `/negotiations/${ours.correlationId}/events`
    const answer = await sendDsp(plane, consumer, provider, path, dspMessage('ContractNegotiationEventMessage', pids))
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe('dsp.wrong-sender')
  })

  it('DSP-46: the pids must be those of the negotiation', async () => {
    const { send, message } = await requestByHand()
    const { providerPid } = (await send()).body
    const { consumerPid } = message as { consumerPid: string }
    for (const pids of [
      { providerPid: 'another', consumerPid },
      { providerPid, consumerPid: 'another' },
    ]) {
      const end = dspMessage('ContractNegotiationTerminationMessage', pids)
      const answer = await sendDsp(plane, consumer, provider, `/negotiations/${providerPid}/termination`, end)
      expect(answer.status).toBe(400)
      expect(answer.body.code).toBe('dsp.pid-mismatch')
    }
  })

  it('DSP-18: an initial request has a callback address', async () => {
    const { send } = await requestByHand(({ callbackAddress: _, ...rest }) => rest)
    const answer = await send()
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'ContractNegotiationError', code: 'dsp.malformed-message' })
  })

  it('DSP-43: malformed JSON gets a typed error', async () => {
    const answer = await sendDsp(plane, consumer, provider, '/negotiations/request', '{"@type":')
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'ContractNegotiationError', code: 'request.malformed' })
  })
})

describe('an agreement that a provider sends', () => {
  it('DSP-26: is refused when it differs from the offer, or names other parties, and changes nothing', async () => {
    const offered = await offeredByHand()
    const agreement = {
      '@type': 'Agreement',
      '@id': `urn:uuid:${randomUUID()}`,
      target: 'asset-1',
      assigner: provider.did,
      assignee: consumer.did,
      timestamp: new Date().toISOString(),
      permission: membershipPolicy.permission,
    }
    for (const wrong of [
      { ...agreement, permission: [{ action: 'use' }] },
      { ...agreement, target: 'another' },
      { ...agreement, assignee: provider.did },
      { ...agreement, assigner: consumer.did },
    ]) {
      const message = dspMessage('ContractAgreementMessage', { ...offered.pids, agreement: wrong })
      const answer = await sendDsp(
        plane,
        provider,
        consumer,
        `/negotiations/${offered.pids.consumerPid}/agreement`,
        message,
      )
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({ '@type': 'ContractNegotiationError', code: 'dsp.agreement-differs' })
      expect((await read(consumer, `/contractnegotiations/${offered.pids.consumerPid}`)).body.state).toBe('ACCEPTED')
    }
  })

  /** DSP-24: the provider opens with an offer; the participant accepts it. */
  async function offeredByHand() {
    const providerPid = `urn:uuid:${randomUUID()}`
    const offer = {
      '@type': 'Offer',
      '@id': 'an-offer',
      target: 'asset-1',
      permission: membershipPolicy.permission,
    }
    const message = dspMessage('ContractOfferMessage', { providerPid, offer, callbackAddress: plane.peer.url })
    const answer = await sendDsp(plane, provider, consumer, '/negotiations/offers', message)
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ '@type': 'ContractNegotiation', state: 'OFFERED', providerPid })
    const consumerPid = String(answer.body.consumerPid)
    const accept = `/participants/${consumer.context}/contractnegotiations/${consumerPid}/accept`
    expect((await plane.api('POST', accept, { token: consumer.token })).status).toBe(204)
    await processIn(plane, consumer, 'contractnegotiations', consumerPid, ['ACCEPTED'])
    return { pids: { providerPid, consumerPid } }
  }
})

describe('ending a negotiation', () => {
  it('DSP-31: either side may, and the other side learns code and reason', async () => {
    // An offer to the consumer rests until somebody acts.
    const providerPid = `urn:uuid:${randomUUID()}`
    const offer = { '@type': 'Offer', '@id': 'o', target: 'asset-1', permission: [{ action: 'use' }] }
    const callbackAddress = dspAddress(plane, provider)
    const open = dspMessage('ContractOfferMessage', { providerPid, offer, callbackAddress })
    const { consumerPid } = (await sendDsp(plane, provider, consumer, '/negotiations/offers', open)).body
    const path = `/participants/${consumer.context}/contractnegotiations/${consumerPid}/terminate`
    const body = managed('TerminateNegotiation', { reason: 'Not interested.' })
    expect((await plane.api('POST', path, { body, token: consumer.token })).status).toBe(204)
    const ended = await processIn(plane, consumer, 'contractnegotiations', String(consumerPid), ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'termination.requested', errorDetail: 'Not interested.', errorSide: 'US' })
    const again = await plane.api('POST', path, { body, token: consumer.token })
    expect(again.status).toBe(409)
    expect(again.body[0]).toMatchObject({ type: 'ObjectConflict', code: 'management.wrong-state' })
  })
})

describe('many at a time', () => {
  it('negotiations of the same offer all end FINALIZED, each with an agreement of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => requestContract(plane, consumer, provider, 'asset-1')),
    )
    const ended = await Promise.all(
      ids.map((id) => processIn(plane, consumer, 'contractnegotiations', id, ['FINALIZED'])),
    )
    expect(new Set(ended.map((one) => one.contractAgreementId)).size).toBe(20)
  })

  it('X-07: of two messages that exclude each other exactly one is accepted', async () => {
    const { send, message } = await requestByHand()
    const { providerPid } = (await send()).body
    const { consumerPid } = message as { consumerPid: string }
    const path = `/negotiations/${providerPid}/termination`
    const end = () => dspMessage('ContractNegotiationTerminationMessage', { providerPid, consumerPid })
    const answers = await Promise.all([1, 2, 3].map(() => sendDsp(plane, consumer, provider, path, end())))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400])
  })
})
