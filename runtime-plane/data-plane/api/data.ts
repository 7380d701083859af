import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { ApiDefinition, OutboundClient } from '@weft/foundation/http'
import type { Logger } from '@weft/foundation/telemetry'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type AdmissionOptions, admitFlow, checkToken } from '../admission.ts'
import { countBytes } from '../counting.ts'
import type { HttpPlace, PlaceHeaders } from '../domain/data-flow.ts'
import { dataPlaneErrors } from '../domain/errors.ts'
import type { OpenStreams } from '../domain/open-streams.ts'
import type { PlaceSecrets } from '../place-secrets.ts'
import { forwardingOf } from '../transports/http/forward.ts'
import { requestUrl } from '../transports/http/http-place.ts'

export interface DataApiOptions extends AdmissionOptions {
  readonly placeSecrets: PlaceSecrets
  readonly streams: OpenStreams
  readonly outbound: OutboundClient
  readonly logger: Logger
}

const params = Type.Object({ dataFlowId: Type.String({ minLength: 1, maxLength: 512 }) })

/** The public endpoint of data: `GET /data/{dataFlowId}`, and paths below it where the source offers them. */
export function dataApi(options: DataApiOptions): ApiDefinition {
  const access = { kind: 'protocol', protocol: 'data' } as const
  const answer = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    deliver(options, request, reply, (request.params as { readonly dataFlowId: string }).dataFlowId)
  return {
    name: 'data',
    title: 'Data',
    version: '1',
    prefix: '/data',
    documented: false,
    routes: (app) => {
      const route = { config: { access }, schema: { params }, exposeHeadRoute: false }
      app.get('/:dataFlowId', route, answer)
      app.get('/:dataFlowId/*', route, answer)
    },
  }
}

async function deliver(
  options: DataApiOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  dataFlowId: string,
): Promise<FastifyReply> {
  const { access, contextId } = await checkToken(options, request.headers.authorization, dataFlowId)
  const forwarding = forwardingOf(request, reply, options.outbound)
  // Entered before the state is read: see OpenStreams.
  const leave = options.streams.enter(contextId, dataFlowId, access.generation, () =>
    forwarding.cut(new WeftError(dataPlaneErrors['flow-not-started'])),
  )
  try {
    const { source, headers } = await sourceOf(options, { access, contextId })
    const { below, query } = splitTarget(request.raw.url ?? '')
    await forwarding.run(requestUrl(source, below, query), headers)
  } finally {
    leave()
    await countBytes(options, { contextId, dataFlowId }, forwarding.bytes())
  }
  return reply
}

/** The source of a provider's flow, with its headers. */
async function sourceOf(
  options: DataApiOptions,
  { access, contextId }: Awaited<ReturnType<typeof checkToken>>,
): Promise<{ source: HttpPlace; headers: PlaceHeaders }> {
  const { role, ownEnd, ownEndSecret } = await admitFlow(options, access, contextId)
  // The endpoint of a push takes and does not give.
  if (role !== 'provider' || !ownEnd) throw new WeftError(requestErrors['method-not-allowed'])
  return { source: ownEnd, headers: await options.placeSecrets.headers(contextId, ownEndSecret) }
}

/** The raw path after `/data/{dataFlowId}`, and the raw query: what is passed on must not be decoded and encoded again. */
function splitTarget(target: string): { below: string; query: string } {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const below = path.split('/').slice(3)
  return { below: below.length === 0 ? '' : `/${below.join('/')}`, query: mark < 0 ? '' : target.slice(mark) }
}
