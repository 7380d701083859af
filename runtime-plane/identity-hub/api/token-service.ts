import type { TokenVerifier } from '@weft/foundation/access'
import { requestErrors, toWeftError, WeftError } from '@weft/foundation/errors'
import { type ApiDefinition, type App, acceptForms, type RenderedError } from '@weft/foundation/http'
import type { Vault } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import { createAccessToken, createSelfIssuedToken, parseScope } from '@weft/protocols/dcp'
import { type Did, parseDid } from '@weft/protocols/trust'
import { Type } from 'typebox'
import { createFailureLimit } from '../domain/failure-limit.ts'
import { hubErrors } from '../errors.ts'
import type { OwnContext, OwnContexts } from '../own-contexts.ts'
import type { SigningKeys } from '../signing-keys.ts'
import { authenticateClient, workloadContext, workloadRule } from './token-client.ts'
import { readTokenForm, requiredField, type TokenForm } from './token-form.ts'

export interface TokenServiceOptions {
  readonly contexts: OwnContexts
  readonly signingKeys: SigningKeys
  readonly vault: Vault
  /** Checks the workload tokens of our own services. */
  readonly verifier: TokenVerifier
  readonly logger: Logger
  readonly clock: () => number
}

/** Failures of one client from one address in a minute; guessing a secret of 256 bits would take longer. */
const maxFailures = 20
const failureWindowMs = 60_000

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
      const clients = { ...options, failures: createFailureLimit(maxFailures, failureWindowMs, options.clock) }
      app.post('/token', { config: { access: { kind: 'protocol', protocol: 'oauth' } } }, async (request, reply) => {
        const form = readTokenForm(request.body)
        return await issueToken(options, await authenticateClient(clients, request, reply, form), form)
      })
      registerBatches(app, options)
    },
  }
}

const mostInBatch = 64

const TokenRequests = Type.Object(
  { requests: Type.Array(Type.Record(Type.String(), Type.String()), { minItems: 1, maxItems: mostInBatch }) },
  { additionalProperties: false },
)

/**
 * Many tokens with one request, for our own control plane: each of its messages needs two. Entries are forms of the token
 * endpoint; each is answered by what that would have answered, the refused ones among the others.
 */
function registerBatches(app: App, options: TokenServiceOptions): void {
  const config = { access: workloadRule }
  app.post('/tokens', { config, schema: { body: TokenRequests }, bodyLimit: 2_097_152 }, async (request) => {
    const answer = async (form: TokenForm): Promise<object> => {
      try {
        return await issueToken(options, await workloadContext(options.contexts, form), form)
      } catch (thrown) {
        const error = toWeftError(thrown)
        // The exchange as a whole succeeds, so that nobody else says it.
        if (error.status >= 500) options.logger.error('a token could not be made', { action: 'token.issue', error })
        return { status: error.status, ...oauthError(error) }
      }
    }
    return { tokens: await Promise.all(request.body.requests.map(answer)) }
  })
}

async function issueToken(options: TokenServiceOptions, context: OwnContext, form: TokenForm): Promise<object> {
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
}

function requireGrant(form: TokenForm): void {
  if (requiredField(form, 'grant_type') !== 'client_credentials') throw new WeftError(hubErrors['grant-unsupported'])
}

/** DCP-52: the audience is a DID. */
function readAudience(form: TokenForm): Did {
  const text = requiredField(form, 'audience')
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
  form: TokenForm,
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
  [hubErrors['client-locked'].code]: 'invalid_client',
  [requestErrors.unauthenticated.code]: 'invalid_client',
  [requestErrors.forbidden.code]: 'unauthorized_client',
  [hubErrors['grant-unsupported'].code]: 'unsupported_grant_type',
  [hubErrors['scope-unknown'].code]: 'invalid_scope',
}

function renderOauthError(error: WeftError): RenderedError {
  return { contentType: 'application/json', body: oauthError(error) }
}

/** Errors of RFC 6749, section 5.2, with our stable code beside them. */
function oauthError(error: WeftError) {
  const fallback = error.status >= 500 ? 'server_error' : 'invalid_request'
  const where = error.field === undefined ? '' : ` (${error.field})`
  return {
    error: oauthCodes[error.code] ?? fallback,
    error_description: `${error.message}${where} ${error.entry.remedy}`,
    code: error.code,
  }
}
