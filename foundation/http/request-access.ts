import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { type AccessRule, ownsContext, type Principal, principalAllows, type TokenVerifier } from '../access/index.ts'
import { requestErrors, WeftError } from '../errors/index.ts'
import type { ApiDefinition } from './port.ts'

/** What a request takes up until it is over. */
export interface Place {
  /** Gives the place back; repeated is fine. */
  readonly leave: () => void
  /** Whether somebody works on the answer. */
  busy: boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route demands of its caller; a route without is refused when it is registered. */
    access: AccessRule
    /** Set by `registerApi`. */
    api?: ApiDefinition
  }
  interface FastifyRequest {
    /** Who calls, once a token was verified; null on routes that take none. */
    principal: Principal | null
    /** Its place among the requests of the listener and of its tenant, once it has one. */
    place: Place | null
  }
}

/** Who calls a route whose access rule demands a token. @throws `request.unauthenticated` on other routes. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new WeftError(requestErrors.unauthenticated)
  return request.principal
}

/**
 * Authentication, then authorization, before the body is read: a caller without rights learns nothing from it.
 * A participant gets the same refusal for a context of somebody else and for one that does not exist.
 */
export function accessHook(verifier: TokenVerifier | undefined): onRequestAsyncHookHandler {
  return async (request) => {
    const rule = request.routeOptions.config.access
    if (rule.kind !== 'token') return
    if (!verifier) throw new WeftError(requestErrors.internal, { detail: 'this listener has no token verifier' })
    const principal = await verifier.verify(bearerToken(request.headers.authorization))
    request.principal = principal
    if (!principalAllows(principal, rule)) {
      const message = rule.roles.includes(principal.role)
        ? `The token lacks the scope "${rule.scope}".`
        : `The role "${principal.role}" may not do this.`
      throw new WeftError(requestErrors.forbidden, { message })
    }
    if (rule.owner !== undefined && !ownsContext(principal, rule, pathParameter(request, rule.owner))) {
      throw new WeftError(requestErrors.forbidden, { message: 'The token is for another participant context.' })
    }
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) {
    throw new WeftError(requestErrors.unauthenticated, { message: 'The Authorization header is missing.' })
  }
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1]
  if (token === undefined) {
    throw new WeftError(requestErrors.unauthenticated, { message: 'The Authorization header holds no bearer token.' })
  }
  return token
}

function pathParameter(request: FastifyRequest, name: string): string {
  const params = request.params as Readonly<Record<string, string | undefined>>
  return params[name] ?? ''
}
