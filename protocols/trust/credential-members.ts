import { WeftError } from '@weft/foundation/errors'
import { type Did, parseDid } from './did.ts'
import { trustErrors } from './errors.ts'
import { asArray, isObject, type JsonObject, stringsOf } from './json.ts'
import { type StatusEntry, statusEntryJson } from './status-entry.ts'
import { dateOfSeconds, parseDateTime } from './times.ts'
import type { CredentialDeviation, CredentialSubject } from './verifiable-credential.ts'

/** The type that every credential has beside its own. */
export const genericCredentialType = 'VerifiableCredential'

/** `credentialStatus` of a new credential: absent, one entry, or an array. */
export function statusMembers(status: readonly StatusEntry[] = []): JsonObject {
  const entries = status.map(statusEntryJson)
  if (entries.length === 0) return {}
  return { credentialStatus: entries.length === 1 ? entries[0] : entries }
}

/** @throws `trust.credential-malformed` */
export function readTypes(value: unknown): readonly string[] {
  const types = stringsOf(value)
  if (types.length === 0 || types.length !== asArray(value).length) throw malformedCredential('type')
  return types
}

/**
 * `iss` and the member `issuer` say the same where both are there; a credential of two issuers is refused (DCP-27).
 * @throws `trust.credential-malformed`
 */
export function readIssuer(issuer: unknown, iss: unknown): Did {
  const named = isObject(issuer) ? issuer.id : issuer
  const dids = [named, iss].filter((value) => value !== undefined).map(issuerDid)
  const [first] = dids
  if (first === undefined || dids.some((did) => did !== first)) throw malformedCredential('issuer')
  return first
}

/**
 * `sub` stands in where the only subject has no id; where it has one, that is what counts.
 * @throws `trust.credential-malformed`
 */
export function readSubjects(value: unknown, sub: unknown): readonly CredentialSubject[] {
  const entries = asArray(value)
  if (entries.length === 0 || !entries.every(isObject)) throw malformedCredential('credentialSubject')
  return entries.map(({ id, ...claims }: JsonObject) => {
    const fallback = entries.length === 1 ? sub : undefined
    return { id: optionalText(id ?? fallback, 'credentialSubject'), claims }
  })
}

/** The claims speak about the signature and the members about the statement; a credential is valid while both are. */
export function readDates(
  json: JsonObject,
  names: { readonly from: string; readonly until: string },
  { nbf, exp }: JsonObject,
): { readonly validFrom: Date | undefined; readonly validUntil: Date | undefined } {
  const from = [readDateTime(json[names.from], names.from), readSeconds(nbf, 'nbf')].filter(isDate)
  const until = [readDateTime(json[names.until], names.until), readSeconds(exp, 'exp')].filter(isDate)
  return {
    validFrom: from.length === 0 ? undefined : new Date(Math.max(...from.map(Number))),
    validUntil: until.length === 0 ? undefined : new Date(Math.min(...until.map(Number))),
  }
}

/** What of members that both data models have is not as they demand. */
export function commonDeviations(
  types: readonly string[],
  subjects: readonly CredentialSubject[],
  sub: unknown,
): readonly CredentialDeviation[] {
  const named = subjects.map((subject) => subject.id).filter((id) => id !== undefined)
  const contradicts = sub !== undefined && !named.some((id) => id === sub)
  return [
    ...(types.includes(genericCredentialType) ? [] : (['type'] as const)),
    ...(contradicts ? (['sub'] as const) : []),
  ]
}

/** @throws `trust.credential-malformed` */
export function optionalText(value: unknown, member: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw malformedCredential(member)
  return value
}

/** @param member the name of what is wrong */
export function malformedCredential(member: string, cause?: unknown): WeftError {
  return new WeftError(trustErrors['credential-malformed'], {
    message: `The member ${member} of the credential is missing or not allowed.`,
    cause,
  })
}

function issuerDid(value: unknown): Did {
  try {
    return parseDid(value)
  } catch (cause) {
    throw malformedCredential('issuer', cause)
  }
}

function readDateTime(value: unknown, member: string): Date | undefined {
  if (value === undefined || value === null) return undefined
  const date = parseDateTime(value)
  if (date === undefined) throw malformedCredential(member)
  return date
}

function readSeconds(value: unknown, member: string): Date | undefined {
  if (value === undefined) return undefined
  const date = dateOfSeconds(value)
  if (date === undefined) throw malformedCredential(member)
  return date
}

function isDate(value: Date | undefined): value is Date {
  return value !== undefined
}
