import { WeftError } from '@weft/foundation/errors'
import { parseDid } from './did.ts'
import { trustErrors } from './errors.ts'
import { asArray, isObject, type JsonObject, stringsOf } from './json.ts'
import type { SigningKey } from './jwk.ts'
import { type ParsedJwt, signJwt } from './jwt.ts'
import { statusEntryJson } from './status-entry.ts'
import { dateOfSeconds, parseDateTime, toDateTime, toSeconds } from './times.ts'
import type { CredentialContent, CredentialSubject, Vc11JwtCredential } from './verifiable-credential.ts'

export const vc11Context = 'https://www.w3.org/2018/credentials/v1'
const statusList2021Context = 'https://w3id.org/vc/status-list/2021/v1'

/** Signs a credential of data model 1.1 as a JWT: registered claims mirror the members of `vc` (section 6.1). */
export function signVc11Jwt(content: CredentialContent, key: SigningKey): Promise<string> {
  const { id, issuer, subject, validFrom, validUntil } = content
  const status = content.status ?? []
  const vc = {
    '@context': [vc11Context, ...(status.length > 0 ? [statusList2021Context] : []), ...(content.contexts ?? [])],
    id,
    type: ['VerifiableCredential', ...content.types],
    issuer,
    issuanceDate: toDateTime(validFrom),
    ...(validUntil === undefined ? {} : { expirationDate: toDateTime(validUntil) }),
    credentialSubject: { ...subject.claims, id: subject.id },
    ...(status.length === 0 ? {} : { credentialStatus: one(status.map(statusEntryJson)) }),
    ...(content.schema === undefined ? {} : { credentialSchema: content.schema }),
  }
  const from = toSeconds(validFrom)
  const claims = {
    iss: issuer,
    sub: subject.id,
    jti: id,
    iat: from,
    nbf: from,
    ...(validUntil === undefined ? {} : { exp: toSeconds(validUntil) }),
    vc,
  }
  return signJwt(claims, key, 'JWT')
}

/** Reads a credential of data model 1.1. @throws `trust.credential-malformed`, naming the member */
export function readVc11Jwt(jwt: ParsedJwt): Vc11JwtCredential {
  const { vc, ...claims } = jwt.claims
  if (!isObject(vc)) throw malformed('vc')
  return {
    profile: 'vc11-sl2021/jwt',
    jwt,
    id: optionalText(vc.id, 'id'),
    contexts: stringsOf(vc['@context']),
    types: readTypes(vc.type),
    issuer: readIssuer(vc.issuer, claims.iss),
    subjects: readSubjects(vc.credentialSubject, claims.sub),
    validFrom: readValidFrom(vc.issuanceDate, claims.nbf),
    validUntil: readValidUntil(vc.expirationDate, claims.exp),
    status: asArray(vc.credentialStatus),
    schemas: asArray(vc.credentialSchema),
    subject: vc.credentialSubject,
  }
}

function readTypes(value: unknown): readonly string[] {
  const types = stringsOf(value)
  if (types.length === 0 || types.length !== asArray(value).length) throw malformed('type')
  return types
}

/** `iss` and `vc.issuer` say the same where both are there; a credential of two issuers is refused (DCP-27). */
function readIssuer(issuer: unknown, iss: unknown): Vc11JwtCredential['issuer'] {
  const named = isObject(issuer) ? issuer.id : issuer
  const dids = [named, iss].filter((value) => value !== undefined).map(issuerDid)
  const [first] = dids
  if (first === undefined || dids.some((did) => did !== first)) throw malformed('issuer')
  return first
}

function issuerDid(value: unknown): Vc11JwtCredential['issuer'] {
  try {
    return parseDid(value)
  } catch (cause) {
    throw malformed('issuer', cause)
  }
}

/** `sub` stands in where the only subject has no id; where it has one, that is what counts. */
function readSubjects(value: unknown, sub: unknown): readonly CredentialSubject[] {
  const entries = asArray(value)
  if (entries.length === 0 || !entries.every(isObject)) throw malformed('credentialSubject')
  return entries.map(({ id, ...claims }: JsonObject) => {
    const fallback = entries.length === 1 ? sub : undefined
    return { id: optionalText(id ?? fallback, 'credentialSubject'), claims }
  })
}

/** The claims speak about the signature and the members about the statement; a credential is valid while both are. */
function readValidFrom(issuanceDate: unknown, nbf: unknown): Date {
  const dates = [readDateTime(issuanceDate, 'issuanceDate'), readSeconds(nbf, 'nbf')].filter(
    (date) => date !== undefined,
  )
  if (dates.length === 0) throw malformed('issuanceDate')
  return new Date(Math.max(...dates.map(Number)))
}

function readValidUntil(expirationDate: unknown, exp: unknown): Date | undefined {
  const dates = [readDateTime(expirationDate, 'expirationDate'), readSeconds(exp, 'exp')].filter(
    (date) => date !== undefined,
  )
  return dates.length === 0 ? undefined : new Date(Math.min(...dates.map(Number)))
}

function readDateTime(value: unknown, member: string): Date | undefined {
  if (value === undefined || value === null) return undefined
  const date = parseDateTime(value)
  if (date === undefined) throw malformed(member)
  return date
}

function readSeconds(value: unknown, member: string): Date | undefined {
  if (value === undefined) return undefined
  const date = dateOfSeconds(value)
  if (date === undefined) throw malformed(member)
  return date
}

function optionalText(value: unknown, member: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw malformed(member)
  return value
}

function one<T>(items: readonly T[]): T | readonly T[] {
  const [first] = items
  return items.length === 1 && first !== undefined ? first : items
}

function malformed(member: string, cause?: unknown): WeftError {
  return new WeftError(trustErrors['credential-malformed'], {
    message: `The member ${member} of the credential is missing or not allowed.`,
    cause,
  })
}
