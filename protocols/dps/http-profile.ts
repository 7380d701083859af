import { WeftError } from '@weft/foundation/errors'
import { type DataAddress, edcHttpEndpointType, edcHttpSinkType } from '../dsp/index.ts'
import { dpsErrors } from './errors.ts'
import { flowDirection, httpPullProfile, httpPushProfile } from './profiles.ts'

/** How the holder of a token gets the next one (4.8). */
export interface TokenRenewal {
  readonly refreshToken: string
  /** Of the access token, in seconds. */
  readonly expiresIn: number
  /** Absent: the endpoint itself. */
  readonly refreshEndpoint?: string
}

/** What a data address of HTTP says; a secret as a whole. */
export interface HttpAccess {
  readonly endpoint: string
  /** Absent: the endpoint is open. */
  readonly token?: string
  readonly renewal?: TokenRenewal
}

/** The endpoint type that goes with a profile: of the HTTP profile its own value, else EDC's. */
function httpEndpointType(profile: string): string {
  if (profile === httpPullProfile || profile === httpPushProfile) return profile
  return flowDirection(profile) === 'push' ? edcHttpSinkType : edcHttpEndpointType
}

/** What EDC's sink is told: where to, and a header by name and value. */
function sinkProperties({ endpoint, token }: HttpAccess): Readonly<Record<string, string>> {
  return {
    baseUrl: endpoint,
    ...(token === undefined ? {} : { authKey: 'Authorization', authCode: `Bearer ${token}` }),
  }
}

/** A data address of HTTP with a bearer token (DPS-20, DPS-24). */
export function buildHttpAddress(profile: string, access: HttpAccess): DataAddress {
  const { endpoint, token, renewal } = access
  const endpointType = httpEndpointType(profile)
  return {
    endpointType,
    endpoint,
    properties: {
      ...(endpointType === edcHttpSinkType ? sinkProperties(access) : {}),
      ...(token === undefined ? {} : { authorization: token, authType: 'bearer' }),
      ...(renewal === undefined
        ? {}
        : {
            refreshToken: renewal.refreshToken,
            expiresIn: String(renewal.expiresIn),
            ...(renewal.refreshEndpoint === undefined ? {} : { refreshEndpoint: renewal.refreshEndpoint }),
          }),
    },
  }
}

/**
 * Reads a data address of HTTP: what to call, with which bearer token.
 *
 * @param profile of the transfer: for the HTTP profile the endpoint type must be its very value (DPS-20)
 * @param renewalRule whether the address must say how its token is renewed (DPS-25)
 * @throws `dps.invalid-data-address`: no endpoint; not https (plain http for loopback hosts only); a token without
 *   `authType` or of another type than `bearer`; a refresh token without numeric `expiresIn`; no renewal where it is required
 */
export function readHttpAddress(
  profile: string,
  address: DataAddress,
  renewalRule: 'required' | 'optional' = 'optional',
): HttpAccess {
  const ofProfile = profile === httpPullProfile || profile === httpPushProfile
  if (ofProfile && address.endpointType !== profile)
    throw invalid('endpointType', 'is not that of the transfer profile')
  const endpoint = httpUrl('endpoint', address.endpoint)
  const { authorization, authType } = { ...readSinkHeader(address), ...address.properties }
  if (authorization !== undefined && authType?.toLowerCase() !== 'bearer') throw invalid('authType', 'must be bearer')
  if (authorization !== undefined && !/^[\x20-\x7e]{1,8192}$/.test(authorization)) {
    throw invalid('authorization', 'must be text that fits into a header')
  }
  const renewal = readRenewal(address)
  if (renewalRule === 'required' && (authorization === undefined || renewal === undefined)) {
    throw invalid(
      authorization === undefined ? 'authorization' : 'refreshToken',
      'is missing: the token must be renewable',
    )
  }
  return {
    endpoint,
    // Some partners write the scheme into the token, most send it bare.
    ...(authorization === undefined ? {} : { token: authorization.replace(/^bearer +/i, '') }),
    ...(renewal === undefined ? {} : { renewal }),
  }
}

/** The header that a sink of EDC wants, where it is the one of a bearer token. */
function readSinkHeader({ endpointType, properties }: DataAddress): Readonly<Record<string, string>> {
  const { authKey, authCode } = properties
  if (endpointType !== edcHttpSinkType || authCode === undefined) return {}
  if (authKey?.toLowerCase() !== 'authorization' || !/^bearer /i.test(authCode)) {
    throw invalid('authKey', 'must be Authorization, and authCode a bearer token')
  }
  return { authorization: authCode, authType: 'bearer' }
}

function readRenewal(address: DataAddress): TokenRenewal | undefined {
  const { refreshToken, expiresIn, refreshEndpoint } = address.properties
  if (refreshToken === undefined) return undefined
  if (expiresIn === undefined || !/^\d{1,9}$/.test(expiresIn)) {
    throw invalid('expiresIn', 'must be a number of seconds where there is a refresh token')
  }
  return {
    refreshToken,
    expiresIn: Number(expiresIn),
    ...(refreshEndpoint === undefined ? {} : { refreshEndpoint: httpUrl('refreshEndpoint', refreshEndpoint) }),
  }
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

function httpUrl(name: string, text: string | undefined): string {
  if (text === undefined) throw invalid(name, 'is missing')
  const url = URL.canParse(text) ? new URL(text) : undefined
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.has(url.hostname))
  if (!url || !secure || url.username !== '') throw invalid(name, 'must be an https URL without user information')
  return text
}

function invalid(name: string, problem: string): WeftError {
  const field = `/dataAddress/${name}`
  return new WeftError(dpsErrors['invalid-data-address'], { field, message: `${field} ${problem}` })
}
