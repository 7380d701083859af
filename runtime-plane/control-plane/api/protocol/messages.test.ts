import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, type ControlPlaneUnderTest, startControlPlane } from '../../testing/control-plane-under-test.ts'
import { counterpart, negotiate, processIn, requestContract, requestTransfer } from '../../testing/journeys.ts'
import { done, makeDataspace, makeParticipant, managed, type Participant, publish } from '../../testing/participants.ts'
import { dspSchema, haveSchemas, problemsOf } from '../../testing/published-schemas.ts'

let plane: ControlPlaneUnderTest
let provider: Participant
let consumer: Participant
/** Every DSP message that went out, with what came back. */
const exchanges: {
  readonly purpose: string
  readonly sent: unknown
  readonly status: number
  readonly answer: string
}[] = []

beforeAll(async () => {
  plane = await startControlPlane({
    intercept: (outbound) => ({
      ...outbound,
      send: async (request) => {
        const response = await outbound.send(request)
        if (request.purpose.startsWith('dsp.')) {
          exchanges.push({
            purpose: request.purpose,
            sent: request.body,
            status: response.status,
            answer: response.text(),
          })
        }
        return response
      },
    }),
  })
  await makeDataspace(plane)
  provider = await makeParticipant(plane, 'provider')
  consumer = await makeParticipant(plane, 'consumer')
  await publish(plane, provider, 'asset-1')
})

afterAll(() => plane.stop())

const schemas: Readonly<Record<string, string>> = {
  CatalogRequestMessage: 'catalog/catalog-request-message',
  ContractRequestMessage: 'negotiation/contract-request-message',
  ContractAgreementMessage: 'negotiation/contract-agreement-message',
  ContractAgreementVerificationMessage: 'negotiation/contract-agreement-verification-message',
  ContractNegotiationEventMessage: 'negotiation/contract-negotiation-event-message',
  ContractNegotiationTerminationMessage: 'negotiation/contract-negotiation-termination-message',
  TransferRequestMessage: 'transfer/transfer-request-message',
  TransferStartMessage: 'transfer/transfer-start-message',
  TransferSuspensionMessage: 'transfer/transfer-suspension-message',
  TransferTerminationMessage: 'transfer/transfer-termination-message',
}

const answers: Readonly<Record<string, string>> = {
  Catalog: 'catalog/catalog',
  ContractNegotiation: 'negotiation/contract-negotiation',
  ContractNegotiationError: 'negotiation/contract-negotiation-error',
  TransferProcess: 'transfer/transfer-process',
  TransferError: 'transfer/transfer-error',
}

describe.skipIf(!haveSchemas)('what goes over the wire', () => {
  it('DSP-05, DSP-43: is valid under the published schemas, messages and answers alike', async () => {
    const contract = await negotiate(plane, consumer, provider, 'asset-1')
    const poor = await makeParticipant(plane, 'poor', ['ParticipantCredential'])
    const refused = await requestContract(plane, poor, provider, 'asset-1')
    await processIn(plane, poor, 'contractnegotiations', refused, ['TERMINATED'])
    const unknown = await requestContract(plane, consumer, provider, 'asset-1', (policy) => ({
      ...policy,
      '@id': 'none',
    }))
    await processIn(plane, consumer, 'contractnegotiations', unknown, ['TERMINATED'])
    const transfer = await requestTransfer(plane, consumer, provider, String(contract.contractAgreementId))
    await processIn(plane, consumer, 'transferprocesses', transfer, ['STARTED'])
    const theirs = String((await counterpart(plane, provider, 'transferprocesses', transfer))['@id'])
    await processIn(plane, provider, 'transferprocesses', theirs, ['STARTED'])
    const base = `/participants/${provider.context}/transferprocesses/${theirs}`
    await done(plane.api('POST', `${base}/suspend`, { body: managed('SuspendTransfer', { reason: 'A pause.' }) }))
    await processIn(plane, provider, 'transferprocesses', theirs, ['SUSPENDED'])
    await done(plane.api('POST', `${base}/terminate`, { body: managed('TerminateTransfer', { reason: 'The end.' }) }))
    await processIn(plane, provider, 'transferprocesses', theirs, ['TERMINATED'])
    const orphan = await requestTransfer(
      plane,
      consumer,
      provider,
      String(contract.contractAgreementId),
      'HttpData-PUSH',
    )
    await processIn(plane, consumer, 'transferprocesses', orphan, ['STARTED'])

    const seen = new Set<string>()
    for (const { purpose, sent, answer } of exchanges) {
      const type = purpose.replace('dsp.', '')
      const schema = schemas[type]
      if (schema === undefined) continue
      seen.add(type)
      expect({ type, problems: problemsOf(dspSchema(schema), sent) }).toEqual({ type, problems: [] })
      if (answer === '') continue
      const body = JSON.parse(answer) as Body
      const answerType = String(body['@type'])
      seen.add(answerType)
      const problems = problemsOf(dspSchema(answers[answerType] ?? 'unknown'), body)
      expect({ answerType, problems }).toEqual({ answerType, problems: [] })
    }
    expect([...Object.keys(schemas)].filter((type) => !seen.has(type))).toEqual([])
    expect(seen).toContain('ContractNegotiationError')
    expect(seen).toContain('Catalog')
  })

  it('carries an @id that a repeat keeps (DSP-50), and never a context or row id of the other side’s platform', () => {
    for (const { purpose, sent } of exchanges) {
      if (purpose === 'dsp.CatalogRequestMessage') continue
      expect((sent as Body)['@id']).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
    }
  })
})
