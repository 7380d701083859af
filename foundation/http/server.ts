import { isUtf8 } from 'node:buffer'
import { maxHeaderSize } from 'node:http'
import Fastify, { type FastifyReply, type FastifyRequest, type RouteOptions } from 'fastify'
import type { TokenVerifier } from '../access/index.ts'
import { type CatalogueEntry, requestErrors, toWeftError, WeftError } from '../errors/index.ts'
import { type Logger, newCorrelationId, withCorrelation } from '../telemetry/index.ts'
import { httpErrors } from './errors.ts'
import { fromFastify } from './fastify-errors.ts'
import { createFloodGate, type FloodLimits } from './flood-limits.ts'
import { parseJson } from './json.ts'
import type { ApiDefinition, App, ListenerName } from './port.ts'
import { problemOf } from './problem.ts'
import { accessHook, type Place } from './request-access.ts'
import { methodsAt } from './routes.ts'
import type { Server } from './server-registry.ts'
import { schemaError, validatorFor } from './validation.ts'

export interface ServerOptions {
  readonly deployment: string
  readonly name: ListenerName
  readonly logger: Logger
  readonly verifier?: TokenVerifier
  readonly maxConcurrent: number
  readonly floodLimits: FloodLimits
}

const defaultBodyLimit = 1024 * 1024
const bodyPatienceMs = 60_000
/** Open connections of one listener, idle ones too. */
const maxConnections = 10_000
const jsonTypes = /^application\/(?:[\w.-]+\+)?json(?:;|$)/i

/** A flood must not flood the log as well. */
const floodErrors: ReadonlySet<CatalogueEntry> = new Set([
  httpErrors.busy,
  httpErrors.stopping,
  httpErrors['too-many-requests'],
])

/** A fastify server whose every request passes: flood limit, size limit, authentication, authorization, parsing, schema. */
export function createServer(options: ServerOptions): Server {
  const app: App = Fastify({
    logger: false,
    bodyLimit: defaultBodyLimit,
    // Answered below in our own words.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Whoever sends slowly holds a connection and nothing else, and not for long (slowloris): the head by the limit
    // below, the body by `boundBody`, which leaves streams alone.
    requestTimeout: 0,
    keepAliveTimeout: 30_000,
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5_000, maxHeaderSize },
    genReqId: (raw) => newCorrelationId(headerText(raw.headers['x-correlation-id'])),
    routerOptions: { maxParamLength: 1024 },
    frameworkErrors: (error, request, reply) => answerError(server, error, request, reply),
  })
  const state = { active: 0, draining: false }
  const gate = createFloodGate(options.floodLimits)
  const server: Server = {
    app,
    name: options.name,
    logger: options.logger,
    routes: [],
    apis: [],
    documents: new Map(),
    checks: new Map(),
    drain: async (graceMs) => {
      state.draining = true
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
      await app.close().finally(() => clearTimeout(cut))
    },
  }

  app.server.maxConnections = maxConnections
  app.decorateRequest('principal', null)
  app.decorateRequest('place', null)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(jsonTypes, { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseJson(utf8(body as Buffer)))
    } catch (error) {
      done(toWeftError(error), undefined)
    }
  })
  app.setValidatorCompiler(validatorFor)
  app.setSchemaErrorFormatter(schemaError)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.setErrorHandler((error, request, reply) => answerError(server, error, request, reply))
  app.setNotFoundHandler((request, reply) => answerError(server, notFound(server, request, reply), request, reply))

  app.addHook('onRoute', (route) => record(server, options, route))
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'x-correlation-id': request.id, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    withCorrelation(request.id, done)
  })
  app.addHook('onRequest', async (request, reply) => {
    if (state.draining) {
      reply.header('connection', 'close')
      throw new WeftError(httpErrors.stopping)
    }
    const greeting = gate.greet(request)
    if (greeting.kind === 'refused') return gate.refuse(reply, greeting.comeBackInMs)
    if (state.active >= options.maxConcurrent) throw new WeftError(httpErrors.busy)
    state.active++
    request.place = placeOf(() => state.active--)
    reply.raw.once('close', () => {
      giveBack(request, reply)
      gate.note(request, reply.raw.statusCode)
      // A connection that is kept alive would hold the port open until the grace is over.
      if (state.draining) setImmediate(() => app.server.closeIdleConnections())
    })
    if (request.is404) throw notFound(server, request, reply)
    refuseAnnouncedSize(request)
    refuseCompression(request)
    boundBody(request)
  })
  app.addHook('onRequest', accessHook(options.verifier))
  // After the token, where there is one: without it nobody takes a tenant's place.
  app.addHook('onRequest', async (request, reply) => {
    const admission = await gate.admit(request)
    if (admission.kind === 'refused') {
      request.place?.leave()
      return gate.refuse(reply, admission.comeBackInMs)
    }
    const { leave } = request.place ?? admission
    request.place = placeOf(() => {
      leave()
      admission.leave()
    })
    if (!reply.raw.closed) return
    // Whoever went away while it waited gets no answer, so nobody works on one.
    request.place.leave()
    reply.hijack()
  })
  return server
}

function record(server: Server, options: ServerOptions, route: RouteOptions): void {
  const where = `${String(route.method)} ${route.url} on the ${server.name} listener`
  const access = route.config?.access
  if (!access) throw new Error(`${where} declares no access rule`)
  if (access.kind === 'token' && !options.verifier)
    throw new Error(`${where} demands a token, but nothing verifies tokens there`)
  if (access.kind === 'token' && access.owner !== undefined && !route.url.split('/').includes(`:${access.owner}`)) {
    throw new Error(`${where} names "${access.owner}" as owner, which is not in its path`)
  }
  const { handler } = route
  route.handler = async function (request, reply) {
    if (request.place) request.place.busy = true
    try {
      return await handler.call(this, request, reply)
    } finally {
      if (request.place) request.place.busy = false
      if (reply.raw.closed) giveBack(request, reply)
    }
  }
  server.routes.push(route)
}

/** A place that can be left once. */
function placeOf(leave: () => void): Place {
  let left = false
  return {
    busy: false,
    leave: () => {
      if (!left) leave()
      left = true
    },
  }
}

/** The place is free when the answer is over and nobody works on it any more: hanging up does not free it. */
function giveBack(request: FastifyRequest, reply: FastifyReply): void {
  if (request.place && !request.place.busy && reply.raw.closed) request.place.leave()
}

/** A body that is announced too large is refused before anything else is looked at. */
function refuseAnnouncedSize(request: FastifyRequest): void {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > request.routeOptions.bodyLimit) throw new WeftError(requestErrors['too-large'])
}

/** A body has come in this time, or its connection is closed; an endpoint that takes streams bounds their pauses itself. */
function boundBody(request: FastifyRequest): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  const isStream = request.routeOptions.bodyLimit === Number.MAX_SAFE_INTEGER
  if (isStream || (encoding === undefined && (length ?? '0') === '0')) return
  const timer = setTimeout(() => request.raw.destroy(), bodyPatienceMs)
  request.raw.once('close', () => clearTimeout(timer))
}

/** Nobody needs compressed requests, and what is not inflated cannot blow up. */
function refuseCompression(request: FastifyRequest): void {
  const encoding = headerText(request.headers['content-encoding']) ?? 'identity'
  if (encoding.toLowerCase() === 'identity') return
  throw new WeftError(requestErrors['unsupported-media-type'], { message: 'A compressed body is not taken here.' })
}

function notFound(server: Server, request: FastifyRequest, reply: FastifyReply): WeftError {
  const path = request.url.split('?', 1)[0] ?? ''
  const methods = methodsAt(server.routes, path)
  if (methods.length === 0)
    return new WeftError(requestErrors['not-found'], { message: 'There is nothing at this path.' })
  reply.header('allow', methods.join(', '))
  return new WeftError(requestErrors['method-not-allowed'])
}

function answerError(server: Server, thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = fromFastify(thrown)
  const about = { action: `${request.method} ${request.routeOptions.url ?? 'unknown path'}`, correlationId: request.id }
  if (floodErrors.has(error.entry)) server.logger.debug('a request was put off', about)
  else if (error.entry.side === 'ours' && error.status >= 500)
    server.logger.error('a request failed', { ...about, error })
  else
    server.logger.info('a request was refused', {
      ...about,
      code: error.code,
      status: error.status,
      field: error.field,
    })

  if (error.status === 401 && !reply.hasHeader('www-authenticate'))
    reply.header('www-authenticate', `Bearer realm="weft"`)
  if (error.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', '1')
  // The rest of a body that nobody will read is not worth the connection.
  if (error.status === 413) reply.header('connection', 'close')
  const render = apiOf(server, request)?.renderError ?? problemOf
  const { contentType, body } = render(error, request.id)
  reply
    .code(error.status)
    .type(contentType)
    .serializer(() => (typeof body === 'string' ? body : JSON.stringify(body)))
    .send(body)
}

/** The API of the route, or for unknown paths the one with the longest prefix. */
function apiOf(server: Server, request: FastifyRequest): ApiDefinition | undefined {
  const own = request.routeOptions.config?.api
  if (own) return own
  const below = server.apis.filter((api) => request.url.startsWith(`${api.prefix}/`))
  return below.sort((a, b) => b.prefix.length - a.prefix.length)[0]
}

function utf8(body: Buffer): string {
  if (!isUtf8(body)) throw new WeftError(requestErrors.malformed, { message: 'The body is not UTF-8.' })
  return body.toString('utf8')
}

function headerText(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
