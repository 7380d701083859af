import { participantContextId } from '@weft/foundation/access'
import { type ApiDefinition, type App, principalOf } from '@weft/foundation/http'
import { buildDpsMessage, dpsPaths, type OutgoingDpsMessage, parseDpsMessage } from '@weft/protocols/dps'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AddressBook } from '../address-book.ts'
import type { ControlPlanes } from '../control-planes.ts'
import type { DataFlows, Ending, Signaller } from '../data-flows.ts'
import type { GivenAnswer } from '../domain/data-flow.ts'
import { authenticateCaller, type CallerOptions } from './caller.ts'

export interface SignalingApiOptions extends CallerOptions {
  readonly flows: DataFlows
  readonly controlPlanes: ControlPlanes
  readonly addresses: AddressBook
  /** Base of this API for a context, as control planes reach it. */
  readonly endpointOf: (contextId: string) => string
}

const contextParams = Type.Object({ participantContextId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })
const itemParams = Type.Object({ ...contextParams.properties, id: Type.String({ minLength: 1, maxLength: 512 }) })

const config = { access: { kind: 'protocol', protocol: 'dps' } } as const
/** Routes of a context, and routes of one of its flows or control planes. */
const ofContext = { config, schema: { params: contextParams } }
const ofItem = { config, schema: { params: itemParams } }

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
      app.addHook('onRequest', (request) => authenticateCaller(options, request))
      app.post(dpsPaths.prepare, ofContext, async (request, reply) => {
        const message = parseDpsMessage('DataFlowPrepareMessage', request.body)
        return answer(options, request, reply, await flows.prepare(await signaller(options, request), message))
      })
      app.post(dpsPaths.start, ofContext, async (request, reply) => {
        const message = parseDpsMessage('DataFlowStartMessage', request.body)
        return answer(options, request, reply, await flows.start(await signaller(options, request), message))
      })
      app.post(dpsPaths.started, ofItem, async (request, reply) => {
        const message = parseDpsMessage('DataFlowStartedNotificationMessage', request.body)
        const by = await signaller(options, request)
        return answer(options, request, reply, await flows.started(by, request.params.id, message))
      })
      app.post(dpsPaths.resume, ofItem, async (request, reply) => {
        const message = parseDpsMessage('DataFlowResumeMessage', request.body)
        const by = await signaller(options, request)
        return answer(options, request, reply, await flows.resume(by, request.params.id, message))
      })
      addEndings(app, options)
      app.get(dpsPaths.status, ofItem, async (request) => {
        const flow = await flows.status(await signaller(options, request), request.params.id)
        return buildDpsMessage({ type: 'DataFlowStatusResponseMessage', dataFlowId: flow.id, state: flow.state })
      })
      addRegistrations(app, options)
    },
  }
}

/** The signals after which no byte leaves any more. */
function addEndings(app: App, options: SignalingApiOptions): void {
  const end = async (request: FastifyRequest, reply: FastifyReply, ending: Ending): Promise<object> => {
    const { id } = request.params as { readonly id: string }
    return answer(options, request, reply, await options.flows.end(await signaller(options, request), id, ending))
  }
  app.post(dpsPaths.suspend, ofItem, (request, reply) => {
    const { messageId, reason } = parseDpsMessage('DataFlowSuspendMessage', request.body)
    return end(request, reply, { signal: 'suspend', messageId, reason })
  })
  app.post(dpsPaths.terminate, ofItem, (request, reply) => {
    const { messageId, reason } = parseDpsMessage('DataFlowTerminateMessage', request.body)
    return end(request, reply, { signal: 'terminate', messageId, reason })
  })
  // Its body is empty or {} (4.2).
  app.post(dpsPaths.completed, ofItem, (request, reply) =>
    end(request, reply, { signal: 'complete', messageId: undefined }),
  )
}

/** Control planes beside the deployment's own make themselves known, and go (DPS-13). */
function addRegistrations(app: App, { controlPlanes }: SignalingApiOptions): void {
  app.put(dpsPaths.controlPlanes, ofContext, async (request) => {
    const message = parseDpsMessage('ControlPlaneRegistrationMessage', request.body)
    const contextId = participantContextId(request.params.participantContextId)
    await controlPlanes.register(contextId, message, principalOf(request).clientId)
    return {}
  })
  app.delete(dpsPaths.controlPlane, ofItem, async (request, reply) => {
    const contextId = participantContextId(request.params.participantContextId)
    await controlPlanes.remove(contextId, request.params.id, principalOf(request).clientId)
    return reply.code(204).send(null)
  })
}

async function signaller({ controlPlanes }: SignalingApiOptions, request: FastifyRequest): Promise<Signaller> {
  const contextId = contextOf(request)
  const caller = principalOf(request).clientId
  return { contextId, caller, controlPlane: await controlPlanes.idOf(contextId, caller) }
}

function contextOf(request: FastifyRequest) {
  return participantContextId((request.params as { readonly participantContextId: string }).participantContextId)
}

/** The answer on the wire: 202 with the place of the status where the flow is not there yet (DPS-01, DPS-02). */
async function answer(
  { addresses, endpointOf }: SignalingApiOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  given: GivenAnswer,
): Promise<object> {
  const contextId = contextOf(request)
  const { flowId, state, token, profile } = given
  const message: OutgoingDpsMessage<'DataFlowStatusMessage'> = {
    type: 'DataFlowStatusMessage',
    messageId: `${given.messageId}:answer`,
    dataFlowId: flowId,
    state,
    ...(token ? { dataAddress: await addresses.of(contextId, { id: flowId, profile }, token) } : {}),
  }
  if (state === 'PREPARING' || state === 'STARTING') {
    reply.code(202).header('location', `${endpointOf(contextId)}/dataflows/${encodeURIComponent(flowId)}/status`)
  }
  return buildDpsMessage(message)
}
