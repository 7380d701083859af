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
import { asArray, stringsOf } from './json.ts'
import type { SigningKey } from './jwk.ts'
import { type ParsedJwt, signJwt } from './jwt.ts'
import { toDateTime, toSeconds } from './times.ts'
import type { CredentialContent, VerifiableCredential } from './verifiable-credential.ts'

export const vc20Context = 'https://www.w3.org/ns/credentials/v2'
/** Names that `typ` had in drafts; partners also leave it out (section 6.2). Another one is another kind of token. */
const credentialTypes: ReadonlySet<string> = new Set(['vc+jwt', 'vc+ld+json+jwt', 'vc+ld+jwt', 'vc-ld+jwt', 'jwt'])
const noBeginning = new Date(0)

/**
 * Signs a credential of data model 2.0 with JOSE: the payload is the credential, beside it registered claims that say the
 * same (section 6.2).
 * @throws `trust.key-invalid`
 */
export function signVc20Jwt(content: Omit<CredentialContent, 'profile'>, key: SigningKey): Promise<string> {
  const { id, issuer, subject, validFrom, validUntil } = content
  const from = toSeconds(validFrom)
  const claims = {
    '@context': [vc20Context, ...(content.contexts ?? [])],
    id,
    type: [genericCredentialType, ...content.types],
    issuer,
    validFrom: toDateTime(validFrom),
    ...(validUntil === undefined ? {} : { validUntil: toDateTime(validUntil) }),
    credentialSubject: { ...subject.claims, id: subject.id },
    ...statusMembers(content.status),
    ...(content.schema === undefined ? {} : { credentialSchema: content.schema }),
    iss: issuer,
    sub: subject.id,
    jti: id,
    iat: from,
    nbf: from,
    ...(validUntil === undefined ? {} : { exp: toSeconds(validUntil) }),
  }
  return signJwt(claims, key, 'vc+jwt')
}

/** Whether the payload of a token is a credential of data model 2.0, well-formed or not. */
export function isVc20Jwt({ claims }: ParsedJwt): boolean {
  return !Object.hasOwn(claims, 'vc') && stringsOf(claims['@context']).includes(vc20Context)
}

/** Reads a credential of data model 2.0. @throws `trust.credential-malformed`, naming the member */
export function readVc20Jwt(jwt: ParsedJwt): VerifiableCredential {
  const { claims } = jwt
  if (!hasCredentialType(jwt)) throw malformedCredential('typ')
  if (Object.hasOwn(claims, 'vc') || Object.hasOwn(claims, 'vp')) throw malformedCredential('vc')
  const types = readTypes(claims.type)
  const subjects = readSubjects(claims.credentialSubject, claims.sub)
  const contexts = stringsOf(claims['@context'])
  const id = optionalText(claims.id, 'id')
  const { validFrom, validUntil } = readDates(claims, { from: 'validFrom', until: 'validUntil' }, claims)
  return {
    profile: 'vc20-bssl/jwt',
    jwt,
    id,
    contexts,
    types,
    issuer: readIssuer(claims.issuer, claims.iss),
    subjects,
    validFrom: validFrom ?? noBeginning,
    validUntil,
    status: asArray(claims.credentialStatus),
    schemas: asArray(claims.credentialSchema),
    subject: claims.credentialSubject,
    json: claims,
    deviations: [
      ...(contexts[0] === vc20Context ? [] : (['@context'] as const)),
      ...commonDeviations(types, subjects, claims.sub),
      ...(claims.jti === undefined || id === undefined || claims.jti === id ? [] : (['jti'] as const)),
    ],
  }
}

function hasCredentialType({ typ }: ParsedJwt): boolean {
  return typ === undefined || credentialTypes.has(typ.toLowerCase().replace(/^application\//, ''))
}
