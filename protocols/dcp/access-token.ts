import { randomUUID } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import {
  type Clock,
  type Did,
  type PublicJwk,
  parseJwt,
  type SigningKey,
  signJwt,
  verifySignature,
} from '../trust/index.ts'
import { dcpErrors } from './errors.ts'
import { parseScope, type Scope } from './scope.ts'
import { type IssuedToken, tokenLifetimeSeconds } from './self-issued-token.ts'
import { isAddressedTo, timeFault } from './token-times.ts'

export interface AccessTokenInput {
  readonly holder: Did
  /** The only one who may use it (DCP-21). */
  readonly verifier: Did
  readonly scopes: readonly string[]
  /** A key of the holder. */
  readonly key: SigningKey
  readonly clock: Clock
}

export interface AccessTokenCheck {
  /** The holder whose credential service is asked. */
  readonly holder: Did
  /** `did` of the self-issued token that carried the access token. */
  readonly verifier: Did
  readonly clock: Clock
  /** This holder's public key of that DID URL; undefined when it is none of this holder's. */
  readonly holderKey: (kid: string) => Promise<PublicJwk | undefined>
}

const maxScopes = 64

/** Makes the token with which one verifier may read credentials of the holder (section 3.2). @throws `dcp.scope-invalid` */
export async function createAccessToken(input: AccessTokenInput): Promise<IssuedToken> {
  const { holder, verifier, scopes, key, clock } = input
  if (scopes.length === 0 || scopes.length > maxScopes) throw new WeftError(dcpErrors['scope-invalid'])
  for (const scope of scopes) parseScope(scope)
  const iat = Math.floor(clock() / 1000)
  const exp = iat + tokenLifetimeSeconds
  const jti = randomUUID()
  const claims = { iss: holder, sub: verifier, aud: holder, jti, iat, nbf: iat, exp, scope: scopes.join(' ') }
  return { token: await signJwt(claims, key), jti, expiresAt: new Date(exp * 1000) }
}

/**
 * Verifies an access token that this holder made earlier (DCP-21): its signature by the holder's own key, and that the
 * verifier who brings it is the one it was made for.
 * @throws `dcp.access-token-missing`, `dcp.access-token-invalid`
 */
export async function verifyAccessToken(
  token: string | undefined,
  check: AccessTokenCheck,
): Promise<{ readonly scopes: readonly Scope[] }> {
  if (token === undefined) throw new WeftError(dcpErrors['access-token-missing'])
  try {
    const jwt = parseJwt(token)
    const key = jwt.kid === undefined ? undefined : await check.holderKey(jwt.kid)
    if (key === undefined) throw invalid()
    await verifySignature(jwt, key)
    const { iss, sub, aud, scope } = jwt.claims
    if (iss !== check.holder || sub !== check.verifier || !isAddressedTo(aud, check.holder)) throw invalid()
    if (timeFault(jwt.claims, check.clock(), ['exp', 'iat']) !== undefined) throw invalid()
    return { scopes: grantedScopes(scope) }
  } catch (cause) {
    // To the caller all of these are one: whoever forges tokens learns nothing from the differences.
    if (cause instanceof WeftError && cause.status === 401) throw invalid(cause)
    throw cause
  }
}

function grantedScopes(scope: unknown): readonly Scope[] {
  const scopes = typeof scope === 'string' ? scope.split(' ') : []
  if (scopes.length === 0 || scopes.length > maxScopes) throw invalid()
  try {
    return scopes.map(parseScope)
  } catch (cause) {
    throw invalid(cause)
  }
}

function invalid(cause?: unknown): WeftError {
  return new WeftError(dcpErrors['access-token-invalid'], { cause })
}
