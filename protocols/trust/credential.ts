import { WeftError } from '@weft/foundation/errors'
import { malformedCredential } from './credential-members.ts'
import type { DidResolver } from './did-resolver.ts'
import { trustErrors } from './errors.ts'
import type { SigningKey } from './jwk.ts'
import { type ParsedJwt, parseJwt, verifySignature } from './jwt.ts'
import { strictRules, type TrustRules } from './ports.ts'
import { rememberSignatures } from './remembered-signatures.ts'
import { readVc11Jwt, signVc11Jwt } from './vc11-jwt.ts'
import { isVc20Jwt, readVc20Jwt, signVc20Jwt } from './vc20-jwt.ts'
import type { CredentialContent, CredentialProfile, VerifiableCredential } from './verifiable-credential.ts'
import { findKey } from './verify-jwt.ts'

/** The same credentials come with every negotiation. A signature takes 200 bytes here. */
const verifySignatureOnce = rememberSignatures(verifySignature, 20_000)

const profilesByName: ReadonlyMap<unknown, CredentialProfile> = new Map([
  ['vc11-sl2021/jwt', 'vc11-sl2021/jwt'],
  ['VC1_0_JWT', 'vc11-sl2021/jwt'],
  ['vc20-bssl/jwt', 'vc20-bssl/jwt'],
  ['VC2_0_JOSE', 'vc20-bssl/jwt'],
])

/** Reads the name of a profile: the alias of DCP, or what EDC calls it. Undefined for one that is not supported. */
export function parseCredentialProfile(name: unknown): CredentialProfile | undefined {
  return profilesByName.get(name)
}

/** Signs a credential of its profile with a key that the issuer lists under `assertionMethod`. @throws `trust.key-invalid` */
export function issueCredential(content: CredentialContent, key: SigningKey): Promise<string> {
  return content.profile === 'vc20-bssl/jwt' ? signVc20Jwt(content, key) : signVc11Jwt(content, key)
}

/**
 * Reads a credential of either data model without proving anything.
 * @throws `trust.token-malformed`, `trust.algorithm-refused`, `trust.credential-malformed`, `trust.profile-unsupported`
 */
export function parseCredential(token: unknown): VerifiableCredential {
  const jwt = parseJwt(token)
  return profileOfJwt(jwt) === 'vc20-bssl/jwt' ? readVc20Jwt(jwt) : readVc11Jwt(jwt)
}

/**
 * The profile that a signed credential is of; its members are not looked at.
 * @throws `trust.token-malformed`, `trust.algorithm-refused`, `trust.profile-unsupported`
 */
export function profileOfCredential(token: string): CredentialProfile {
  return profileOfJwt(parseJwt(token))
}

/**
 * Refuses a credential that does not keep to its data model, unless the rules are loose about it.
 * @throws `trust.credential-malformed`, naming the member
 */
export function requireCredentialShape({ deviations }: VerifiableCredential, rules: TrustRules = strictRules): void {
  const [member] = deviations
  if (member !== undefined && rules.looseCredentialShape !== true) throw malformedCredential(member)
}

/**
 * Proves that the issuer that the credential names signed it, with a key for credentials that its DID document has at the
 * moment (DCP-25, DCP-27, DCP-45). Only that this key made this signature is remembered.
 * @throws like `verifyJwt`
 */
export async function verifyCredentialSignature(
  credential: VerifiableCredential,
  resolver: DidResolver,
  rules?: TrustRules,
): Promise<void> {
  const { jwt, issuer } = credential
  const { publicJwk } = await findKey(jwt, { signer: issuer, relationship: 'assertionMethod', resolver, rules })
  await verifySignatureOnce(jwt, publicJwk)
}

function profileOfJwt(jwt: ParsedJwt): CredentialProfile {
  if (Object.hasOwn(jwt.claims, 'vc')) return 'vc11-sl2021/jwt'
  if (isVc20Jwt(jwt)) return 'vc20-bssl/jwt'
  throw new WeftError(trustErrors['profile-unsupported'])
}
