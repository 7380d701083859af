import { randomUUID } from 'node:crypto'
import { type FakeAnswer, type FakeRequest, type FakeServer, startFakeServer } from './fake-server.ts'

interface FakeFlow {
  readonly id: string
  readonly role: 'consumer' | 'provider'
  state: string
  token: string
  /** The message that opened it. */
  readonly message: Readonly<Record<string, unknown>>
  /** Address that came with `started`, `start` or `resume`. */
  address?: unknown
}

/** A signal that a control plane has sent. */
interface FakeSignal {
  readonly signal: string
  readonly flowId: string
  readonly body: Readonly<Record<string, unknown>>
  readonly authorization: string | undefined
}

/** Stands in for data planes of any participant: flows in memory, one sentence of data, every signal kept for the test. */
export interface FakeDataPlane {
  /** Base that is registered for a context. */
  endpoint(participantContextId: string): string
  readonly signals: readonly FakeSignal[]
  /** Answer prepare and start, or the latter alone, with 202: the test reports when it is done. */
  later: boolean | 'start'
  /** Answer with no more than the state, and with nothing where nothing is asked for. */
  terse: boolean
  /** While true, every signal is answered 503. */
  unavailable: boolean
  flow(id: string): FakeFlow | undefined
  /** The data address of a provider's flow, as a report of the data plane carries it. */
  addressOf(id: string): object
  readonly url: string
  close(): Promise<void>
}

/** What the data endpoint answers to the right token. */
export const fakeData = 'the data of the asset'

export async function startFakeDataPlane(): Promise<FakeDataPlane> {
  const flows = new Map<string, FakeFlow>()
  const answered = new Map<string, FakeAnswer>()
  const signals: FakeSignal[] = []

  const addressOf = (id: string): object => {
    const flow = flows.get(id)
    if (!flow) throw new Error(`no flow ${id}`)
    const push = String(flow.message.profile).toLowerCase().endsWith('push')
    return {
      '@type': 'DataAddress',
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpoint: `${server.url}/${push ? 'sink' : 'data'}/${id}`,
      endpointProperties: [
        { '@type': 'EndpointProperty', name: 'authorization', value: flow.token },
        { '@type': 'EndpointProperty', name: 'authType', value: 'bearer' },
      ],
    }
  }

  const open = (role: FakeFlow['role'], body: Readonly<Record<string, unknown>>): FakeAnswer => {
    const id = String(body.processId)
    if (flows.has(id)) return { status: 409, body: { error: 'there is such a flow already' } }
    const push = String(body.profile).toLowerCase().endsWith('push')
    const done = role === 'consumer' ? 'PREPARED' : 'STARTED'
    const later = plane.later === 'start' ? role === 'provider' : plane.later
    const flow: FakeFlow = {
      id,
      role,
      state: later ? (role === 'consumer' ? 'PREPARING' : 'STARTING') : done,
      token: `token-${randomUUID()}`,
      message: body,
      ...(body.dataAddress === undefined ? {} : { address: body.dataAddress }),
    }
    flows.set(id, flow)
    const owns = push ? role === 'consumer' : role === 'provider'
    const address = owns && !later ? { dataAddress: addressOf(id) } : {}
    return {
      status: later ? 202 : 200,
      body: { messageId: randomUUID(), dataFlowId: id, state: flow.state, ...address },
    }
  }

  const change = (id: string, signal: string, body: Readonly<Record<string, unknown>>): FakeAnswer => {
    const flow = flows.get(id)
    if (!flow) return { status: 404, body: { error: 'no such flow' } }
    const from: Record<string, readonly string[]> = {
      started: ['PREPARED'],
      suspend: ['STARTED'],
      resume: ['SUSPENDED'],
      completed: ['STARTED'],
      terminate: ['PREPARING', 'PREPARED', 'STARTING', 'STARTED', 'SUSPENDED'],
    }
    const to: Record<string, string> = {
      started: 'STARTED',
      suspend: 'SUSPENDED',
      resume: 'STARTED',
      completed: 'COMPLETED',
      terminate: 'TERMINATED',
    }
    if (!from[signal]?.includes(flow.state)) return { status: 400, body: { error: `the flow is ${flow.state}` } }
    flow.state = to[signal] ?? flow.state
    if (body.dataAddress !== undefined) flow.address = body.dataAddress
    if (signal !== 'started') flow.token = `token-${randomUUID()}`
    const owns = flow.role === (String(flow.message.profile).toLowerCase().endsWith('push') ? 'consumer' : 'provider')
    const address = signal === 'resume' && owns ? { dataAddress: addressOf(id) } : {}
    return { status: 200, body: { messageId: randomUUID(), dataFlowId: id, state: flow.state, ...address } }
  }

  /** A message that was taken before is answered the same (DPS 4.9). */
  const once = (key: string, work: () => FakeAnswer): FakeAnswer => {
    const before = answered.get(key)
    if (before) return before
    const answer = work()
    if (answer.status < 300) answered.set(key, answer)
    return answer
  }

  const data = (request: FakeRequest, id: string): FakeAnswer => {
    const flow = flows.get(id)
    const allowed = flow?.state === 'STARTED' && request.headers.authorization === `Bearer ${flow.token}`
    return allowed ? { status: 200, body: fakeData } : { status: 403, body: {} }
  }

  const terse = (answer: FakeAnswer, members: readonly string[]): FakeAnswer => {
    if (!plane.terse || answer.status >= 300) return answer
    const body = answer.body as Readonly<Record<string, unknown>>
    return { ...answer, body: Object.fromEntries(members.map((name) => [name, body[name]])) }
  }

  const server: FakeServer = await startFakeServer(async (request) => {
    const flowId = /^\/data\/([^/]+)$/.exec(request.path)?.[1]
    if (flowId !== undefined) return data(request, flowId)
    const [, , , first = '', second = ''] = /^\/([^/]+)(\/dataflows)\/([^/]+)(?:\/([^/]+))?$/.exec(request.path) ?? []
    const body = (request.text === '' ? {} : JSON.parse(request.text)) as Record<string, unknown>
    const signal = second === '' ? first : second
    const id = second === '' ? String(body.processId) : decodeURIComponent(first)
    if (signal !== 'status') signals.push({ signal, flowId: id, body, authorization: request.headers.authorization })
    if (plane.unavailable) return { status: 503, body: {} }
    if (signal === 'status') return { status: 200, body: { dataFlowId: id, state: flows.get(id)?.state } }
    const key = `${id} ${signal} ${String(body.messageId)}`
    if (signal === 'prepare')
      return terse(
        once(key, () => open('consumer', body)),
        ['state'],
      )
    if (signal === 'start')
      return terse(
        once(key, () => open('provider', body)),
        ['state'],
      )
    return terse(
      body.messageId === undefined ? change(id, signal, body) : once(key, () => change(id, signal, body)),
      [],
    )
  })
  const plane: FakeDataPlane = {
    endpoint: (participantContextId) => `${server.url}/${participantContextId}`,
    signals,
    later: false,
    terse: false,
    unavailable: false,
    flow: (id) => flows.get(id),
    addressOf,
    url: server.url,
    close: () => server.close(),
  }
  return plane
}
