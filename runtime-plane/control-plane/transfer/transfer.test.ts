import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Body, type ControlPlaneUnderTest, call, startControlPlane } from '../testing/control-plane-under-test.ts'
import { dspMessage, sendDsp } from '../testing/counterparty-messages.ts'
import { fakeData } from '../testing/fake-data-plane.ts'
import { counterpart, negotiate, processIn, requestTransfer, waitFor } from '../testing/journeys.ts'
import {
  done,
  dspAddress,
  makeDataspace,
  makeParticipant,
  managed,
  type Participant,
  publish,
  testProfile,
  workloadToken,
} from '../testing/participants.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant
let contract: Body

beforeAll(async () => {
  plane = await startControlPlane()
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
  contract = await negotiate(plane, consumer, provider, 'asset-1')
})

beforeEach(() => {
  plane.plane.later = false
  plane.plane.unavailable = false
})

afterAll(() => plane.stop())

const read = (participant: Participant, path: string) =>
  plane.api('GET', `/participants/${participant.context}${path}`, { token: participant.token })

const steps = async (participant: Participant, id: unknown): Promise<readonly unknown[]> => {
  const { body } = await read(participant, `/transferprocesses/${id}/history`)
  return body.map((step) => (step as Body).to)
}

/** A transfer that runs on both sides. */
async function started(transferType = 'HttpData-PULL'): Promise<{ readonly ours: string; readonly theirs: string }> {
  const id = await requestTransfer(plane, consumer, provider, String(contract.contractAgreementId), transferType)
  await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
  const theirs = await counterpart(plane, provider, 'transferprocesses', id)
  await processIn(plane, provider, 'transferprocesses', String(theirs['@id']), ['STARTED'])
  return { ours: id, theirs: String(theirs['@id']) }
}

const act = (participant: Participant, id: string, action: 'suspend' | 'terminate' | 'resume') =>
  plane.api('POST', `/participants/${participant.context}/transferprocesses/${id}/${action}`, {
    token: participant.token,
    ...(action === 'resume'
      ? {}
      : { body: managed(action === 'suspend' ? 'SuspendTransfer' : 'TerminateTransfer', { reason: 'Because.' }) }),
  })

const signalsOf = (flowId: string) =>
  plane.plane.signals.filter((one) => one.flowId === flowId).map((one) => one.signal)

const report = async (participant: Participant, id: string, name: string, body: object, client = 'data-plane') =>
  call(
    `${plane.signalingUrl}/api/signaling/participants/${participant.context}/transfers/${id}/dataflow/${name}`,
    'POST',
    body,
    await workloadToken(plane, client),
  )

const dataOf = async (id: string) => {
  const edr = (await read(consumer, `/edrs/${id}/dataaddress`)).body
  return fetch(String(edr.endpoint), { headers: { authorization: `Bearer ${edr.authorization}` } })
}

describe('a pull transfer', () => {
  it('runs through prepare, request, start and started until the data can be fetched', async () => {
    const { ours, theirs } = await started()
    const response = await dataOf(ours)
    expect(await response.text()).toBe(fakeData)
    expect(signalsOf(ours)).toEqual(['prepare', 'started'])
    expect(signalsOf(theirs)).toEqual(['start'])
    expect(await steps(consumer, ours)).toEqual(['INITIAL', 'REQUESTING', 'REQUESTED', 'STARTUP_REQUESTED', 'STARTED'])
    expect(await steps(provider, theirs)).toEqual(['INITIAL', 'STARTING', 'STARTED'])
    expect((await read(consumer, `/transferprocesses/${ours}`)).body).toMatchObject({
      type: 'CONSUMER',
      correlationId: theirs,
      contractId: contract.contractAgreementId,
      assetId: 'asset-1',
      transferType: 'HttpData-PULL',
    })
  })

  it('gives the data plane source, claims, parties and our own token (DPS 4.4)', async () => {
    const { theirs } = await started()
    const start = plane.plane.signals.find((one) => one.flowId === theirs && one.signal === 'start')
    expect(start?.authorization).toMatch(/^Bearer eyJ/)
    expect(start?.body).toMatchObject({
      participantId: provider.did,
      counterPartyId: consumer.did,
      processId: theirs,
      datasetId: 'asset-1',
      profile: 'HttpData-PULL',
      dataspaceContext: testProfile,
      metadata: { dataAddress: { type: 'HttpData', baseUrl: 'https://source.example/data' } },
      claims: { MembershipCredential: [{ level: 'gold', id: consumer.did }] },
    })
    expect(start?.body).not.toHaveProperty('dataAddress')
  })

  it('shows the token to the consumer only, and only while the transfer runs', async () => {
    const { ours, theirs } = await started()
    expect((await read(provider, `/edrs/${theirs}/dataaddress`)).status).toBe(404)
    expect((await act(consumer, ours, 'terminate')).status).toBe(204)
    await processIn(plane, consumer, 'transferprocesses', ours, ['TERMINATED'])
    expect((await read(consumer, `/edrs/${ours}/dataaddress`)).status).toBe(404)
  })

  it('DPS-10: waits for data planes that report later', async () => {
    plane.plane.later = true
    const id = await requestTransfer(plane, consumer, provider, String(contract.contractAgreementId))
    await processIn(plane, consumer, 'transferprocesses', id, ['PREPARATION_REQUESTED'])
    expect((await report(consumer, id, 'prepared', { dataFlowId: id, state: 'PREPARED' })).status).toBe(200)
    await processIn(plane, consumer, 'transferprocesses', id, ['REQUESTED'])
    const theirs = String((await counterpart(plane, provider, 'transferprocesses', id))['@id'])
    await processIn(plane, provider, 'transferprocesses', theirs, ['STARTUP_REQUESTED'])
    const without = await report(provider, theirs, 'started', { dataFlowId: theirs, state: 'STARTED' })
    expect(without.status).toBe(400)
    const address = plane.plane.addressOf(theirs)
    const flow = plane.plane.flow(theirs)
    const prepared = plane.plane.flow(id)
    if (flow) flow.state = 'STARTED'
    if (prepared) prepared.state = 'PREPARED'
    expect(
      (await report(provider, theirs, 'started', { dataFlowId: theirs, state: 'STARTED', dataAddress: address }))
        .status,
    ).toBe(200)
    await processIn(plane, consumer, 'transferprocesses', id, ['STARTED'])
    expect(await (await dataOf(id)).text()).toBe(fakeData)
    // A repeated report changes nothing.
    expect((await report(provider, theirs, 'started', { state: 'STARTED', dataAddress: address })).status).toBe(200)
    expect(signalsOf(theirs)).toEqual(['start'])
  })
})

describe('a push transfer', () => {
  it('DSP-38: carries the consumer’s address in the request and none in the start message', async () => {
    const { ours, theirs } = await started('HttpData-PUSH')
    const start = plane.plane.signals.find((one) => one.flowId === theirs && one.signal === 'start')
    expect(start?.body.dataAddress).toMatchObject({ endpoint: expect.stringContaining(`/sink/${ours}`) })
    const notified = plane.plane.signals.find((one) => one.flowId === ours && one.signal === 'started')
    expect(notified?.body).not.toHaveProperty('dataAddress')
    expect((await read(consumer, `/edrs/${ours}/dataaddress`)).status).toBe(404)
  })

  it.each(['consumer', 'provider'] as const)('is suspended and resumed by the %s (DPS 4.6)', async (side) => {
    const { ours, theirs } = await started('HttpData-PUSH')
    const [who, id] = side === 'consumer' ? [consumer, ours] : [provider, theirs]
    await done(act(who, id, 'suspend'))
    await processIn(plane, consumer, 'transferprocesses', ours, ['SUSPENDED'])
    await processIn(plane, provider, 'transferprocesses', theirs, ['SUSPENDED'])
    await done(act(who, id, 'resume'))
    await processIn(plane, consumer, 'transferprocesses', ours, ['STARTED'])
    await processIn(plane, provider, 'transferprocesses', theirs, ['STARTED'])
    const resumed = plane.plane.signals.find((one) => one.flowId === theirs && one.signal === 'resume')
    expect(resumed?.body.dataAddress).toMatchObject({ endpoint: expect.stringContaining(`/sink/${ours}`) })
  })
})

describe('suspending and resuming a pull transfer', () => {
  it.each(['consumer', 'provider'] as const)(
    'the %s stops it, alone may resume it, and the token is another one then',
    async (side) => {
      const { ours, theirs } = await started()
      const before = (await read(consumer, `/edrs/${ours}/dataaddress`)).body.authorization
      const [who, id, other, otherId] =
        side === 'consumer' ? [consumer, ours, provider, theirs] : [provider, theirs, consumer, ours]
      await done(act(who, id, 'suspend'))
      await processIn(plane, who, 'transferprocesses', id, ['SUSPENDED'])
      const suspended = await processIn(plane, other, 'transferprocesses', otherId, ['SUSPENDED'])
      expect(suspended).toMatchObject({
        errorCode: 'termination.suspended',
        errorDetail: 'Because.',
        errorSide: 'COUNTERPARTY',
      })
      expect((await read(consumer, `/edrs/${ours}/dataaddress`)).status).toBe(404)
      await waitFor('both data planes to stop', async () =>
        [ours, theirs].every((flow) => plane.plane.flow(flow)?.state === 'SUSPENDED'),
      )
      // DPS-19.
      expect((await act(other, otherId, 'resume')).status).toBe(409)
      await done(act(who, id, 'resume'))
      await processIn(plane, consumer, 'transferprocesses', ours, ['STARTED'])
      const running = await processIn(plane, provider, 'transferprocesses', theirs, ['STARTED'])
      expect(running).not.toHaveProperty('errorCode')
      const after = (await read(consumer, `/edrs/${ours}/dataaddress`)).body.authorization
      expect(after).not.toBe(before)
      expect(await (await dataOf(ours)).text()).toBe(fakeData)
    },
  )

  it('DPS-19: a start message of the side that did not suspend is refused', async () => {
    const { ours, theirs } = await started()
    await done(act(provider, theirs, 'suspend'))
    await processIn(plane, provider, 'transferprocesses', theirs, ['SUSPENDED'])
    const message = dspMessage('TransferStartMessage', { providerPid: theirs, consumerPid: ours })
    const answer = await sendDsp(plane, consumer, provider, `/transfers/${theirs}/start`, message)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'TransferError', code: 'dsp.invalid-transition' })
  })
})

describe('ending a transfer', () => {
  it.each(['consumer', 'provider'] as const)(
    'the %s ends it: both data planes stop, the token is dead',
    async (side) => {
      const { ours, theirs } = await started()
      const edr = (await read(consumer, `/edrs/${ours}/dataaddress`)).body
      const [who, id, other, otherId] =
        side === 'consumer' ? [consumer, ours, provider, theirs] : [provider, theirs, consumer, ours]
      await done(act(who, id, 'terminate'))
      await processIn(plane, who, 'transferprocesses', id, ['TERMINATED'])
      const ended = await processIn(plane, other, 'transferprocesses', otherId, ['TERMINATED'])
      expect(ended).toMatchObject({
        errorCode: 'termination.requested',
        errorDetail: 'Because.',
        errorSide: 'COUNTERPARTY',
      })
      await waitFor('both data planes to stop', async () =>
        [ours, theirs].every((flow) => plane.plane.flow(flow)?.state === 'TERMINATED'),
      )
      const late = await fetch(String(edr.endpoint), { headers: { authorization: `Bearer ${edr.authorization}` } })
      expect(late.status).toBe(403)
      expect((await act(who, id, 'terminate')).status).toBe(409)
    },
  )

  it('DPS-11: a data plane that has moved everything completes it on both sides', async () => {
    const { ours, theirs } = await started()
    expect((await report(consumer, ours, 'completed', { dataFlowId: ours, state: 'COMPLETED' })).status).toBe(200)
    await processIn(plane, consumer, 'transferprocesses', ours, ['COMPLETED'])
    await processIn(plane, provider, 'transferprocesses', theirs, ['COMPLETED'])
    await waitFor(
      'the provider’s data plane to hear of it',
      async () => plane.plane.flow(theirs)?.state === 'COMPLETED',
    )
    expect((await report(consumer, ours, 'completed', { state: 'COMPLETED' })).status).toBe(200)
  })

  it('DPS-12: an error that a data plane reports changes no state and stays on this side', async () => {
    const { ours, theirs } = await started()
    expect((await report(provider, theirs, 'errored', { state: 'STARTED', error: 'The source is slow.' })).status).toBe(
      200,
    )
    expect((await read(provider, `/transferprocesses/${theirs}`)).body).toMatchObject({
      state: 'STARTED',
      errorDetail: 'The source is slow.',
    })
    expect((await read(consumer, `/transferprocesses/${ours}`)).body).not.toHaveProperty('errorDetail')
  })
})

describe('a transfer request that is refused', () => {
  const requestMessage = (members: object) =>
    dspMessage('TransferRequestMessage', {
      consumerPid: `urn:uuid:${randomUUID()}`,
      format: 'HttpData-PULL',
      callbackAddress: dspAddress(plane, consumer),
      ...members,
    })
  const agreementId = async () => {
    const { body } = await read(consumer, `/contractagreements/${contract.contractAgreementId}`)
    return String(body.agreementId)
  }
  const address = { '@type': 'DataAddress', endpointType: 'x', endpoint: 'https://sink.example' }

  it('DSP-36: an agreement of others looks unknown', async () => {
    const stranger = await makeParticipant(plane, 'stranger')
    const message = requestMessage({ agreementId: await agreementId() })
    const foreign = await sendDsp(plane, stranger, provider, '/transfers/request', message)
    const unknown = await sendDsp(
      plane,
      stranger,
      provider,
      '/transfers/request',
      requestMessage({ agreementId: 'none' }),
    )
    for (const answer of [foreign, unknown]) {
      expect(answer.status).toBe(404)
      expect(answer.body).toMatchObject({ '@type': 'TransferError', code: 'dsp.unknown-agreement' })
    }
  })

  it.each([
    { rule: 'DSP-37', members: { format: 'AmazonS3-PULL' }, code: 'dsp.unsupported-format' },
    { rule: 'DSP-38', members: { dataAddress: address }, code: 'dsp.unexpected-data-address' },
    { rule: 'DSP-38', members: { format: 'HttpData-PUSH' }, code: 'dsp.unexpected-data-address' },
  ])('$rule: is answered with $code', async ({ members, code }) => {
    const message = requestMessage({ agreementId: await agreementId(), ...members })
    const answer = await sendDsp(plane, consumer, provider, '/transfers/request', message)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ '@type': 'TransferError', code })
  })

  it('ends the consumer’s transfer when the policy is no longer satisfied, with code and reason', async () => {
    const member = await makeParticipant(plane, 'member')
    const ours = await negotiate(plane, member, provider, 'asset-1')
    // The member's own agent presents the other credential only from now on.
    plane.hub.withhold(member.did, 'MembershipCredential')
    const id = await requestTransfer(plane, member, provider, String(ours.contractAgreementId))
    const ended = await processIn(plane, member, 'transferprocesses', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'policy.not-satisfied', errorSide: 'COUNTERPARTY' })
    expect(signalsOf(id)).toEqual(['prepare', 'terminate'])
  })

  it('DSP-39: the same consumerPid again is the same transfer', async () => {
    const message = requestMessage({ agreementId: await agreementId() })
    const first = await sendDsp(plane, consumer, provider, '/transfers/request', message)
    const again = await sendDsp(plane, consumer, provider, '/transfers/request', {
      ...message,
      '@id': 'urn:uuid:other',
    })
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ '@type': 'TransferProcess', state: 'REQUESTED' })
    expect(again.status).toBe(201)
    expect(again.body.providerPid).toBe(first.body.providerPid)
  })
})

describe('a callback about a transfer', () => {
  it('DPS-18: counts from the data plane of that transfer only; others learn nothing', async () => {
    const { ours } = await started()
    const foreign = await report(consumer, ours, 'completed', { state: 'COMPLETED' }, 'another-data-plane')
    const unknown = await report(consumer, 'none', 'completed', { state: 'COMPLETED' })
    const elsewhere = await report(provider, ours, 'completed', { state: 'COMPLETED' })
    for (const answer of [foreign, unknown, elsewhere]) {
      expect(answer.status).toBe(404)
      expect(answer.body.code).toBe('dps.unknown-transfer')
    }
    expect((await read(consumer, `/transferprocesses/${ours}`)).body.state).toBe('STARTED')
  })

  it('DPS-28: the agreement is that of the transfer', async () => {
    const { theirs } = await started()
    const url = `${plane.signalingUrl}/api/signaling/participants/${provider.context}/transfers/${theirs}/agreement`
    const answer = await call(url, 'GET', undefined, await workloadToken(plane))
    expect(answer.body).toMatchObject({ '@type': 'Agreement', target: 'asset-1', assignee: consumer.did })
    expect((await call(url, 'GET', undefined, await workloadToken(plane, 'another'))).status).toBe(404)
  })
})

describe('a data plane', () => {
  it('that cannot be reached ends the transfer after the last try, and the counterparty learns nothing of it', async () => {
    plane.plane.unavailable = true
    const id = await requestTransfer(plane, consumer, provider, String(contract.contractAgreementId))
    const ended = await processIn(plane, consumer, 'transferprocesses', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'dps.plane-unavailable', errorSide: 'US' })
    expect(ended).not.toHaveProperty('correlationId')
  })

  it('is needed: without one for the transfer type the request is refused', async () => {
    const body = managed('TransferRequest', {
      counterPartyAddress: dspAddress(plane, provider),
      protocol: testProfile,
      contractId: contract.contractAgreementId,
      transferType: 'Kafka-PULL',
    })
    const path = `/participants/${consumer.context}/transferprocesses`
    const answer = await plane.api('POST', path, { body, token: consumer.token })
    expect(answer.status).toBe(400)
    expect(answer.body[0]).toMatchObject({ code: 'management.no-data-plane', path: 'transferType' })
  })
})
