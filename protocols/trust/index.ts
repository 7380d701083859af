export {
  issueCredential,
  parseCredential,
  parseCredentialProfile,
  profileOfCredential,
  requireCredentialShape,
  verifyCredentialSignature,
} from './credential.ts'
export { genericCredentialType } from './credential-members.ts'
export { derivedUuid } from './derived-uuid.ts'
export { type Did, didDocumentUrl, didWeb, isDid, isSecureUrl, parseDid } from './did.ts'
export {
  buildDidDocument,
  type DidDocument,
  type DidDocumentContent,
  type DidService,
  type PublishedKey,
  parseDidDocument,
  type Relationship,
  serviceEndpoint,
  type VerificationMethod,
} from './did-document.ts'
export { createDidResolver, type DidResolver, type DidResolverOptions } from './did-resolver.ts'
export { trustErrors } from './errors.ts'
export { type FetchOptions, fetchDocumentOver } from './fetch-over-http.ts'
export { isObject, type JsonObject } from './json.ts'
export {
  type GeneratedAlgorithm,
  type GeneratedKey,
  generateSigningKey,
  type PrivateJwk,
  type PublicJwk,
  parsePrivateJwk,
  parsePublicJwk,
  publicJwkOf,
  type SigningAlgorithm,
  type SigningKey,
} from './jwk.ts'
export { type JwtClaims, type ParsedJwt, parseJwt, signJwt, verifySignature } from './jwt.ts'
export { type Clock, type FetchDocument, type FetchedDocument, strictRules, type TrustRules } from './ports.ts'
export {
  createStatusBits,
  decodeStatusBits,
  encodeStatusBits,
  minimumStatusListEntries,
  readStatusBit,
  writeStatusBit,
} from './status-bits.ts'
export {
  type CredentialStatusResult,
  createStatusChecker,
  type StatusChecker,
  type StatusCheckerOptions,
} from './status-checker.ts'
export type { StatusEntry, StatusListKind, StatusPurpose } from './status-entry.ts'
export {
  buildStatusListCredential,
  issueStatusListCredential,
  type StatusListContent,
} from './status-list-credential.ts'
export { vc11Context } from './vc11-jwt.ts'
export { signVc20Jwt, vc20Context } from './vc20-jwt.ts'
export type {
  CredentialContent,
  CredentialProfile,
  CredentialSubject,
  VerifiableCredential,
} from './verifiable-credential.ts'
export { type VerifyJwtOptions, verifyJwt } from './verify-jwt.ts'
