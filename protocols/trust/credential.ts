import { WeftError } from '@weft/foundation/errors'
import type { DidResolver } from './did-resolver.ts'
import { trustErrors } from './errors.ts'
import type { SigningKey } from './jwk.ts'
import { parseJwt } from './jwt.ts'
import type { TrustRules } from './ports.ts'
import { readVc11Jwt, signVc11Jwt } from './vc11-jwt.ts'
import type { CredentialContent, VerifiableCredential } from './verifiable-credential.ts'
import { verifyJwt } from './verify-jwt.ts'

/** Signs a credential with a key that the issuer lists under `assertionMethod`. @throws `trust.key-invalid` */
export function issueCredential(content: CredentialContent, key: SigningKey): Promise<string> {
  return signVc11Jwt(content, key)
}

/**
 * Reads a credential without proving anything.
 * @throws `trust.token-malformed`, `trust.algorithm-refused`, `trust.credential-malformed`, `trust.profile-unsupported`
 */
export function parseCredential(token: unknown): VerifiableCredential {
  const jwt = parseJwt(token)
  if (!Object.hasOwn(jwt.claims, 'vc')) throw new WeftError(trustErrors['profile-unsupported'])
  return readVc11Jwt(jwt)
}

/** Proves that the issuer that the credential names signed it, with a key for credentials (DCP-25, DCP-27). @throws like `verifyJwt` */
export async function verifyCredentialSignature(
  credential: VerifiableCredential,
  resolver: DidResolver,
  rules?: TrustRules,
): Promise<void> {
  await verifyJwt(credential.jwt, {
    signer: credential.issuer,
    relationship: 'assertionMethod',
    resolver,
    rules,
  })
}
