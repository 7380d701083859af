import {
  type CryptoKey,
  createLocalJWKSet,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
  errors as joseErrors,
} from 'jose'
import { WeftError } from '../errors/index.ts'
import type { OutboundClient } from '../http/index.ts'
import { accessErrors } from './errors.ts'

/** The published signature keys of one issuer. */
export interface IssuerKeys {
  /** The key for a token's header; reads the JWKS again when the key id is unknown. */
  readonly keyFor: (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>
}

/** Published keys are read again after this, so that a withdrawn key stops being accepted. */
const maxAgeMs = 5 * 60_000
/** When the issuer cannot be reached, known keys stay usable for this long. */
const maxStaleMs = 60 * 60_000
/** Unknown key ids cause at most one request in this time: anybody can make them up. */
const coolDownMs = 30_000
/** After a failed request, the next one may follow sooner. */
const retryMs = 1000

type LocalKeySet = ReturnType<typeof createLocalJWKSet>

/** Keys from a JWKS address, imported once, kept 5 minutes. */
export function createIssuerKeys(jwksUri: string, outbound: OutboundClient, now: () => number): IssuerKeys {
  let keys: LocalKeySet | undefined
  let readAt = 0
  let nextReadAt = 0
  let pending: Promise<LocalKeySet> | undefined

  const readOnce = async (): Promise<LocalKeySet> => {
    try {
      keys = await readKeySet(jwksUri, outbound)
      readAt = now()
      nextReadAt = readAt + coolDownMs
      return keys
    } catch (cause) {
      nextReadAt = now() + retryMs
      throw new WeftError(accessErrors['issuer-unavailable'], { detail: { jwksUri }, cause })
    }
  }
  const read = (): Promise<LocalKeySet> => {
    pending ??= readOnce().finally(() => {
      pending = undefined
    })
    return pending
  }
  const current = async (): Promise<LocalKeySet> => {
    const age = now() - readAt
    if (keys && age < maxAgeMs) return keys
    if (keys && age < maxStaleMs) {
      const known = keys
      return now() < nextReadAt ? known : read().catch(() => known)
    }
    if (now() < nextReadAt && !pending) {
      throw new WeftError(accessErrors['issuer-unavailable'], { detail: { jwksUri, retryAt: new Date(nextReadAt) } })
    }
    return read()
  }

  return {
    keyFor: async (header, token) => {
      const known = await current()
      try {
        return await known(header, token)
      } catch (error) {
        if (!(error instanceof joseErrors.JWKSNoMatchingKey) || now() < nextReadAt) throw error
        return (await read())(header, token)
      }
    },
  }
}

async function readKeySet(jwksUri: string, outbound: OutboundClient): Promise<LocalKeySet> {
  const response = await outbound.send({
    method: 'GET',
    url: jwksUri,
    headers: { accept: 'application/jwk-set+json, application/json' },
    maxBytes: 256 * 1024,
    purpose: 'access.jwks',
    internal: true,
  })
  if (response.status !== 200) throw new Error(`the JWKS address answered ${response.status}`)
  return createLocalJWKSet(response.json() as JSONWebKeySet)
}
