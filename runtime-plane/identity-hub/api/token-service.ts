import { createHash, timingSafeEqual } from 'node:crypto'
import { type AccessRule, participantContextId, principalAllows, type TokenVerifier } from '@weft/foundation/access'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type ApiDefinition, acceptForms, type RenderedError } from '@weft/foundation/http'
import type { Vault } from '@weft/foundation/secrets'
import { createAccessToken, createSelfIssuedToken, parseScope } from '@weft/protocols/dcp'
import { type Did, parseDid } from '@weft/protocols/trust'
import type { FastifyRequest } from 'fastify'
import { hubErrors } from '../errors.ts'
import type { OwnContext, OwnContexts } from '../own-contexts.ts'
import type { SigningKeys } from '../signing-keys.ts'

export interface TokenServiceOptions {
  readonly contexts: OwnContexts
  readonly signingKeys: SigningKeys
  readonly vault: Vault
  /** Checks the workload tokens of our own services. */
  readonly verifier: TokenVerifier
  readonly clock: () => number
}

/** What a workload token needs to have tokens made for any context. */
const workloadRule = {
  kind: 'token',
  scope: 'sts:tokens:write',
  roles: ['workload'],
} as const satisfies AccessRule

/**
 * The secure token service (internal listener): self-issued tokens of participant contexts, for our control plane by its
 * workload token and for others by the client secret of one context.
 */
export function tokenService(options: TokenServiceOptions): ApiDefinition {
  return {
    name: 'token-service',
    title: 'Secure token service',
    version: '1.0',
    prefix: '/sts',
    documented: false,
    bodyLimit: 32_768,
    renderError: renderOauthError,
    routes: (app) => {
      acceptForms(app)
      app.post('/token', { config: { access: { kind: 'protocol', protocol: 'oauth' } } }, async (request) => {
        const form = readForm(request.body)
        const context = await authenticateClient(options, request, form)
        requireGrant(form)
        const audience = readAudience(form)
        const accessToken = await accessTokenOf(options, context, audience, form)
        const issued = await createSelfIssuedToken({
          did: context.participant.did,
          audience,
          key: await options.signingKeys.for(context, 'sign_token'),
          clock: options.clock,
          ...(accessToken !== undefined && { accessToken }),
        })
        const expiresIn = Math.floor((issued.expiresAt.getTime() - options.clock()) / 1000)
        return { access_token: issued.token, expires_in: expiresIn, token_type: 'Bearer' }
      })
    },
  }
}

type Form = Readonly<Record<string, string>>

/** Form fields are texts, no field occurs twice: `acceptForms` has seen to it. */
function readForm(body: unknown): Form {
  if (typeof body === 'object' && body !== null && Object.values(body).every((value) => typeof value === 'string')) {
    return body as Form
  }
  throw new WeftError(hubErrors['token-request-invalid'])
}

function field(form: Form, name: string): string {
  const value = form[name]
  if (!value) throw new WeftError(hubErrors['token-request-invalid'], { field: name })
  return value
}

/** DCP-52: our own services by their workload token, others by the secret of the one context that they ask for. */
async function authenticateClient(
  options: TokenServiceOptions,
  request: FastifyRequest,
  form: Form,
): Promise<OwnContext> {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) {
    const principal = await options.verifier.verify(bearer)
    if (!principalAllows(principal, workloadRule)) throw new WeftError(requestErrors.forbidden)
    const context = await findClient(options.contexts, field(form, 'client_id'))
    if (!context) throw new WeftError(hubErrors['client-invalid'])
    return context
  }
  const context = await findClient(options.contexts, field(form, 'client_id'))
  const secret = field(form, 'client_secret')
  const expected = await clientSecretOf(options.vault, context)
  // Digests of equal length are compared, for unknown clients too (DCP-52).
  const matches = timingSafeEqual(digest(secret), digest(expected ?? ''))
  if (!context || expected === undefined || !matches) throw new WeftError(hubErrors['client-invalid'])
  return context
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

function requireGrant(form: Form): void {
  if (field(form, 'grant_type') !== 'client_credentials') throw new WeftError(hubErrors['grant-unsupported'])
}

/** DCP-52: the audience is a DID. */
function readAudience(form: Form): Did {
  const text = field(form, 'audience')
  try {
    return parseDid(text)
  } catch (cause) {
    throw new WeftError(hubErrors['audience-invalid'], { field: 'audience', cause })
  }
}

const longestToken = 16_384

/**
 * The claim `token`: made here for the receiver when scopes are given, passed through when it is the one that a
 * counterparty sent (DCP-14), absent otherwise.
 */
async function accessTokenOf(
  options: TokenServiceOptions,
  context: OwnContext,
  audience: Did,
  form: Form,
): Promise<string | undefined> {
  const { token, bearer_access_scope: scope } = form
  if (token !== undefined && scope !== undefined) {
    throw new WeftError(hubErrors['token-request-invalid'], { field: 'token' })
  }
  if (token !== undefined) {
    if (token === '' || token.length > longestToken)
      throw new WeftError(hubErrors['token-request-invalid'], { field: 'token' })
    return token
  }
  if (scope === undefined) return undefined
  const { token: made } = await createAccessToken({
    holder: context.participant.did,
    verifier: audience,
    scopes: readScopes(scope),
    key: await options.signingKeys.for(context, 'sign_token'),
    clock: options.clock,
  })
  return made
}

/** DCP-52: scopes of known aliases only. */
function readScopes(text: string): string[] {
  const scopes = text.split(' ').filter((scope) => scope !== '')
  const refuse = (cause?: unknown): never => {
    throw new WeftError(hubErrors['scope-unknown'], { field: 'bearer_access_scope', cause })
  }
  if (scopes.length === 0 || scopes.length > 64) refuse()
  for (const scope of scopes) {
    try {
      parseScope(scope)
    } catch (cause) {
      refuse(cause)
    }
  }
  return scopes
}

const oauthCodes: Readonly<Record<string, string>> = {
  [hubErrors['client-invalid'].code]: 'invalid_client',
  [requestErrors.unauthenticated.code]: 'invalid_client',
  [requestErrors.forbidden.code]: 'unauthorized_client',
  [hubErrors['grant-unsupported'].code]: 'unsupported_grant_type',
  [hubErrors['scope-unknown'].code]: 'invalid_scope',
}

/** Errors of RFC 6749, section 5.2, with our stable code beside them. */
function renderOauthError(error: WeftError): RenderedError {
  const fallback = error.status >= 500 ? 'server_error' : 'invalid_request'
  const where = error.field === undefined ? '' : ` (${error.field})`
  return {
    contentType: 'application/json',
    body: {
      error: oauthCodes[error.code] ?? fallback,
      error_description: `${error.message}${where} ${error.entry.remedy}`,
      code: error.code,
    },
  }
}
