import {
  type CounterpartServer,
  type GivenAnswer,
  type ReceivedRequest,
  serveCounterpart,
} from '../counterpart-server.ts'
import type { JsonObject } from './expectations.ts'

/** A fault that stands between the suite and the software under test, as if the software had it. */
export interface Defect {
  readonly what: string
  /** A sequence that must find it. */
  readonly foundBy: string
  /** Changes a request on its way, or answers in the place of who it was for. */
  readonly request?: (request: ReceivedRequest) => ReceivedRequest | GivenAnswer
  readonly answer?: (request: ReceivedRequest, answer: GivenAnswer) => GivenAnswer
}

/** Passes everything on to `target`, through a defect while one is set. */
export interface DefectiveWire extends CounterpartServer {
  defect: Defect | undefined
}

const forwardMs = 10_000

/** @param target of one message; it may change between runs */
export async function serveDefectiveWire(target: () => string): Promise<DefectiveWire> {
  const state: { defect: Defect | undefined } = { defect: undefined }
  const server = await serveCounterpart(async (received) => {
    const changed = state.defect?.request?.(received) ?? received
    if ('status' in changed) return changed
    const answer = await forward(target(), changed)
    return state.defect?.answer?.(changed, answer) ?? answer
  })
  return Object.assign(state, server)
}

async function forward(
  target: string,
  { method, path, authorization, contentType, body }: ReceivedRequest,
): Promise<GivenAnswer> {
  const response = await fetch(`${target}${path}`, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(forwardMs),
  })
  const text = await response.text()
  const location = response.headers.get('location')
  return {
    status: response.status,
    ...(location === null ? {} : { headers: { location } }),
    ...(text === '' ? {} : { body: JSON.parse(text) as unknown }),
  }
}

const is = (name: string) => (request: ReceivedRequest) =>
  request.method === 'POST' && request.path.endsWith(`/${name}`)
const [isPrepare, isStart, isSuspend] = [is('dataflows/prepare'), is('dataflows/start'), is('suspend')]

function inBody(request: ReceivedRequest, change: (body: JsonObject) => JsonObject): ReceivedRequest {
  return { ...request, body: change(request.body as JsonObject) }
}

function inAnswer(answer: GivenAnswer, change: (body: JsonObject) => JsonObject): GivenAnswer {
  return { ...answer, body: change((answer.body ?? {}) as JsonObject) }
}

function without(name: string): (body: JsonObject) => JsonObject {
  return ({ [name]: _, ...rest }) => rest
}

function withoutLifetime(body: JsonObject): JsonObject {
  const given = body.dataAddress as JsonObject
  const properties = (given.endpointProperties as readonly JsonObject[]).filter(({ name }) => name !== 'expiresIn')
  return { ...body, dataAddress: { ...given, endpointProperties: properties } }
}

const address = { '@type': 'DataAddress', endpointType: 'anything', endpoint: 'https://partner.example/data' }

/** Of a data plane, in what it answers. */
export const answeredDefects: readonly Defect[] = [
  {
    what: 'a flow that was only prepared is called started',
    foundBy: 'DP_C_PULL:01-01',
    answer: (request, answer) =>
      isPrepare(request) ? inAnswer(answer, (body) => ({ ...body, state: 'STARTED' })) : answer,
  },
  {
    what: 'a prepared pull has an address',
    foundBy: 'DP_C_PULL:01-01',
    answer: (request, answer) =>
      isPrepare(request) ? inAnswer(answer, (body) => ({ ...body, dataAddress: address })) : answer,
  },
  {
    what: 'a started pull has no address',
    foundBy: 'DP_P_PULL:01-01',
    answer: (request, answer) => (isStart(request) ? inAnswer(answer, without('dataAddress')) : answer),
  },
  {
    what: 'a suspension is acknowledged and not carried out',
    foundBy: 'DP_P_PULL:02-01',
    request: (request) => (isSuspend(request) ? { status: 200, body: {} } : request),
  },
  {
    what: 'a flow that has ended still takes signals',
    foundBy: 'DP_P_PULL:01-02',
    answer: (request, answer) => (isSuspend(request) ? { status: 200, body: {} } : answer),
  },
  {
    what: 'an answer that promises more has no Location',
    foundBy: 'DP_C_PULL:04-01',
    answer: (_, { status, body }) => ({ status, body }),
  },
  {
    what: 'the lifetime of a token that can be renewed is missing',
    foundBy: 'DP_P_HTTP_PULL:01-01',
    answer: (request, answer) => (isStart(request) ? inAnswer(answer, withoutLifetime) : answer),
  },
]

/** Of a data plane, in what it reports. */
export const reportedDefects: readonly Defect[] = [
  {
    what: 'a report without an id of its own',
    foundBy: 'DP_C_PUSH:04-01',
    request: (request) => inBody(request, without('messageId')),
  },
  {
    what: 'a report that never arrives',
    foundBy: 'DP_C_PULL:03-01',
    request: () => ({ status: 200, body: {} }),
  },
]

/** Of a control plane, in what it calls data planes and counterparties with. */
export const calledDefects: readonly Defect[] = [
  {
    what: 'a resumption is called a start',
    foundBy: 'CP_C:02-01',
    request: (request) =>
      is('resume')(request) ? { ...request, path: request.path.replace(/resume$/, 'started') } : request,
  },
  {
    what: 'the claims of the counterparty are missing',
    foundBy: 'CP_P:01-01',
    request: (request) => (isStart(request) ? inBody(request, without('claims')) : request),
  },
  {
    what: 'the data plane is not told that the transfer has ended',
    foundBy: 'CP_C:01-02',
    request: (request) => (is('terminate')(request) ? { status: 200, body: {} } : request),
  },
]
