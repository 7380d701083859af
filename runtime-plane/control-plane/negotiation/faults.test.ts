import { afterEach, describe, expect, it } from 'vitest'
import {
  type Body,
  type ControlPlaneUnderTest,
  startControlPlane,
  type TestOptions,
} from '../testing/control-plane-under-test.ts'
import { messageToken, sendDsp } from '../testing/counterparty-messages.ts'
import { type CrashPoint, crashAt } from '../testing/crash.ts'
import { counterpart, processIn, readCatalog, requestContract } from '../testing/journeys.ts'
import {
  done,
  makeDataspace,
  makeParticipant,
  managed,
  type Participant,
  publish,
  testProfile,
} from '../testing/participants.ts'

let plane: ControlPlaneUnderTest

afterEach(() => plane.stop())

async function start(options: TestOptions = {}): Promise<{ provider: Participant; consumer: Participant }> {
  plane = await startControlPlane(options)
  await makeDataspace(plane)
  const provider = await makeParticipant(plane, 'provider')
  const consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
  return { provider, consumer }
}

const agreementsOf = async (participant: Participant): Promise<readonly Body[]> => {
  const path = `/participants/${participant.context}/contractagreements/request`
  const { body } = await done(plane.api('POST', path, { body: managed('QuerySpec', {}), token: participant.token }))
  return body as unknown as readonly Body[]
}

/** Processes with a task: whoever has not ended must be among them. */
async function withTasks(): Promise<readonly string[]> {
  const database = await plane.database.forService('control_plane', [])
  const due = await database.system('test.tasks', (tx) =>
    tx.rows<{ id: string }>('select process_id as id from control_plane.process_task'),
  )
  return due.map((row) => row.id)
}

describe('an instance that dies in a negotiation', () => {
  const points: readonly CrashPoint[] = [
    'dsp.ContractRequestMessage',
    'dsp.ContractAgreementMessage',
    'dsp.ContractAgreementVerificationMessage',
    'dsp.ContractNegotiationEventMessage',
  ].flatMap((purpose) => [
    { purpose, when: 'before the call' as const },
    { purpose, when: 'after the call' as const },
  ])

  it.each(points)('goes on with the same message id when it dies $when of $purpose', async (point) => {
    const crash = crashAt(point)
    const { provider, consumer } = await start({ intercept: crash.intercept })
    const id = await requestContract(plane, consumer, provider, 'asset-1')
    await crash.reached
    await plane.drop()
    await plane.restart({ intercept: crash.intercept })
    const ours = await processIn(plane, consumer, 'contractnegotiations', id, ['FINALIZED'])
    await processIn(plane, provider, 'contractnegotiations', String(ours.correlationId), ['FINALIZED'])

    const ids = crash.bodies.map((body) => (body as Body)['@id'])
    expect(ids.length).toBeGreaterThanOrEqual(2)
    expect(new Set(ids).size).toBe(1)
    const [mine, theirs] = [await agreementsOf(consumer), await agreementsOf(provider)]
    expect(mine).toHaveLength(1)
    expect(theirs).toHaveLength(1)
    expect(mine[0]?.agreementId).toBe(theirs[0]?.agreementId)
    await counterpart(plane, provider, 'contractnegotiations', id)
  })
})

describe('a counterparty that fails', () => {
  it('ends the consumer’s negotiation after the last try, with the reason', async () => {
    const { provider, consumer } = await start({ retry: { limit: 3, baseMs: 5, maxMs: 10 } })
    plane.peer.answer = async () => ({ status: 503, body: {} })
    const id = await requestAt(plane.peer.url, provider, consumer)
    const ended = await processIn(plane, consumer, 'contractnegotiations', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'dsp.counterparty-unavailable', errorSide: 'COUNTERPARTY' })
    expect(plane.peer.received).toHaveLength(3)
    const tokens = plane.peer.received.map((request) => request.headers.authorization)
    expect(new Set(tokens).size).toBe(3)
    const ids = plane.peer.received.map((request) => (JSON.parse(request.text) as Body)['@id'])
    expect(new Set(ids).size).toBe(1)
  })

  it('ends it at once when a retry cannot help, with the counterparty’s own code', async () => {
    const { provider, consumer } = await start()
    plane.peer.answer = async () => ({ status: 400, body: { code: 'their-code', reason: ['We are closed.'] } })
    const id = await requestAt(plane.peer.url, provider, consumer)
    const ended = await processIn(plane, consumer, 'contractnegotiations', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'their-code', errorDetail: 'We are closed.', errorSide: 'COUNTERPARTY' })
    expect(plane.peer.received).toHaveLength(1)
  })

  it('is tried again when it could not authenticate us because of something unreachable', async () => {
    const { provider, consumer } = await start()
    plane.peer.answer = async () =>
      plane.peer.received.length === 1
        ? { status: 401, body: { code: 'dcp.presentation-unavailable', reason: ['…'] } }
        : { status: 400, body: { code: 'closed' } }
    const id = await requestAt(plane.peer.url, provider, consumer)
    await processIn(plane, consumer, 'contractnegotiations', id, ['TERMINATED'])
    expect(plane.peer.received).toHaveLength(2)
  })

  it('meets a deadline when it stays silent after its acknowledgement', async () => {
    const { provider, consumer } = await start({ deadlines: { negotiationMs: 50, transferMs: 60_000 } })
    plane.peer.answer = async (request) =>
      request.path.endsWith('/negotiations/request')
        ? {
            status: 201,
            body: {
              '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'],
              '@type': 'ContractNegotiation',
              providerPid: 'their-pid',
              consumerPid: (JSON.parse(request.text) as Body).consumerPid,
              state: 'REQUESTED',
            },
          }
        : { status: 200 }
    const id = await requestAt(plane.peer.url, provider, consumer)
    const ended = await processIn(plane, consumer, 'contractnegotiations', id, ['TERMINATED'])
    expect(ended).toMatchObject({ errorCode: 'termination.no-answer', errorSide: 'US', correlationId: 'their-pid' })
    const last = plane.peer.received.at(-1)
    expect(last?.path).toBe('/negotiations/their-pid/termination')
    expect(JSON.parse(last?.text ?? '')).toMatchObject({
      code: 'termination.no-answer',
      providerPid: 'their-pid',
      consumerPid: id,
    })
  })

  it('may answer to our message before its acknowledgement is stored (state implied)', async () => {
    const { provider, consumer } = await start()
    // The peer hands the consumer its agreement while the consumer's request is still open.
    plane.peer.answer = async (request) => {
      if (!request.path.endsWith('/negotiations/request')) return { status: 200 }
      const message = JSON.parse(request.text) as Body
      const offer = message.offer as Body
      const answer = await sendDsp(plane, provider, consumer, `/negotiations/${message.consumerPid}/agreement`, {
        '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'],
        '@id': 'urn:uuid:early',
        '@type': 'ContractAgreementMessage',
        providerPid: 'early-pid',
        consumerPid: message.consumerPid,
        agreement: {
          '@type': 'Agreement',
          '@id': 'early-agreement',
          target: offer.target,
          assigner: provider.did,
          assignee: consumer.did,
          timestamp: new Date().toISOString(),
          permission: offer.permission,
        },
      })
      expect(answer.status).toBe(200)
      return {
        status: 201,
        body: { ...message, '@type': 'ContractNegotiation', providerPid: 'early-pid', state: 'REQUESTED' },
      }
    }
    const id = await requestAt(plane.peer.url, provider, consumer)
    const ours = await processIn(plane, consumer, 'contractnegotiations', id, ['VERIFIED'])
    expect(ours).toMatchObject({ correlationId: 'early-pid' })
    expect(await withTasks()).toContain(id)
  })
})

describe('a token', () => {
  it('DCP-10: is good for one message', async () => {
    const { provider, consumer } = await start()
    const token = await messageToken(plane, consumer, provider)
    const catalog = { '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'], '@type': 'CatalogRequestMessage' }
    expect((await sendDsp(plane, consumer, provider, '/catalog/request', catalog, token)).status).toBe(200)
    const again = await sendDsp(plane, consumer, provider, '/catalog/request', catalog, token)
    expect(again.status).toBe(401)
    expect(again.body).toMatchObject({ '@type': 'CatalogError', code: 'dcp.replayed' })
  })

  it('is spent by a refused message, too', async () => {
    const { provider, consumer } = await start()
    const token = await messageToken(plane, consumer, provider)
    expect((await sendDsp(plane, consumer, provider, '/negotiations/unknown', undefined, token)).status).toBe(404)
    const again = await sendDsp(plane, consumer, provider, '/negotiations/unknown', undefined, token)
    expect(again.body.code).toBe('dcp.replayed')
  })

  it('is not spent when the fault was ours: the sender may repeat with it', async () => {
    let broken = true
    const { provider, consumer } = await start({
      intercept: (outbound) => ({
        ...outbound,
        send: async (request) => {
          if (broken && request.purpose === 'dcp.token-service' && JSON.stringify(request.body).includes('"token":')) {
            return { status: 503, headers: {}, body: Buffer.from('{}'), text: () => '{}', json: () => ({}) }
          }
          return outbound.send(request)
        },
      }),
    })
    const token = await messageToken(plane, consumer, provider)
    const catalog = { '@context': ['https://w3id.org/dspace/2025/1/context.jsonld'], '@type': 'CatalogRequestMessage' }
    const failed = await sendDsp(plane, consumer, provider, '/catalog/request', catalog, token)
    expect(failed.status).toBe(503)
    broken = false
    expect((await sendDsp(plane, consumer, provider, '/catalog/request', catalog, token)).status).toBe(200)
  })
})

/** Requests the contract of an offer at an address that is not the provider's. */
async function requestAt(address: string, provider: Participant, consumer: Participant): Promise<string> {
  const [dataset] = await readCatalog(plane, consumer, provider)
  const body = managed('ContractRequest', {
    counterPartyAddress: address,
    protocol: testProfile,
    policy: { ...dataset?.hasPolicy[0], assigner: provider.did, target: 'asset-1' },
  })
  const path = `/participants/${consumer.context}/contractnegotiations`
  const reply = await done(plane.api('POST', path, { body, token: consumer.token }))
  return String(reply.body['@id'])
}
