import {
  commonDeviations,
  genericCredentialType,
  malformedCredential,
  optionalText,
  readDates,
  readIssuer,
  readSubjects,
  readTypes,
  statusMembers,
} from './credential-members.ts'
import { asArray, isObject, stringsOf } from './json.ts'
import type { SigningKey } from './jwk.ts'
import { type ParsedJwt, signJwt } from './jwt.ts'
import { toDateTime, toSeconds } from './times.ts'
import type { CredentialContent, VerifiableCredential } from './verifiable-credential.ts'

export const vc11Context = 'https://www.w3.org/2018/credentials/v1'
const statusList2021Context = 'https://w3id.org/vc/status-list/2021/v1'

/**
 * Signs a credential of data model 1.1 as a JWT: registered claims mirror the members of `vc` (section 6.1).
 * @throws `trust.key-invalid`
 */
export function signVc11Jwt(content: Omit<CredentialContent, 'profile'>, key: SigningKey): Promise<string> {
  const { id, issuer, subject, validFrom, validUntil, status = [] } = content
  const vc = {
    '@context': [vc11Context, ...(status.length > 0 ? [statusList2021Context] : []), ...(content.contexts ?? [])],
    id,
    type: [genericCredentialType, ...content.types],
    issuer,
    issuanceDate: toDateTime(validFrom),
    ...(validUntil === undefined ? {} : { expirationDate: toDateTime(validUntil) }),
    credentialSubject: { ...subject.claims, id: subject.id },
    ...statusMembers(status),
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
export function readVc11Jwt(jwt: ParsedJwt): VerifiableCredential {
  const { vc, ...claims } = jwt.claims
  if (!isObject(vc)) throw malformedCredential('vc')
  const types = readTypes(vc.type)
  const subjects = readSubjects(vc.credentialSubject, claims.sub)
  const contexts = stringsOf(vc['@context'])
  const { validFrom, validUntil } = readDates(vc, { from: 'issuanceDate', until: 'expirationDate' }, claims)
  if (validFrom === undefined) throw malformedCredential('issuanceDate')
  return {
    profile: 'vc11-sl2021/jwt',
    jwt,
    id: optionalText(vc.id, 'id'),
    contexts,
    types,
    issuer: readIssuer(vc.issuer, claims.iss),
    subjects,
    validFrom,
    validUntil,
    status: asArray(vc.credentialStatus),
    schemas: asArray(vc.credentialSchema),
    subject: vc.credentialSubject,
    json: vc,
    deviations: [
      ...(contexts.includes(vc11Context) ? [] : (['@context'] as const)),
      ...commonDeviations(types, subjects, claims.sub),
    ],
  }
}
