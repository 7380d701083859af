import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { isJsonObject, type JsonObject } from '../policy/index.ts'
import { dpsErrors } from './errors.ts'

/** What a registration says about the tokens of its plane; the secret for calls to it is kept elsewhere. */
export type PlaneTokenRule =
  | { readonly type: 'oauth2_client_credentials'; readonly jwks?: JsonObject; readonly jwksUri?: string }
  | { readonly type: 'oauth2_token_exchange'; readonly issuer: string; readonly jwksUri: string }

export interface PlaneTokenCheck {
  readonly rule: PlaneTokenRule
  /** The id that the calling plane is registered with: the subject. */
  readonly plane: string
  /** Our own plane's id: the audience. */
  readonly receiver: string
}

export interface VerifiedPlaneToken {
  readonly issuer: string
  readonly jti: string | undefined
  readonly expiresAt: Date
}

/** Verifies tokens of planes that are registered with keys of their own (4.7). */
export interface PlaneTokenVerifier {
  /**
   * The order is that of the profile: signature, issuer, audience, expiry, subject, scope (DPS-15, DPS-16). The claim
   * `act` is not looked at: it is for audits only.
   * @throws `dps.plane-token-invalid`; what the outbound client throws when keys cannot be fetched
   */
  verify(token: string, check: PlaneTokenCheck): Promise<VerifiedPlaneToken>
}

type KeySet = ReturnType<typeof createLocalJWKSet>

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA']
const leewaySeconds = 10
const maxTokenLength = 8192
/** The scope that covers signals about data flows, with and without an action that includes them. */
const signalingScopes = new Set(['signaling:dataflow', 'signaling:dataflow:write', 'signaling:dataflow:admin'])
const keysMaxAgeMs = 5 * 60_000
/** Key ids that are not there cause one request in this time: anybody can make them up. */
const keysCoolDownMs = 30_000
/** A key set that could not be read is asked for again after that. */
const failureAgeMs = 1_000

export function createPlaneTokenVerifier(options: {
  readonly send: OutboundClient['send']
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}): PlaneTokenVerifier {
  const { send, clock } = options
  const fetched = new LRUCache<string, { readonly keys: Promise<KeySet>; readonly at: number }>({ max: 1_000 })

  /** A failure is remembered for a moment too: tokens that prove nothing must not become requests. */
  const keysAt = (uri: string, mustBeYounger: number): Promise<KeySet> => {
    const known = fetched.get(uri)
    if (known && clock() - known.at < mustBeYounger) return known.keys
    const keys = fetchKeys(send, uri)
    const at = clock()
    fetched.set(uri, { keys, at })
    keys.catch(() => {
      if (fetched.get(uri)?.keys === keys) fetched.set(uri, { keys, at: at - keysMaxAgeMs + failureAgeMs })
    })
    return keys
  }
  const verifyWith = async (token: string, keys: KeySet, check: PlaneTokenCheck): Promise<JWTPayload> => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      ...(check.rule.type === 'oauth2_token_exchange' ? { issuer: check.rule.issuer } : {}),
      audience: check.receiver,
      clockTolerance: leewaySeconds,
      currentDate: new Date(clock()),
      requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp'],
    })
    return payload
  }
  const verified = async (token: string, check: PlaneTokenCheck): Promise<JWTPayload> => {
    const { rule } = check
    // Without keys nothing could be proven: a signature is never skipped.
    if (rule.type === 'oauth2_client_credentials' && rule.jwksUri === undefined) {
      if (rule.jwks === undefined) throw refused('the plane is registered without keys')
      return verifyWith(token, localKeys(rule.jwks), check)
    }
    const uri = String(rule.jwksUri)
    try {
      return await verifyWith(token, await keysAt(uri, keysMaxAgeMs), check)
    } catch (error) {
      if (!(error instanceof joseErrors.JWKSNoMatchingKey)) throw error
      return verifyWith(token, await keysAt(uri, keysCoolDownMs), check)
    }
  }
  return {
    verify: async (token, check) => {
      if (token.length > maxTokenLength) throw refused('too long')
      const payload = await verified(token, check).catch((error: unknown) => {
        if (error instanceof joseErrors.JOSEError) throw refused(error.code)
        throw error
      })
      if (payload.sub !== check.plane) throw refused('sub')
      if (Number(payload.iat) > clock() / 1000 + leewaySeconds) throw refused('iat')
      if (check.rule.type === 'oauth2_token_exchange' && !grantsSignaling(payload.scope)) throw refused('scope')
      return {
        issuer: String(payload.iss),
        jti: typeof payload.jti === 'string' && payload.jti !== '' ? payload.jti : undefined,
        expiresAt: new Date((Number(payload.exp) + leewaySeconds) * 1000),
      }
    },
  }
}

function grantsSignaling(scope: unknown): boolean {
  return typeof scope === 'string' && scope.split(' ').some((one) => signalingScopes.has(one))
}

async function fetchKeys(send: OutboundClient['send'], url: string): Promise<KeySet> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  const answer = await send({ method: 'GET', url, headers, maxBytes: 256 * 1024, purpose: 'dps.jwks' })
  if (answer.status !== 200) throw refused(`the key set was answered ${answer.status}`)
  return localKeys(answer.json())
}

function localKeys(jwks: unknown): KeySet {
  if (!isJsonObject(jwks)) throw refused('the key set is no object')
  try {
    return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) throw refused(error.code)
    throw error
  }
}

function refused(detail: string): WeftError {
  return new WeftError(dpsErrors['plane-token-invalid'], { detail })
}
