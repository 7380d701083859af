import { createHash } from 'node:crypto'
import { decodeJwt, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { requestErrors, WeftError } from '../errors/index.ts'
import type { OutboundClient } from '../http/index.ts'
import type { Principal } from './access-rule.ts'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts'
import { principalFrom } from './token-claims.ts'

/** An authority whose access tokens are accepted. */
export interface TrustedTokenIssuer {
  /** Compared with the claim `iss`, exactly. */
  readonly issuer: string
  readonly jwksUri: string
  /** Must be among the claim `aud`; the verifier's audience when absent. */
  readonly audience?: string
}

export interface TokenVerifierOptions {
  readonly issuers: readonly TrustedTokenIssuer[]
  readonly outbound: OutboundClient
  /** Default `weft`. */
  readonly audience?: string
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number
}

export interface TokenVerifier {
  /**
   * Who presents this access token (the text after `Bearer `).
   * @throws `request.unauthenticated` when it is not acceptable, `access.issuer-unavailable` when that cannot be told.
   */
  verify(token: string): Promise<Principal>
}

const algorithms = ['RS256', 'ES256', 'EdDSA']
const leewaySeconds = 5
const maxTokenLength = 8192
const maxRemembered = 10_000

interface Verified {
  readonly principal: Principal
  readonly expiresAt: number
}

/** Verifies access tokens of the trusted issuers. Verified tokens are remembered until they expire, by hash and in bounds. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const now = options.now ?? Date.now
  const trusted = new Map<string, { issuer: TrustedTokenIssuer; keys: IssuerKeys }>()
  for (const issuer of options.issuers) {
    if (trusted.has(issuer.issuer)) throw new Error(`token issuer ${issuer.issuer} is configured twice`)
    trusted.set(issuer.issuer, { issuer, keys: createIssuerKeys(issuer.jwksUri, options.outbound, now) })
  }
  const remembered = new LRUCache<string, Verified>({ max: maxRemembered })

  return {
    verify: async (token) => {
      if (token.length > maxTokenLength) throw refused('The token is longer than any that is accepted.')
      const hash = createHash('sha256').update(token).digest('base64')
      const known = remembered.get(hash)
      if (known && known.expiresAt > now()) return known.principal
      remembered.delete(hash)

      const found = trusted.get(claimedIssuer(token))
      if (!found) throw refused('The token comes from an issuer that is not trusted.')
      const payload = await verifySignatureAndClaims(token, found.keys, {
        issuer: found.issuer.issuer,
        audience: found.issuer.audience ?? options.audience ?? 'weft',
        now: now(),
      })
      const principal = principalFrom(payload)
      remembered.set(hash, { principal, expiresAt: (Number(payload.exp) + leewaySeconds) * 1000 })
      return principal
    },
  }
}

/** Read before the signature is checked, only to choose the issuer whose keys check it. */
function claimedIssuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch (cause) {
    throw refused('The token is not a JWT.', cause)
  }
}

async function verifySignatureAndClaims(
  token: string,
  keys: IssuerKeys,
  expected: { readonly issuer: string; readonly audience: string; readonly now: number },
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys.keyFor, {
      algorithms,
      issuer: expected.issuer,
      audience: expected.audience,
      clockTolerance: leewaySeconds,
      currentDate: new Date(expected.now),
      requiredClaims: ['exp', 'sub'],
    })
    if (payload.iat !== undefined && payload.iat > expected.now / 1000 + leewaySeconds) {
      throw refused('The token was issued in the future.')
    }
    return payload
  } catch (error) {
    if (error instanceof WeftError) throw error
    throw refused(reasonFor(error), error)
  }
}

function reasonFor(error: unknown): string {
  if (error instanceof joseErrors.JWTExpired) return 'The token has expired.'
  if (error instanceof joseErrors.JWTClaimValidationFailed)
    return `The token's claim "${error.claim}" is not acceptable.`
  if (error instanceof joseErrors.JWKSNoMatchingKey)
    return 'The token is signed with a key that its issuer does not publish.'
  if (error instanceof joseErrors.JOSEAlgNotAllowed)
    return 'The token is signed with an algorithm that is not accepted.'
  return 'The signature of the token is not valid.'
}

function refused(message: string, cause?: unknown): WeftError {
  return new WeftError(requestErrors.unauthenticated, { message, cause })
}
