import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { type ApiDefinition, type App, principalOf } from '@weft/foundation/http'
import {
  buildDpsMessage,
  buildHttpAddress,
  dpsPaths,
  httpDataPull,
  type OutgoingDpsMessage,
  parseDpsMessage,
} from '@weft/protocols/dps'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { DataFlows, Ending, Signaller } from '../data-flows.ts'
import { accessToken } from '../domain/access-token.ts'
import { type GivenAnswer, tokenLifetimeSeconds } from '../domain/data-flow.ts'
import { dataPlaneErrors } from '../domain/errors.ts'
import type { TokenKeys } from '../token-keys.ts'

export interface SignalingApiOptions {
  readonly flows: DataFlows
  readonly tokenKeys: TokenKeys
  /** Origin of the public listener, under which data is fetched. */
  readonly publicUrl: string
}

const contextParams = Type.Object({ participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })
const flowParams = Type.Object({ ...contextParams.properties, id: Type.String({ minLength: 1, maxLength: 512 }) })

const config = { access: { kind: 'token', scope: 'signaling:dataflow:write', roles: ['workload'] } } as const
/** Routes that open a flow, and routes of a flow that is there. */
const opening = { config, schema: { params: contextParams } }
const known = { config, schema: { params: flowParams } }

/** Data Plane Signaling 1.0-RC3, the data plane's side (section 4.2), for each participant context under its own path. */
export function signalingApi(options: SignalingApiOptions): ApiDefinition {
  const { flows } = options
  return {
    name: 'data-plane-signaling',
    title: 'Data Plane Signaling',
    version: '1.0-RC3',
    prefix: '/data-plane/:participantContextId',
    documented: false,
    routes: (app) => {
      app.post(dpsPaths.prepare, opening, async (request) => {
        const by = signaller(request)
        const message = parseDpsMessage('DataFlowPrepareMessage', request.body)
        return statusMessage(options, by.contextId, await flows.prepare(by, message))
      })
      app.post(dpsPaths.start, opening, async (request) => {
        const by = signaller(request)
        const message = parseDpsMessage('DataFlowStartMessage', request.body)
        const key = await tokenKey(options, by.contextId)
        return statusMessage(options, by.contextId, await flows.start(by, message), key)
      })
      app.post(dpsPaths.started, known, async (request) => {
        const by = signaller(request)
        const message = parseDpsMessage('DataFlowStartedNotificationMessage', request.body)
        return statusMessage(options, by.contextId, await flows.started(by, request.params.id, message))
      })
      app.post(dpsPaths.resume, known, async (request) => {
        const by = signaller(request)
        const message = parseDpsMessage('DataFlowResumeMessage', request.body)
        const key = await tokenKey(options, by.contextId)
        return statusMessage(options, by.contextId, await flows.resume(by, request.params.id, message), key)
      })
      addEndings(app, options)
      app.get(dpsPaths.status, known, async (request) => {
        const flow = await flows.status(signaller(request), request.params.id)
        return buildDpsMessage({ type: 'DataFlowStatusResponseMessage', dataFlowId: flow.id, state: flow.state })
      })
    },
  }
}

/** The signals after which no byte leaves any more. */
function addEndings(app: App, options: SignalingApiOptions): void {
  const end = async (request: FastifyRequest, ending: Ending): Promise<object> => {
    const by = signaller(request)
    const { id } = request.params as { readonly id: string }
    return statusMessage(options, by.contextId, await options.flows.end(by, id, ending))
  }
  app.post(dpsPaths.suspend, known, (request) => {
    const { messageId, reason } = parseDpsMessage('DataFlowSuspendMessage', request.body)
    return end(request, { signal: 'suspend', messageId, reason })
  })
  app.post(dpsPaths.terminate, known, (request) => {
    const { messageId, reason } = parseDpsMessage('DataFlowTerminateMessage', request.body)
    return end(request, { signal: 'terminate', messageId, reason })
  })
  // Its body is empty or {} (4.2).
  app.post(dpsPaths.completed, known, (request) => end(request, { signal: 'complete', messageId: undefined }))
}

function signaller(request: FastifyRequest): Signaller {
  const { participantContextId: contextId } = request.params as { readonly participantContextId: string }
  return { contextId: participantContextId(contextId), caller: principalOf(request).clientId }
}

/** Looked up before the flow changes: a flow that starts must be able to name its token. @throws `data-plane.participant-unknown` */
async function tokenKey({ tokenKeys }: SignalingApiOptions, contextId: ParticipantContextId): Promise<Uint8Array> {
  const key = await tokenKeys.find(contextId)
  if (!key) throw new WeftError(dataPlaneErrors['participant-unknown'])
  return key
}

/** The answer on the wire; its token is made here and kept nowhere, the same again for a repeated message. */
function statusMessage(
  { publicUrl }: SignalingApiOptions,
  contextId: ParticipantContextId,
  answer: GivenAnswer,
  key?: Uint8Array,
): object {
  const message: OutgoingDpsMessage<'DataFlowStatusMessage'> = {
    type: 'DataFlowStatusMessage',
    messageId: `${answer.messageId}:answer`,
    dataFlowId: answer.flowId,
    state: answer.state,
  }
  if (!answer.token || !key) return buildDpsMessage(message)
  const access = { participantContextId: contextId, dataFlowId: answer.flowId, ...answer.token }
  const endpoint = `${publicUrl.replace(/\/$/, '')}/data/${encodeURIComponent(answer.flowId)}`
  const address = buildHttpAddress(httpDataPull, { endpoint, token: accessToken(access, key) })
  const properties = { ...address.properties, expiresIn: String(tokenLifetimeSeconds) }
  return buildDpsMessage({ ...message, dataAddress: { ...address, properties } })
}
