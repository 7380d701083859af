import { randomUUID } from 'node:crypto'
import {
  type CounterpartServer,
  type GivenAnswer,
  type ReceivedRequest,
  serveCounterpart,
} from '../counterpart-server.ts'
import {
  type Answer,
  call,
  eventually,
  expectEqual,
  expectShape,
  expectSuccess,
  type JsonObject,
  statusShape,
} from './expectations.ts'
import { createRenewalClient, type RenewalClient } from './renewal-client.ts'

/** What a data set means to the data plane under test; nothing in the messages says it. */
export type FlowKind = 'sync' | 'async' | 'finite'

/** The data plane under test, as this suite is told about it. */
export interface DataPlaneUnderTest {
  /** Base of `/dataflows/…`. */
  readonly url: string
  /** Sent with every call. */
  readonly authorization: string
  /** Participant that it works for; audience of a client's token for renewal. */
  readonly participantId: string
  readonly datasets: Readonly<Record<FlowKind, string>>
  readonly profiles: { readonly pull: string; readonly push: string; readonly httpPull: string }
  readonly patienceMs: number
}

/** A control plane, for one sequence. */
export interface DataPlanePeer {
  readonly target: DataPlaneUnderTest
  /** DID of the counterparty that the flows are with: this suite's own. */
  readonly did: string
  readonly renewal: RenewalClient
  prepare(profile: string, kind?: FlowKind): Promise<Flow>
  start(profile: string, kind?: FlowKind, dataAddress?: JsonObject): Promise<Flow>
}

/** A flow that the data plane has answered for. */
export interface Flow {
  readonly id: string
  readonly processId: string
  /** The answer to prepare or start. */
  readonly answer: Answer
  /** `started`, `suspend`, `resume`, `terminate`, `completed`. */
  signal(name: string, body?: JsonObject): Promise<Answer>
  expectState(state: string): Promise<void>
  /** Waits for the data plane's own report about the flow. */
  expectReport(name: 'prepared' | 'started' | 'completed'): Promise<JsonObject>
}

interface Report {
  readonly processId: string
  readonly name: string
  readonly body: JsonObject
}

/** An address as a counterparty gives it, with what renewal of its token needs. */
export function renewableAddress(endpointType: string, endpoint: string): JsonObject {
  const property = (name: string, value: string) => ({ '@type': 'EndpointProperty', name, value })
  return {
    '@type': 'DataAddress',
    endpointType,
    endpoint,
    endpointProperties: [
      property('authType', 'bearer'),
      property('authorization', randomUUID()),
      property('refreshToken', randomUUID()),
      property('expiresIn', '300'),
      property('refreshEndpoint', `${endpoint}/token`),
    ],
  }
}

/** An address without renewal; the official kit's push addresses name no type. */
export function plainAddress(endpointType: string, endpoint: string): JsonObject {
  return { endpointType, endpoint, endpointProperties: [] }
}

/** Listens as the control plane that the data plane reports to, and as the counterparty's DID document. */
export async function serveDataPlanePeer(): Promise<{
  readonly server: CounterpartServer
  readonly did: string
  readonly peerFor: (target: DataPlaneUnderTest) => DataPlanePeer
}> {
  const reports: Report[] = []
  const renewal = await createRenewalClient()
  const server = await serveCounterpart((request) => receive(request))
  const did = `did:web:${new URL(server.url).host.replace(':', '%3A')}`
  const receive = ({ method, path, body }: ReceivedRequest): GivenAnswer => {
    if (path === '/.well-known/did.json') return { status: 200, body: renewal.documentOf(did) }
    if (path === '/token')
      return { status: 200, body: { access_token: randomUUID(), token_type: 'Bearer', expires_in: 600 } }
    const [, processId, name] = /^\/transfers\/([^/]+)\/dataflow\/([a-z]+)$/.exec(path) ?? []
    if (processId !== undefined && name !== undefined && method === 'POST') {
      reports.push({ processId: decodeURIComponent(processId), name, body: body as JsonObject })
      return { status: 200, body: {} }
    }
    // What a pushing data plane delivers, and what a pulling one reads, is nobody's business here.
    return { status: 200, body: {} }
  }
  return { server, did, peerFor: (target) => createPeer(target, did, renewal, reports) }
}

function createPeer(
  target: DataPlaneUnderTest,
  did: string,
  renewal: RenewalClient,
  reports: readonly Report[],
): DataPlanePeer {
  const headers = { authorization: target.authorization }
  const open = async (name: 'prepare' | 'start', profile: string, kind: FlowKind, more: JsonObject): Promise<Flow> => {
    const processId = randomUUID()
    const answer = await call('POST', `${target.url}/dataflows/${name}`, headers, {
      messageId: randomUUID(),
      participantId: target.participantId,
      counterPartyId: did,
      dataspaceContext: 'conformance-dataspace',
      processId,
      agreementId: `agreement-${processId}`,
      datasetId: target.datasets[kind],
      profile,
      claims: {},
      ...more,
    })
    expectSuccess(name, answer)
    expectShape(`the answer to ${name}`, answer.body, statusShape)
    return flowOf(target, headers, processId, answer, reports)
  }
  return {
    target,
    did,
    renewal,
    prepare: (profile, kind = 'sync') => open('prepare', profile, kind, {}),
    start: (profile, kind = 'sync', dataAddress) => open('start', profile, kind, dataAddress ? { dataAddress } : {}),
  }
}

function flowOf(
  target: DataPlaneUnderTest,
  headers: Readonly<Record<string, string>>,
  processId: string,
  answer: Answer,
  reports: readonly Report[],
): Flow {
  const id = String(answer.body.dataFlowId)
  const url = `${target.url}/dataflows/${encodeURIComponent(id)}`
  return {
    id,
    processId,
    answer,
    signal: (name, body = {}) =>
      call('POST', `${url}/${name}`, headers, name === 'completed' ? body : { messageId: randomUUID(), ...body }),
    expectState: async (state) => {
      await eventually(`the state ${state}`, target.patienceMs, async () => {
        const status = await call('GET', `${url}/status`, headers)
        if (status.status !== 200 || status.body.state !== state) return undefined
        expectEqual('its dataFlowId', status.body.dataFlowId, id)
        return true
      })
    },
    expectReport: async (name) => {
      const report = await eventually(`the report ${name}`, target.patienceMs, () =>
        reports.find((one) => one.processId === processId && one.name === name),
      )
      expectShape(`the report ${name}`, report.body, statusShape)
      expectEqual('its dataFlowId', report.body.dataFlowId, id)
      expectEqual('its state', report.body.state, name.toUpperCase())
      return report.body
    },
  }
}
