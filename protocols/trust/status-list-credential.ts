import { WeftError } from '@weft/foundation/errors'
import { type Did, parseDid } from './did.ts'
import { trustErrors } from './errors.ts'
import { asArray, isObject, type JsonObject, parseJsonStrictly, stringsOf } from './json.ts'
import type { SigningKey } from './jwk.ts'
import { type ParsedJwt, parseJwt, signJwt } from './jwt.ts'
import { encodeStatusBits } from './status-bits.ts'
import type { StatusListKind, StatusPurpose } from './status-entry.ts'
import { dateOfSeconds, parseDateTime, toDateTime, toSeconds } from './times.ts'
import { vc11Context } from './vc11-jwt.ts'

export interface StatusListContent {
  readonly kind: StatusListKind
  /** Where the list is served; the `listUrl` of its entries. */
  readonly url: string
  readonly issuer: Did
  readonly purpose: StatusPurpose
  readonly bits: Uint8Array
  readonly validFrom: Date
  readonly validUntil?: Date
}

/** A status list credential as somebody published it. Parsed, not verified. */
export interface PublishedStatusList {
  readonly kind: StatusListKind
  /** Absent: published without a signature that is understood. */
  readonly jwt: ParsedJwt | undefined
  readonly issuer: Did
  readonly purposes: readonly string[]
  readonly encodedList: string
  readonly validFrom: Date | undefined
  readonly validUntil: Date | undefined
}

/** The list as an unsigned credential, for readers that take no JWT (section 10). */
export async function buildStatusListCredential(content: StatusListContent): Promise<JsonObject> {
  const { kind, url, issuer, purpose, validFrom, validUntil } = content
  const isVersion2 = kind === 'BitstringStatusList'
  const [fromName, untilName] = isVersion2 ? ['validFrom', 'validUntil'] : ['issuanceDate', 'expirationDate']
  return {
    '@context': isVersion2
      ? ['https://www.w3.org/ns/credentials/v2']
      : [vc11Context, 'https://w3id.org/vc/status-list/2021/v1'],
    id: url,
    type: ['VerifiableCredential', `${kind}Credential`],
    issuer,
    [fromName]: toDateTime(validFrom),
    ...(validUntil === undefined ? {} : { [untilName]: toDateTime(validUntil) }),
    credentialSubject: {
      id: `${url}#list`,
      type: kind,
      statusPurpose: purpose,
      encodedList: await encodeStatusBits(kind, content.bits),
    },
  }
}

/**
 * The list as a signed credential: data model 2.0 with JOSE (media type `application/vc+jwt`) for BitstringStatusList,
 * a 1.1 JWT (`application/jwt`) for StatusList2021. The key is one of the issuer's `assertionMethod`.
 * @throws `trust.key-invalid`
 */
export async function issueStatusListCredential(content: StatusListContent, key: SigningKey): Promise<string> {
  const credential = await buildStatusListCredential(content)
  const { url, issuer, validFrom, validUntil } = content
  const from = toSeconds(validFrom)
  const registered = {
    iss: issuer,
    iat: from,
    nbf: from,
    ...(validUntil === undefined ? {} : { exp: toSeconds(validUntil) }),
  }
  if (content.kind === 'BitstringStatusList') return signJwt({ ...credential, ...registered }, key, 'vc+jwt')
  return signJwt({ ...registered, sub: `${url}#list`, jti: url, vc: credential }, key, 'JWT')
}

/** Reads what a status list URL answered: a JWT of either data model, or JSON. @throws `trust.status-list-invalid` */
export function parseStatusListCredential(body: string): PublishedStatusList {
  try {
    const text = body.trim()
    if (text.startsWith('{')) return read(parseJsonStrictly(text), undefined)
    const jwt = parseJwt(text)
    return read(jwt.claims.vc ?? jwt.claims, jwt)
  } catch (cause) {
    if (cause instanceof WeftError && cause.entry === trustErrors['status-list-invalid']) throw cause
    throw new WeftError(trustErrors['status-list-invalid'], { cause })
  }
}

function read(credential: unknown, jwt: ParsedJwt | undefined): PublishedStatusList {
  if (!isObject(credential)) throw invalid()
  const subject = asArray(credential.credentialSubject)[0]
  if (!isObject(subject)) throw invalid()
  const { type, statusPurpose, encodedList } = subject
  const kind = type === 'BitstringStatusList' || type === 'StatusList2021' ? type : undefined
  if (kind === undefined || !stringsOf(credential.type).includes(`${kind}Credential`)) throw invalid()
  if (typeof encodedList !== 'string') throw invalid()
  const issuer = parseDid(isObject(credential.issuer) ? credential.issuer.id : (credential.issuer ?? jwt?.claims.iss))
  if (jwt?.claims.iss !== undefined && parseDid(jwt.claims.iss) !== issuer) throw invalid()
  const { nbf, exp } = jwt?.claims ?? {}
  return {
    kind,
    jwt,
    issuer,
    purposes: stringsOf(statusPurpose),
    encodedList,
    validFrom: latest(parseDateOf(credential.validFrom ?? credential.issuanceDate), secondsOf(nbf)),
    validUntil: earliest(parseDateOf(credential.validUntil ?? credential.expirationDate), secondsOf(exp)),
  }
}

function parseDateOf(value: unknown): Date | undefined {
  return value === undefined ? undefined : (parseDateTime(value) ?? fail())
}

function secondsOf(value: unknown): Date | undefined {
  return value === undefined ? undefined : (dateOfSeconds(value) ?? fail())
}

function latest(...dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.filter((date) => date !== undefined).sort((a, b) => Number(b) - Number(a))[0]
}

function earliest(...dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.filter((date) => date !== undefined).sort((a, b) => Number(a) - Number(b))[0]
}

function fail(): never {
  throw invalid()
}

function invalid(): WeftError {
  return new WeftError(trustErrors['status-list-invalid'])
}
