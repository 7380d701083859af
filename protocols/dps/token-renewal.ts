import { isRetryable, WeftError } from '@weft/foundation/errors'
import type { OutboundClient, OutboundResponse } from '@weft/foundation/http'
import { isJsonObject } from '../policy/index.ts'
import { type DidResolver, parseDid, parseJwt, type TrustRules, verifyJwt } from '../trust/index.ts'
import { dpsErrors } from './errors.ts'
import { oauthErrors } from './oauth.ts'

/** What a renewal gives (4.8): the answer of OAuth 2.0 to a refresh. */
export interface RenewedToken {
  readonly accessToken: string
  /** Of the access token, in seconds. */
  readonly expiresIn: number
  /** The next refresh token; absent: the one that was sent stays. */
  readonly refreshToken?: string
}

/** What the provider knows of the flow whose token is to be renewed. */
export interface RenewalCheck {
  /** The DID that the refresh token is bound to (DPS-22). */
  readonly consumer: string
  /** The provider's own id: the audience. */
  readonly provider: string
  /** Whether this is the access token that goes with the refresh token. */
  readonly isCurrent: (accessToken: string) => boolean
  readonly resolver: DidResolver
  readonly now: number
  readonly rules?: TrustRules
}

const leewaySeconds = 10

/**
 * The refresh token of a renewal request.
 * @throws `renewal.invalid-request`, `renewal.unsupported-grant-type`
 */
export function readRenewalForm(form: unknown): string {
  const { grant_type: grant, refresh_token: token } = isJsonObject(form) ? form : {}
  if (typeof grant !== 'string') throw new WeftError(oauthErrors['invalid-request'], { field: 'grant_type' })
  if (grant !== 'refresh_token') throw new WeftError(oauthErrors['unsupported-grant-type'])
  if (typeof token !== 'string' || token === '') {
    throw new WeftError(oauthErrors['invalid-request'], { field: 'refresh_token' })
  }
  return token
}

/**
 * Proves that the consumer itself asks for the renewal (DPS-21, DPS-22): issuer and subject are the DID that the flow is
 * bound to, the audience is the provider, the claim `token` is the access token that goes with the refresh token, and a
 * key of the consumer's DID document signed it all. Times are checked where they are given: the access token that the
 * client token names ends its use, as a renewal replaces it.
 *
 * @returns the id and expiry of the client token where it has them, for the check for replays
 * @throws `renewal.invalid-client`; what may pass by itself, such as a document that cannot be fetched
 */
export async function verifyRenewalClient(
  clientToken: string,
  check: RenewalCheck,
): Promise<{ readonly jti?: string; readonly expiresAt?: Date }> {
  try {
    const jwt = parseJwt(clientToken)
    const { iss, sub, aud, token, jti } = jwt.claims
    if (!isSame(iss, check.consumer) || iss !== sub) throw refused('iss and sub are not the consumer')
    if (!(Array.isArray(aud) ? aud : [aud]).some((one) => isSame(one, check.provider))) throw refused('aud')
    if (typeof token !== 'string' || !check.isCurrent(token)) throw refused('token')
    const expiresAt = readTimes(jwt.claims, check.now)
    // A key must be named: a document may hold several, and the client chooses which it proves.
    if (jwt.kid === undefined) throw refused('kid')
    await verifyJwt(jwt, {
      signer: parseDid(check.consumer),
      relationship: 'capabilityInvocation',
      resolver: check.resolver,
      ...(check.rules === undefined ? {} : { rules: check.rules }),
    })
    return {
      ...(typeof jti === 'string' && jti !== '' && jti.length <= 512 ? { jti } : {}),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }
  } catch (cause) {
    // A document that cannot be fetched right now says nothing about the client.
    if (!(cause instanceof WeftError) || isRetryable(cause)) throw cause
    throw cause.entry === oauthErrors['invalid-client']
      ? cause
      : new WeftError(oauthErrors['invalid-client'], { cause })
  }
}

/** One DID may be spelled in several ways; what is no did:web is compared as it is. */
function isSame(claimed: unknown, expected: string): boolean {
  if (claimed === expected) return true
  try {
    return parseDid(claimed) === parseDid(expected)
  } catch {
    return false
  }
}

function readTimes(claims: Readonly<Record<string, unknown>>, now: number): Date | undefined {
  const seconds = now / 1000
  for (const name of ['exp', 'nbf', 'iat'] as const) {
    const value = claims[name]
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isFinite(value)) throw refused(name)
    if (name === 'exp' ? value <= seconds - leewaySeconds : value > seconds + leewaySeconds) throw refused(name)
  }
  return typeof claims.exp === 'number' ? new Date(Math.min(claims.exp, seconds + 86_400) * 1000) : undefined
}

function refused(detail: string): WeftError {
  return new WeftError(oauthErrors['invalid-client'], { detail })
}

/** A renewed token as JSON. */
export function buildTokenResponse(renewed: RenewedToken): object {
  return {
    access_token: renewed.accessToken,
    token_type: 'Bearer',
    expires_in: renewed.expiresIn,
    ...(renewed.refreshToken === undefined ? {} : { refresh_token: renewed.refreshToken }),
  }
}

/**
 * Asks a provider for the next access token (DPS-21). Calls for one refresh token must not overlap: it is good once.
 *
 * @param request `clientToken` is signed by the consumer for the provider and names the current access token
 * @throws `dps.renewal-refused` when the provider says no; `dps.plane-unavailable` (5xx, 429), which a retry may cure;
 *   `dps.plane-malformed`; what the outbound client throws
 */
export async function renewToken(
  send: OutboundClient['send'],
  request: { readonly refreshEndpoint: string; readonly refreshToken: string; readonly clientToken: string },
): Promise<RenewedToken> {
  const answer = await send({
    method: 'POST',
    url: request.refreshEndpoint,
    headers: { accept: 'application/json', authorization: `Bearer ${request.clientToken}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: request.refreshToken }),
    maxBytes: 64 * 1024,
    purpose: 'dps.renew-token',
  })
  if (answer.status >= 500 || answer.status === 429) throw new WeftError(dpsErrors['plane-unavailable'])
  if (answer.status < 200 || answer.status >= 300) {
    throw new WeftError(dpsErrors['renewal-refused'], { detail: { status: answer.status } })
  }
  return readTokenResponse(answer)
}

function readTokenResponse(answer: OutboundResponse): RenewedToken {
  const body = answer.json()
  const {
    access_token: accessToken,
    token_type: type,
    expires_in: expiresIn,
    refresh_token: next,
  } = isJsonObject(body) ? body : {}
  const isBearer = type === undefined || (typeof type === 'string' && type.toLowerCase() === 'bearer')
  if (!isHeaderText(accessToken) || !isBearer) throw malformed('access_token')
  if (next !== undefined && !isHeaderText(next)) throw malformed('refresh_token')
  const seconds = Number(expiresIn ?? 60)
  if (!Number.isFinite(seconds) || seconds < 0) throw malformed('expires_in')
  return { accessToken, expiresIn: Math.floor(seconds), ...(next === undefined ? {} : { refreshToken: next }) }
}

/** It goes into a header as it is, so it must fit into one. */
function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,8192}$/.test(value)
}

function malformed(name: string): WeftError {
  return new WeftError(dpsErrors['plane-malformed'], {
    message: `The answer of the provider is not valid: ${name} is missing or not usable.`,
  })
}
