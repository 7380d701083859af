import type { Readable } from 'node:stream'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type ApiDefinition, acceptStreams, type OutboundClient } from '@weft/foundation/http'
import type { Logger } from '@weft/foundation/telemetry'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type AdmissionOptions, admitFlow, checkToken } from '../admission.ts'
import { countBytes } from '../counting.ts'
import { dataPlaneErrors } from '../domain/errors.ts'
import type { OpenStreams } from '../domain/open-streams.ts'
import type { PlaceSecrets } from '../place-secrets.ts'
import { handOver } from '../transports/http/pump.ts'

export interface ReceivingApiOptions extends AdmissionOptions {
  readonly placeSecrets: PlaceSecrets
  readonly streams: OpenStreams
  readonly outbound: OutboundClient
  readonly logger: Logger
}

const params = Type.Object({ dataFlowId: Type.String({ minLength: 1, maxLength: 512 }) })

/** How long a provider may send no byte. */
const senderPatienceMs = 60_000

/** Where the provider of a push sends its data: `POST` or `PUT /data/{dataFlowId}`. */
export function receivingApi(options: ReceivingApiOptions): ApiDefinition {
  const route = { config: { access: { kind: 'protocol', protocol: 'data' } }, schema: { params } } as const
  const receiveFor = (request: FastifyRequest): Promise<object> =>
    receive(options, request, (request.params as { readonly dataFlowId: string }).dataFlowId)
  return {
    name: 'data-receiving',
    title: 'Receiving data',
    version: '1',
    prefix: '/data',
    documented: false,
    // Bytes pass through; what there is no room for at the destination is not taken.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    routes: (app) => {
      acceptStreams(app)
      // Who may not send is told before a byte of the body is read.
      app.addHook('onRequest', async (request) => {
        await checkToken(options, request.headers.authorization, dataFlowIdOf(request))
      })
      // Whoever was refused in the middle of a body would go on sending it.
      app.addHook('onError', async (_request, reply) => void reply.header('connection', 'close'))
      app.post('/:dataFlowId', route, receiveFor)
      app.put('/:dataFlowId', route, receiveFor)
    },
  }
}

function dataFlowIdOf(request: FastifyRequest): string {
  return (request.params as { readonly dataFlowId?: string }).dataFlowId ?? ''
}

/** The body goes to the destination of the flow as it comes; the answer says that the destination has all of it. */
async function receive(options: ReceivingApiOptions, request: FastifyRequest, dataFlowId: string): Promise<object> {
  const { access, contextId } = await checkToken(options, request.headers.authorization, dataFlowId)
  const { socket } = request.raw
  const cut = new AbortController()
  // Entered before the state is read: see OpenStreams.
  const leave = options.streams.enter(contextId, dataFlowId, access.generation, () =>
    cut.abort(new WeftError(dataPlaneErrors['flow-not-started'])),
  )
  try {
    const { ownEnd, ownEndSecret } = await admitFlow(options, access, contextId)
    // The endpoint of a pull gives and does not take.
    if (!ownEnd || ownEnd.method === 'GET') throw new WeftError(requestErrors['method-not-allowed'])
    const body = (request.body ?? request.raw) as Readable
    socket.setTimeout(senderPatienceMs)
    const headers = await options.placeSecrets.headers(contextId, ownEndSecret)
    const to = { url: ownEnd.url, method: ownEnd.method, headers }
    const received = { body, contentType: request.headers['content-type'] }
    const bytes = await handOver(options.outbound, received, { to, signal: cut.signal })
    await countBytes(options, { contextId, dataFlowId }, bytes)
    return { bytes }
  } finally {
    leave()
    socket.setTimeout(0)
  }
}
