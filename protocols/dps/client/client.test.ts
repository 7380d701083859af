import { isRetryable, WeftError } from '@weft/foundation/errors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CounterpartyServer, startCounterpartyServer } from '../../dsp/testing/counterparty-server.ts'
import { sampleAgreement } from '../../dsp/testing/sample-messages.ts'
import { serialisePolicy } from '../../policy/index.ts'
import { buildHttpAddress } from '../http-profile.ts'
import { httpPullProfile } from '../profiles.ts'
import { type DpsCall, dpsRefusalOf } from './exchange.ts'
import { readTransferAgreement, registerDataPlane, reportDataFlow, unregisterDataPlane } from './to-control-plane.ts'
import {
  completeDataFlow,
  notifyDataFlowStarted,
  prepareDataFlow,
  readDataFlowStatus,
  registerControlPlane,
  resumeDataFlow,
  startDataFlow,
  suspendDataFlow,
  terminateDataFlow,
  unregisterControlPlane,
} from './to-data-plane.ts'

let server: CounterpartyServer
let call: DpsCall

beforeAll(async () => {
  server = await startCounterpartyServer()
  call = { outbound: server.outbound, endpoint: `${server.origin}/signaling/`, token: 'fresh' }
})
afterAll(() => server.close())

const messageId = 'm-1'
const opening = {
  messageId,
  participantId: 'did:web:p',
  counterPartyId: 'did:web:c',
  dataspaceContext: 'x',
  processId: 't/1',
  agreementId: 'a',
  datasetId: 'd',
  profile: httpPullProfile,
  claims: {},
  labels: [],
}
const dataAddress = buildHttpAddress(httpPullProfile, { endpoint: 'https://p.example/data', token: 't' })
const answered = { dataFlowId: 'f', state: 'STARTED', messageId: 'm-2' } as const

async function refusalOf(sending: Promise<unknown>): Promise<WeftError> {
  const thrown: unknown = await sending.then(() => undefined).catch((error: unknown) => error)
  if (thrown instanceof WeftError) return thrown
  throw new Error(`not refused: ${String(thrown)}`)
}

describe('calls to the other plane', () => {
  const calls: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['POST', '/dataflows/prepare', () => prepareDataFlow(call, { type: 'DataFlowPrepareMessage', ...opening })],
    ['POST', '/dataflows/start', () => startDataFlow(call, { type: 'DataFlowStartMessage', ...opening })],
    [
      'POST',
      '/dataflows/t%2F1/started',
      () => notifyDataFlowStarted(call, 't/1', { type: 'DataFlowStartedNotificationMessage', messageId, dataAddress }),
    ],
    [
      'POST',
      '/dataflows/t%2F1/suspend',
      () => suspendDataFlow(call, 't/1', { type: 'DataFlowSuspendMessage', messageId }),
    ],
    [
      'POST',
      '/dataflows/t%2F1/resume',
      () => resumeDataFlow(call, 't/1', { type: 'DataFlowResumeMessage', messageId }),
    ],
    [
      'POST',
      '/dataflows/t%2F1/terminate',
      () => terminateDataFlow(call, 't/1', { type: 'DataFlowTerminateMessage', messageId, reason: 'r' }),
    ],
    ['POST', '/dataflows/t%2F1/completed', () => completeDataFlow(call, 't/1')],
    ['GET', '/dataflows/t%2F1/status', () => readDataFlowStatus(call, 't/1')],
    [
      'PUT',
      '/controlplanes',
      () =>
        registerControlPlane(call, {
          type: 'ControlPlaneRegistrationMessage',
          controlplaneId: 'cp',
          endpoint: 'https://cp.example',
        }),
    ],
    ['DELETE', '/controlplanes/cp', () => unregisterControlPlane(call, 'cp')],
    [
      'POST',
      '/transfers/t%2F1/dataflow/prepared',
      () => reportDataFlow(call, 't/1', 'prepared', { type: 'DataFlowStatusMessage', ...answered }),
    ],
    [
      'POST',
      '/transfers/t%2F1/dataflow/started',
      () => reportDataFlow(call, 't/1', 'started', { type: 'DataFlowStatusMessage', ...answered, dataAddress }),
    ],
    [
      'POST',
      '/transfers/t%2F1/dataflow/completed',
      () => reportDataFlow(call, 't/1', 'completed', { type: 'DataFlowStatusMessage', ...answered }),
    ],
    [
      'POST',
      '/transfers/t%2F1/dataflow/errored',
      () => reportDataFlow(call, 't/1', 'errored', { type: 'DataFlowStatusMessage', ...answered, error: 'e' }),
    ],
    [
      'PUT',
      '/dataplanes',
      () =>
        registerDataPlane(call, {
          type: 'DataPlaneRegistrationMessage',
          dataplaneId: 'dp',
          endpoint: 'https://dp.example',
          profiles: [httpPullProfile],
          labels: [],
        }),
    ],
    ['DELETE', '/dataplanes/dp', () => unregisterDataPlane(call, 'dp')],
  ]

  it.each(calls)('%s %s', async (method, path, send) => {
    server.answerWith({ body: answered })
    await send()
    expect(server.received).toMatchObject([{ method, path: `/signaling${path}`, authorization: 'Bearer fresh' }])
    const [{ body } = { body: undefined }] = server.received
    expect(body === undefined).toBe(method === 'GET' || method === 'DELETE')
    if (path.endsWith('/completed') && path.startsWith('/dataflows')) expect(body).toEqual({})
  })

  it.each(calls)('%s %s says whether a retry may help', async (_method, _path, send) => {
    for (const [status, code, retryable] of [
      [400, 'dps.plane-refused', false],
      [401, 'dps.plane-unauthorized', false],
      [404, 'dps.plane-unaware', false],
      [429, 'dps.plane-unavailable', true],
      [503, 'dps.plane-unavailable', true],
    ] as const) {
      server.answerWith({ status, body: { error: 'because\nso' } })
      const error = await refusalOf(send())
      expect([error.code, isRetryable(error)]).toEqual([code, retryable])
      expect(dpsRefusalOf(error)).toEqual({ status, reason: 'because so' })
    }
  })
})

describe('answers of the other plane', () => {
  const start = () => startDataFlow(call, { type: 'DataFlowStartMessage', ...opening })

  it('DPS-27: without a flow id, the process id stands for it', async () => {
    server.answerWith({ body: { state: 'STARTED' } })
    expect(await start()).toEqual({ dataFlowId: 't/1', state: 'STARTED' })
    server.answerWith({
      status: 202,
      headers: { location: '/dataflows/f/status' },
      body: { ...answered, state: 'STARTING' },
    })
    expect(await start()).toEqual({ dataFlowId: 'f', state: 'STARTING' })
  })

  it('carry the data address of a pull', async () => {
    const address = {
      endpointType: 'x',
      endpoint: 'https://p.example',
      endpointProperties: [{ name: 'authorization', value: 't' }],
    }
    server.answerWith({ body: { ...answered, dataAddress: address } })
    expect((await start()).dataAddress).toEqual({
      endpointType: 'x',
      endpoint: 'https://p.example',
      properties: { authorization: 't' },
    })
  })

  it('that are none are the plane’s fault', async () => {
    for (const body of ['', 'OK', { state: 'RUNNING' }, {}]) {
      server.answerWith({ body })
      expect((await refusalOf(start())).code).toBe('dps.plane-malformed')
    }
  })

  it('DPS-28: the agreement of a transfer is read as a policy', async () => {
    server.answerWith({ body: { '@context': [], ...serialisePolicy(sampleAgreement) } })
    expect(await readTransferAgreement(call, 't/1')).toEqual(sampleAgreement)
    expect(server.received).toMatchObject([{ method: 'GET', path: '/signaling/transfers/t%2F1/agreement' }])
    server.answerWith({ body: { '@type': 'Set', permission: [{ action: 'use' }] } })
    expect((await refusalOf(readTransferAgreement(call, 't/1'))).code).toBe('dps.plane-malformed')
  })
})
