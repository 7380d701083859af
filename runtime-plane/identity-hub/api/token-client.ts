import { createHash, timingSafeEqual } from 'node:crypto'
import { type AccessRule, participantContextId, principalAllows, type TokenVerifier } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { Vault } from '@weft/foundation/secrets'
import { parseDid } from '@weft/protocols/trust'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FailureLimit } from '../domain/failure-limit.ts'
import { hubErrors } from '../errors.ts'
import type { OwnContext, OwnContexts } from '../own-contexts.ts'
import { requiredField, type TokenForm } from './token-form.ts'

export interface TokenClientOptions {
  readonly contexts: OwnContexts
  readonly vault: Vault
  /** Checks the workload tokens of our own services. */
  readonly verifier: TokenVerifier
  readonly failures: FailureLimit
}

/** What a workload token needs to have tokens made for any context. */
export const workloadRule = {
  kind: 'token',
  scope: 'sts:tokens:write',
  roles: ['workload'],
} as const satisfies AccessRule

/**
 * DCP-52: our own services by their workload token, others by the secret of the one context that they ask for, in the
 * form or by Basic authentication (RFC 6749, section 2.3.1).
 * @throws `identity-hub.client-invalid`, `identity-hub.client-locked`, `identity-hub.token-request-invalid`
 */
export async function authenticateClient(
  options: TokenClientOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  form: TokenForm,
): Promise<OwnContext> {
  const { authorization = '' } = request.headers
  const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (bearer !== undefined) return await workloadClient(options, bearer, form)
  const basic = /^Basic +(\S+)$/i.exec(authorization)?.[1]
  // RFC 6749, section 5.2: who came with an Authorization header is told which one would do.
  if (basic !== undefined) reply.header('www-authenticate', 'Basic realm="sts", charset="UTF-8"')
  const { clientId, secret } = basic === undefined ? formCredentials(form) : basicCredentials(basic, form)
  return await secretClient(options, request, reply, clientId, secret)
}

async function workloadClient(options: TokenClientOptions, bearer: string, form: TokenForm): Promise<OwnContext> {
  const principal = await options.verifier.verify(bearer)
  if (!principalAllows(principal, workloadRule)) throw new WeftError(requestErrors.forbidden)
  return await workloadContext(options.contexts, form)
}

/** The context that a workload, which may ask for any, asks for. @throws `identity-hub.client-invalid` */
export async function workloadContext(contexts: OwnContexts, form: TokenForm): Promise<OwnContext> {
  const context = await findClient(contexts, requiredField(form, 'client_id'))
  if (!context) throw new WeftError(hubErrors['client-invalid'])
  return context
}

async function secretClient(
  options: TokenClientOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  clientId: string,
  secret: string,
): Promise<OwnContext> {
  // By address as well: nobody locks somebody else out.
  const key = `${request.ip} ${digest(clientId).toString('base64url')}`
  const waitMs = options.failures.waitFor(key)
  if (waitMs > 0) {
    reply.header('retry-after', String(Math.ceil(waitMs / 1000)))
    throw new WeftError(hubErrors['client-locked'])
  }
  const context = await findClient(options.contexts, clientId)
  const expected = await clientSecretOf(options.vault, context)
  // Digests of equal length are compared, for unknown clients too (DCP-52).
  const matches = timingSafeEqual(digest(secret), digest(expected ?? ''))
  if (!context || expected === undefined || !matches) {
    options.failures.failed(key)
    throw new WeftError(hubErrors['client-invalid'])
  }
  return context
}

interface ClientCredentials {
  readonly clientId: string
  readonly secret: string
}

function formCredentials(form: TokenForm): ClientCredentials {
  return { clientId: requiredField(form, 'client_id'), secret: requiredField(form, 'client_secret') }
}

/**
 * Both parts are form-encoded before they are joined, since a DID has colons. Clients that forget it are understood: a
 * secret of ours has no colon, and an id with one was not encoded.
 */
function basicCredentials(basic: string, form: TokenForm): ClientCredentials {
  if (form.client_secret !== undefined) {
    throw new WeftError(hubErrors['token-request-invalid'], { field: 'client_secret' })
  }
  const text = Buffer.from(basic, 'base64').toString('utf8')
  const colon = text.lastIndexOf(':')
  if (colon < 1) throw new WeftError(hubErrors['client-invalid'])
  const id = text.slice(0, colon)
  const clientId = id.includes(':') ? id : formDecoded(id)
  if (form.client_id !== undefined && form.client_id !== clientId) {
    throw new WeftError(hubErrors['token-request-invalid'], { field: 'client_id' })
  }
  return { clientId, secret: formDecoded(text.slice(colon + 1)) }
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new WeftError(hubErrors['client-invalid'], { cause })
  }
}

async function findClient(contexts: OwnContexts, clientId: string): Promise<OwnContext | undefined> {
  try {
    if (clientId.startsWith('did:')) return await contexts.activeByDid(parseDid(clientId))
    return await contexts.active(participantContextId(clientId))
  } catch (error) {
    if (error instanceof WeftError && error.entry.side === 'caller') return undefined
    throw error
  }
}

async function clientSecretOf(vault: Vault, context: OwnContext | undefined): Promise<string | undefined> {
  const name = context?.participant.stsSecretName
  return context && name ? await vault.partition(context.participant.participantContextId).get(name) : undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
