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
  controlPlaneShapes,
  eventually,
  expectEqual,
  expectShape,
  expectSuccess,
  Finding,
  type JsonObject,
} from './expectations.ts'

/** The control plane under test, as this suite is told about it. */
export interface ControlPlaneUnderTest {
  /** Base of its DSP endpoints. */
  readonly protocolUrl: string
  /** Base of the endpoints that data planes call. */
  readonly signalingUrl: string
  /** `POST {triggerUrl}/dataflows/trigger` begins a transfer as a consumer and answers `{ "id" }`. */
  readonly triggerUrl: string
  /** The agreement under which it is consumer, and the one under which it is provider. */
  readonly agreements: { readonly consumer: string; readonly provider: string }
  readonly datasetId: string
  readonly transferType: string
  readonly patienceMs: number
}

/** What the data plane of this suite answers to prepare and start: when it is done, or that it will report. */
export type Conduct = 'sync' | 'async'

/** A data plane and a counterparty in one, for one sequence. */
export interface ControlPlanePeer {
  /** The participant that the control plane acts for begins a transfer as consumer. Gives its process id. */
  trigger(conduct: Conduct): Promise<string>
  /** The counterparty asks for a transfer as consumer. Gives the process id of the control plane under test. */
  request(conduct: Conduct): Promise<string>
  /** Waits for the next call to the data plane about a process, checks its shape, and that it is this one. */
  expectCall(processId: string, name: string): Promise<JsonObject>
  /** Waits for the next DSP message to the counterparty about a process, and that it is this one: `request`, `start`. */
  expectMessage(processId: string, name: string): Promise<JsonObject>
  /** The counterparty's message about a process: `start`, `completion`, `suspension`, `termination`. */
  send(processId: string, name: string): Promise<void>
  /** The data plane's report: `prepared` or `started`. */
  report(processId: string, name: 'prepared' | 'started'): Promise<void>
  /** Waits until the process shows this state to the counterparty. */
  expectState(processId: string, state: string): Promise<void>
}

interface Received {
  readonly name: string
  readonly body: JsonObject
  taken: boolean
}

const dspContext = 'https://w3id.org/dspace/2025/1/context.jsonld'

/** Listens on one address as data plane and as counterparty, and gives each sequence a peer with an empty record. */
export async function serveControlPlanePeer(): Promise<{
  readonly server: CounterpartServer
  readonly peerFor: (target: ControlPlaneUnderTest, role: 'consumer' | 'provider') => ControlPlanePeer
}> {
  let receive: (request: ReceivedRequest) => GivenAnswer = () => ({ status: 404 })
  const server = await serveCounterpart((request) => receive(request))
  return {
    server,
    peerFor: (target, role) => {
      const peer = createPeer(target, server.url, role)
      receive = peer.receive
      return peer
    },
  }
}

function createPeer(target: ControlPlaneUnderTest, url: string, role: 'consumer' | 'provider') {
  const calls: Received[] = []
  const messages: Received[] = []
  let conduct: Conduct = 'sync'
  const flowIds = new Map<string, string>()
  const identity = { authorization: JSON.stringify({ clientId: role === 'consumer' ? 'providerId' : 'consumerId' }) }

  const receive = ({ method, path, body }: ReceivedRequest): GivenAnswer => {
    const name = path.split('/').at(-1) ?? ''
    const message = (body ?? {}) as JsonObject
    if (path === '/token')
      return { status: 200, body: { access_token: randomUUID(), token_type: 'Bearer', expires_in: 600 } }
    if (method !== 'POST') return { status: 404 }
    if (path.startsWith('/dataflows/')) {
      calls.push({ name, body: message, taken: false })
      return answerCall(name, message)
    }
    messages.push({ name, body: message, taken: false })
    if (path !== '/transfers/request') return { status: 200, body: {} }
    const opened = { consumerPid: message.consumerPid, providerPid: `urn:uuid:${randomUUID()}`, state: 'REQUESTED' }
    return { status: 201, body: { '@context': [dspContext], '@type': 'TransferProcess', ...opened } }
  }

  /** The bare answers of the official kit: no id, no address. */
  const answerCall = (name: string, message: JsonObject): GivenAnswer => {
    if (name !== 'prepare' && name !== 'start') return { status: 200, body: {} }
    if (conduct === 'sync') return { status: 200, body: { state: name === 'prepare' ? 'PREPARED' : 'STARTED' } }
    const dataFlowId = randomUUID()
    flowIds.set(String(message.processId), dataFlowId)
    const headers = { location: `/dataflows/${dataFlowId}/status` }
    return { status: 202, headers, body: { dataFlowId, state: name === 'prepare' ? 'PREPARING' : 'STARTING' } }
  }

  const next = async (
    list: Received[],
    what: string,
    concerns: (body: JsonObject) => boolean = () => true,
  ): Promise<Received> => {
    const found = await eventually(what, target.patienceMs, () =>
      list.find(({ taken, body }) => !taken && concerns(body)),
    )
    found.taken = true
    return found
  }
  const dsp = (path: string, body: JsonObject): Promise<Answer> =>
    call('POST', `${target.protocolUrl}${path}`, identity, { '@context': dspContext, ...body })

  const peer: ControlPlanePeer = {
    trigger: async (wanted) => {
      conduct = wanted
      const answer = await call(
        'POST',
        `${target.triggerUrl}/dataflows/trigger`,
        {},
        {
          agreementId: target.agreements.consumer,
          datasetId: target.datasetId,
          dataPlaneUrl: url,
          dspUrl: url,
          async: wanted === 'async',
        },
      )
      expectSuccess('the trigger', answer)
      return String(answer.body.id)
    },
    request: async (wanted) => {
      conduct = wanted
      const answer = await dsp('/transfers/request', {
        '@type': 'TransferRequestMessage',
        consumerPid: `urn:uuid:${randomUUID()}`,
        agreementId: target.agreements.provider,
        format: target.transferType,
        callbackAddress: url,
      })
      expectEqual('the transfer request, status', answer.status, 201)
      return String(answer.body.providerPid)
    },
    expectCall: async (processId, name) => {
      const found = await next(calls, `a call of ${name}`)
      expectEqual('the call to the data plane', found.name, name)
      expectShape(`the message of ${name}`, found.body, controlPlaneShapes[name] ?? {})
      if (name === 'prepare' || name === 'start') expectEqual('its processId', found.body.processId, processId)
      return found.body
    },
    expectMessage: async (processId, name) => {
      // A sequence that failed may have left a process behind that still has something to say.
      const concerns = (body: JsonObject) => body.consumerPid === processId || body.providerPid === processId
      const found = await next(messages, `a DSP message to ${name}`, concerns)
      expectEqual('the DSP message', found.name, name)
      return found.body
    },
    send: async (processId, name) => {
      const type = dspTypes[name]
      if (type === undefined) throw new Finding(`the suite knows no message ${name}`)
      const reasons = name === 'completion' || name === 'start' ? {} : { code: '1', reason: ['the sequence says so'] }
      const pids = { providerPid: processId, consumerPid: `urn:uuid:${randomUUID()}` }
      expectSuccess(
        `the ${name}`,
        await dsp(`/transfers/${encodeURIComponent(processId)}/${name}`, { '@type': type, ...pids, ...reasons }),
      )
    },
    report: async (processId, name) => {
      const body = { dataFlowId: flowIds.get(processId) ?? processId, state: name.toUpperCase() }
      const address = `${target.signalingUrl}/transfers/${encodeURIComponent(processId)}/dataflow/${name}`
      expectSuccess(`the report ${name}`, await call('POST', address, {}, body))
    },
    expectState: async (processId, state) => {
      await eventually(`the state ${state}`, target.patienceMs, async () => {
        const answer = await call('GET', `${target.protocolUrl}/transfers/${encodeURIComponent(processId)}`, identity)
        return answer.status === 200 && answer.body.state === state ? true : undefined
      })
    },
  }
  return { ...peer, receive }
}

const dspTypes: Readonly<Record<string, string>> = {
  start: 'TransferStartMessage',
  completion: 'TransferCompletionMessage',
  suspension: 'TransferSuspensionMessage',
  termination: 'TransferTerminationMessage',
}
