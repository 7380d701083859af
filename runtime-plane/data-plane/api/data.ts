import { type ParticipantContextId, participantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition, OutboundClient } from '@weft/foundation/http'
import type { Logger } from '@weft/foundation/telemetry'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type FlowAccess, provesAccessToken, readAccessToken } from '../domain/access-token.ts'
import type { DataFlow, HttpSource, SourceHeaders } from '../domain/data-flow.ts'
import { dataPlaneErrors } from '../domain/errors.ts'
import type { OpenStreams } from '../domain/open-streams.ts'
import type { SourceSecrets } from '../source-secrets.ts'
import { addDeliveredBytes, readFlow } from '../store/data-flows.ts'
import type { TokenKeys } from '../token-keys.ts'
import { forwardingOf } from '../transports/http/forward.ts'
import { requestUrl } from '../transports/http/http-source.ts'

export interface DataApiOptions {
  readonly database: ServiceDatabase
  readonly tokenKeys: TokenKeys
  readonly sourceSecrets: SourceSecrets
  readonly streams: OpenStreams
  readonly outbound: OutboundClient
  readonly clock: () => number
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
    const { source, headers } = await checkFlow(options, access, contextId)
    const { below, query } = splitTarget(request.raw.url ?? '')
    await forwarding.run(requestUrl(source, below, query), headers)
  } finally {
    leave()
    await count(options, contextId, dataFlowId, forwarding.bytes())
  }
  return reply
}

/** The token is ours, of this flow, and not too old. What it says is trusted only after the proof. */
async function checkToken(
  options: DataApiOptions,
  authorization: string | undefined,
  dataFlowId: string,
): Promise<{ access: FlowAccess; contextId: ParticipantContextId }> {
  const token = tokenOf(authorization)
  const access = readAccessToken(token)
  const contextId = access && contextOf(access)
  const key = contextId && (await options.tokenKeys.find(contextId))
  if (!access || !contextId || !key || !provesAccessToken(token, key) || access.dataFlowId !== dataFlowId) {
    throw new WeftError(dataPlaneErrors['token-invalid'])
  }
  if (access.expiresAt * 1000 <= options.clock()) throw new WeftError(dataPlaneErrors['token-expired'])
  return { access, contextId }
}

/** Data leaves in the state STARTED only, and only for the newest token (DPS-26). */
async function checkFlow(
  options: DataApiOptions,
  access: FlowAccess,
  contextId: ParticipantContextId,
): Promise<{ source: HttpSource; headers: SourceHeaders }> {
  const flow: DataFlow | undefined = await options.database.tenant(contextId, (tx) => readFlow(tx, access.dataFlowId))
  if (!flow?.source) throw new WeftError(dataPlaneErrors['token-invalid'])
  if (flow.state !== 'STARTED') throw new WeftError(dataPlaneErrors['flow-not-started'])
  if (flow.generation !== access.generation) throw new WeftError(dataPlaneErrors['token-expired'])
  return { source: flow.source, headers: await options.sourceSecrets.read(contextId, flow.sourceSecret) }
}

/** `Bearer <token>`; partners that run EDC send the bare value of the data address's authorization. */
function tokenOf(authorization: string | undefined): string {
  return (authorization ?? '').replace(/^Bearer +/i, '').trim()
}

function contextOf(access: FlowAccess): ParticipantContextId | undefined {
  try {
    return participantContextId(access.participantContextId)
  } catch {
    return undefined
  }
}

/** The raw path after `/data/{dataFlowId}`, and the raw query: what is passed on must not be decoded and encoded again. */
function splitTarget(target: string): { below: string; query: string } {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const below = path.split('/').slice(3)
  return { below: below.length === 0 ? '' : `/${below.join('/')}`, query: mark < 0 ? '' : target.slice(mark) }
}

/** Counted after the fact and never at the cost of the answer. */
async function count(
  options: DataApiOptions,
  contextId: ParticipantContextId,
  dataFlowId: string,
  bytes: number,
): Promise<void> {
  if (bytes === 0) return
  try {
    await options.database.tenant(contextId, (tx) => addDeliveredBytes(tx, dataFlowId, bytes))
  } catch (error) {
    options.logger.warn('the bytes of a data flow could not be counted', {
      category: 'dps',
      action: 'data-flow.count',
      participantContextId: contextId,
      dataFlowId,
      error,
    })
  }
}
