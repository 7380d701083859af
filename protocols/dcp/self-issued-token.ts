import { randomUUID } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import {
  type Clock,
  type Did,
  type DidResolver,
  type JwtClaims,
  type ParsedJwt,
  parseDid,
  parseJwt,
  type SigningKey,
  signJwt,
  type TrustRules,
  verifyJwt,
} from '../trust/index.ts'
import { dcpErrors } from './errors.ts'
import { authenticationFailure } from './refusal.ts'
import type { ReplayGuard, TokenUse } from './replay-guard.ts'
import { isAddressedTo, leewaySeconds, maxLifetimeSeconds, timeFault } from './token-times.ts'

export interface IssuedToken {
  readonly token: string
  readonly jti: string
  readonly expiresAt: Date
}

export interface SelfIssuedTokenInput {
  /** Who speaks; the key is listed in its document under `capabilityInvocation`. */
  readonly did: Did
  /** The receiver. */
  readonly audience: Did
  readonly key: SigningKey
  readonly clock: Clock
  /** Goes into the claim `token`: one that was made for the receiver, or the receiver's own, sent back (DCP-14). */
  readonly accessToken?: string
}

export interface VerifiedToken {
  /** Who sent it. */
  readonly did: Did
  /** Who it was for: ourselves. */
  readonly audience: Did
  /** For the sender's credential service; opaque. */
  readonly accessToken: string | undefined
  readonly jti: string
  readonly expiresAt: Date
  /** What the replay guard remembers; for `release` after a fault of ours. */
  readonly use: TokenUse
}

export interface SelfIssuedTokenCheck {
  /** The DID of the participant that the URL addresses. */
  readonly audience: Did
  readonly resolver: DidResolver
  readonly replay: ReplayGuard
  readonly clock: Clock
  /** Strict when absent. */
  readonly rules?: TrustRules
}

/** Seconds that our tokens live (DCP-50). */
export const tokenLifetimeSeconds = 300
const maxIdLength = 512
const bearerHeader = /^Bearer ([^\s]+)$/i

/** Makes a self-issued token (DCP-02). Each request needs a new one, since receivers refuse a second use. */
export async function createSelfIssuedToken(input: SelfIssuedTokenInput): Promise<IssuedToken> {
  const { did, audience, key, clock, accessToken } = input
  const iat = Math.floor(clock() / 1000)
  const exp = iat + tokenLifetimeSeconds
  const jti = randomUUID()
  const claims = {
    iss: did,
    sub: did,
    aud: audience,
    jti,
    iat,
    exp,
    ...(accessToken === undefined ? {} : { token: accessToken }),
  }
  return { token: await signJwt(claims, key), jti, expiresAt: new Date(exp * 1000) }
}

/** The token of an `Authorization: Bearer …` header, the only carrier (DCP-12). @throws `dcp.token-missing` */
export function bearerToken(authorization: string | undefined): string {
  const token = bearerHeader.exec(authorization ?? '')?.[1]
  if (token === undefined) throw new WeftError(dcpErrors['token-missing'])
  return token
}

/**
 * Verifies a self-issued token: the eight checks of section 3.1, in order. Nothing of the request needs to be looked at
 * before.
 * @throws `dcp.*`, `trust.*`: a 401 for everything that is wrong with the token or its sender
 */
export async function verifySelfIssuedToken(token: string, check: SelfIssuedTokenCheck): Promise<VerifiedToken> {
  const jwt = parseJwt(token)
  requirePlainType(jwt)
  const did = requireSelfIssued(jwt.claims)
  requireAudience(jwt.claims, check.audience)
  await requireOwnSignature(jwt, did, check)
  const expiresAt = requireCurrent(jwt.claims, check.clock())
  const jti = requireId(jwt.claims)
  const use = await requireFirstUse({ jti, did, expiresAt }, check)
  return { did, audience: check.audience, accessToken: readAccessToken(jwt.claims), jti, expiresAt, use }
}

/** Another kind of token is not meant to log somebody in, whatever its claims (RFC 8725 section 3.11). */
function requirePlainType({ typ }: ParsedJwt): void {
  if (typ !== undefined && typ.toUpperCase() !== 'JWT') throw new WeftError(dcpErrors['token-not-self-issued'])
}

/** DCP-01, DCP-03. A presentation has the same registered claims, and is not meant to log somebody in. */
function requireSelfIssued({ iss, sub, vp, vc }: JwtClaims): Did {
  if (typeof iss !== 'string' || iss !== sub || vp !== undefined || vc !== undefined)
    throw new WeftError(dcpErrors['token-not-self-issued'])
  try {
    return parseDid(iss)
  } catch (cause) {
    throw new WeftError(dcpErrors['token-not-self-issued'], { cause })
  }
}

/** DCP-04. */
function requireAudience({ aud }: JwtClaims, audience: Did): void {
  if (!isAddressedTo(aud, audience)) throw new WeftError(dcpErrors['audience-mismatch'])
}

/** DCP-05 to DCP-08. */
async function requireOwnSignature(
  jwt: ParsedJwt,
  signer: Did,
  { resolver, rules }: SelfIssuedTokenCheck,
): Promise<void> {
  try {
    await verifyJwt(jwt, { signer, relationship: 'capabilityInvocation', resolver, rules })
  } catch (error) {
    throw authenticationFailure(error, dcpErrors['sender-unresolvable'])
  }
}

/** DCP-09, DCP-11, DCP-50. */
function requireCurrent(claims: JwtClaims, now: number): Date {
  const fault = timeFault(claims, now, ['exp', 'iat'])
  if (fault === 'expired') throw new WeftError(dcpErrors['token-expired'])
  if (fault === 'early') throw new WeftError(dcpErrors['token-not-yet-valid'])
  const [exp, iat] = [Number(claims.exp), Number(claims.iat)]
  if (fault === 'missing' || exp - iat > maxLifetimeSeconds) throw new WeftError(dcpErrors['token-claims-invalid'])
  return new Date(exp * 1000)
}

function requireId({ jti }: JwtClaims): string {
  if (typeof jti !== 'string' || jti === '' || jti.length > maxIdLength)
    throw new WeftError(dcpErrors['token-id-missing'])
  return jti
}

/** DCP-10. After the signature, so that nobody can use up another sender's ids. */
async function requireFirstUse(
  { jti, did, expiresAt }: Pick<VerifiedToken, 'jti' | 'did' | 'expiresAt'>,
  { audience, replay }: SelfIssuedTokenCheck,
): Promise<TokenUse> {
  const rememberUntil = new Date(expiresAt.getTime() + leewaySeconds * 1000)
  const use = { receiver: audience, issuer: did, jti, expiresAt: rememberUntil }
  if (!(await replay.claim(use))) throw new WeftError(dcpErrors.replayed)
  return use
}

function readAccessToken({ token }: JwtClaims): string | undefined {
  return typeof token === 'string' && token !== '' ? token : undefined
}
