export { type AccessTokenCheck, type AccessTokenInput, createAccessToken, verifyAccessToken } from './access-token.ts'
export { type AuthenticatedSender, authenticateSender, type SenderCheck } from './authenticate-sender.ts'
export { deliverCredentials, offerCredentials, queryPresentations } from './client/credential-service.ts'
export type { Send } from './client/exchange.ts'
export { getCredentialRequestStatus, getIssuerMetadata, requestCredentials } from './client/issuer-service.ts'
export { type DeliveryCheck, verifyDeliveredCredential } from './delivered-credential.ts'
export { dcpErrors } from './errors.ts'
export {
  buildCredentialMessage,
  buildCredentialOffer,
  buildCredentialRequest,
  buildCredentialStatus,
  buildIssuerMetadata,
  type CompleteCredentialObject,
  type CredentialContainer,
  type CredentialDelivery,
  type CredentialObject,
  type CredentialOffer,
  type CredentialRequest,
  type CredentialRequestStatus,
  type IssuerMetadata,
  parseCredentialMessage,
  parseCredentialOffer,
  parseCredentialRequest,
  parseCredentialStatus,
  parseIssuerMetadata,
  profileOfFormat,
} from './issuance-messages.ts'
export { dcpContext } from './message.ts'
export {
  type CreatedPresentation,
  createPresentation,
  createPresentations,
  type PresentationInput,
} from './presentation.ts'
export { type DefinitionAnswer, presentForDefinition } from './presentation-exchange/present-for-definition.ts'
export type { PresentationDefinition } from './presentation-exchange/presentation-definition.ts'
export {
  buildPresentationQuery,
  buildPresentationResponse,
  type PresentationQuery,
  parsePresentationQuery,
  parsePresentationResponse,
  type ReceivedPresentation,
} from './presentation-messages.ts'
export {
  readCredentialMessage,
  readCredentialOffer,
  readCredentialRequest,
  readPresentationQuery,
} from './received-messages.ts'
export type { ReleasableReplayGuard, ReplayGuard, TokenUse } from './replay-guard.ts'
export { createSchemaChecker, type SchemaChecker } from './schema-checker.ts'
export { chooseCredentials, matchesScope, parseScope, type Scope, type ScopedCredential, typeScope } from './scope.ts'
export {
  bearerToken,
  createSelfIssuedToken,
  type IssuedToken,
  type SelfIssuedTokenCheck,
  type SelfIssuedTokenInput,
  type VerifiedToken,
  verifySelfIssuedToken,
} from './self-issued-token.ts'
export {
  type IssuerTrust,
  type PresentationCheck,
  type VerifiedCredential,
  verifyPresentations,
} from './verify-presentations.ts'
