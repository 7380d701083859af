import type { OutboundClient } from '@weft/foundation/http'
import type {
  Clock,
  CredentialProfile,
  CredentialSubject,
  Did,
  DidResolver,
  FetchDocument,
  PublicJwk,
  SigningKey,
  StatusChecker,
  TrustRules,
  VerifiableCredential,
} from '../trust/index.ts'

export const dcpContext = 'https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'
type Send = OutboundClient['send']

// --- tokens
export interface IssuedToken {
  readonly token: string
  readonly jti: string
  readonly expiresAt: Date
}
/** Lives 300 s unless `lifetimeSeconds` says less (DCP-50). */
export declare function createSelfIssuedToken(input: {
  readonly did: Did
  readonly audience: Did
  readonly key: SigningKey
  readonly clock: Clock
  /** Goes into the claim `token`: made here for the receiver, or echoed (DCP-14). */
  readonly accessToken?: string
  readonly lifetimeSeconds?: number
}): Promise<IssuedToken>

/** One use of a token, remembered until `expiresAt`. */
export interface TokenUse {
  readonly receiver: Did
  readonly issuer: Did
  readonly jti: string
  readonly expiresAt: Date
}
export interface ReplayGuard {
  /** Atomic insert-if-absent by (receiver, issuer, jti); false when it was there. */
  claim(use: TokenUse): Promise<boolean>
}
/** The token of `Authorization: Bearer …` (DCP-12). @throws `dcp.token-missing` */
export declare function bearerToken(authorization: string | undefined): string
export interface VerifiedToken {
  readonly did: Did
  readonly audience: Did
  readonly accessToken: string | undefined
  readonly jti: string
  readonly expiresAt: Date
}
/** The eight checks of a self-issued token, in order. @throws `dcp.token-*`, `dcp.audience-mismatch`, `dcp.replayed`, `dcp.sender-unresolvable`, `trust.*`; all 401 */
export declare function verifySelfIssuedToken(
  token: string,
  options: {
    /** The DID of the tenant that the URL addresses. */
    readonly audience: Did
    readonly resolver: DidResolver
    readonly replay: ReplayGuard
    readonly clock: Clock
    readonly rules?: TrustRules
  },
): Promise<VerifiedToken>

/** For the holder's own credential service, bound to one verifier. Lives 300 s. */
export declare function createAccessToken(input: {
  readonly holder: Did
  readonly verifier: Did
  readonly scopes: readonly string[]
  readonly key: SigningKey
  readonly clock: Clock
}): Promise<IssuedToken>
/** @throws `dcp.access-token-*` (401) */
export declare function verifyAccessToken(
  token: string | undefined,
  options: {
    readonly holder: Did
    readonly verifier: Did
    readonly clock: Clock
    /** The public keys of this holder, by DID URL. */
    readonly holderKey: (kid: string) => Promise<PublicJwk | undefined>
  },
): Promise<{ readonly scopes: readonly Scope[] }>

// --- scopes
export type Scope =
  | { readonly kind: 'type'; readonly type: string; readonly context: string | undefined }
  | { readonly kind: 'id'; readonly id: string }
/** @throws `dcp.scope-invalid` */
export declare function parseScope(text: string): Scope
/** `org.eclipse.dspace.dcp.vc.type:<type>:read` */
export declare function typeScope(type: string): string
export declare function matchesScope(credential: ScopedCredential, scope: Scope): boolean
export interface ScopedCredential {
  readonly id: string | undefined
  readonly types: readonly string[]
  readonly contexts: readonly string[]
}
/** requested ∩ granted (DCP-18). */
export declare function chooseCredentials<C extends ScopedCredential>(
  credentials: readonly C[],
  requested: readonly Scope[],
  granted: readonly Scope[],
): readonly C[]

// --- presentation
export declare function buildPresentationQuery(scopes: readonly string[]): object
/** @throws `dcp.message-invalid` (400), `dcp.presentation-definition-unsupported` (501), `dcp.scope-invalid` (400) */
export declare function parsePresentationQuery(json: unknown): { readonly scopes: readonly Scope[] }
export declare function buildPresentationResponse(presentations: readonly string[]): object
/** @throws `dcp.message-invalid` */
export declare function parsePresentationResponse(json: unknown): { readonly presentations: readonly unknown[] }
/** A VP JWT (data model 1.1). */
export declare function createPresentation(input: {
  readonly holder: Did
  readonly audience: Did
  readonly credentials: readonly string[]
  readonly key: SigningKey
  readonly clock: Clock
}): Promise<string>
export interface VerifiedCredential {
  readonly id: string | undefined
  readonly profile: CredentialProfile
  readonly types: readonly string[]
  readonly issuer: Did
  readonly subjects: readonly CredentialSubject[]
  readonly validFrom: Date
  readonly validUntil: Date | undefined
}
/** Whether the dataspace profile trusts this issuer for this credential type (DCP-30). */
export type IssuerTrust = (issuer: Did, type: string) => boolean
/** Checks `credentialSchema` (DCP-31). @throws `dcp.schema-*` */
export interface SchemaChecker {
  check(credential: VerifiableCredential): Promise<void>
}
export declare function createSchemaChecker(options: {
  readonly fetchSchema: FetchDocument
  readonly clock: Clock
}): SchemaChecker
export interface PresentationCheck {
  /** Of the response message. */
  readonly presentations: readonly unknown[]
  /** `did` of the verified self-issued token. */
  readonly holder: Did
  /** The verifier's own DID. */
  readonly audience: Did
  /** DEFAULT scopes: a credential for each, or refusal. */
  readonly required: readonly Scope[]
  readonly trusted: IssuerTrust
  readonly resolver: DidResolver
  readonly statuses: StatusChecker
  readonly schemas: SchemaChecker
  readonly clock: Clock
  readonly rules?: TrustRules
}
/** @throws `dcp.*`, `trust.*`; all 401 */
export declare function verifyPresentations(check: PresentationCheck): Promise<readonly VerifiedCredential[]>

// --- issuance
export interface CredentialRequest {
  readonly holderPid: string
  readonly credentials: readonly { readonly id: string }[]
}
export declare function buildCredentialRequest(request: CredentialRequest): object
export declare function parseCredentialRequest(json: unknown): CredentialRequest
export interface CredentialContainer {
  readonly credentialType: string
  readonly payload: string
  readonly format: string
}
export type CredentialDelivery =
  | {
      readonly status: 'ISSUED'
      readonly issuerPid: string
      readonly holderPid: string
      readonly credentials: readonly CredentialContainer[]
    }
  | {
      readonly status: 'REJECTED'
      readonly issuerPid: string
      readonly holderPid: string
      readonly rejectionReason: string | undefined
    }
export declare function buildCredentialMessage(delivery: CredentialDelivery): object
export declare function parseCredentialMessage(json: unknown): CredentialDelivery
export interface CredentialObject {
  readonly id: string
  readonly credentialType?: string
  readonly credentialSchema?: string
  readonly offerReason?: string
  readonly bindingMethods?: readonly string[]
  readonly profile?: string
  readonly issuancePolicy?: Readonly<Record<string, unknown>>
}
export interface CredentialOffer {
  readonly issuer: Did
  readonly credentials: readonly CredentialObject[]
}
export declare function buildCredentialOffer(offer: CredentialOffer): object
export declare function parseCredentialOffer(json: unknown): CredentialOffer
export interface CredentialRequestStatus {
  readonly issuerPid: string
  readonly holderPid: string
  readonly status: 'RECEIVED' | 'REJECTED' | 'ISSUED'
}
export declare function buildCredentialStatus(status: CredentialRequestStatus): object
export declare function parseCredentialStatus(json: unknown): CredentialRequestStatus
export interface IssuerMetadata {
  readonly issuer: Did
  readonly credentialsSupported: readonly CredentialObject[]
}
/** @throws Error when an entry lacks a property that DCP-37 asks for: entries are ours. */
export declare function buildIssuerMetadata(metadata: IssuerMetadata): object
export declare function parseIssuerMetadata(json: unknown): IssuerMetadata
/** `vc11-sl2021/jwt`, `jwt`, `VC1_0_JWT`. @throws `dcp.format-unsupported` */
export declare function profileOfFormat(format: string): CredentialProfile
/** What a holder checks before it stores (DCP-40). @throws `dcp.*`, `trust.*` */
export declare function verifyDeliveredCredential(
  container: CredentialContainer,
  options: {
    /** Sender of the message and issuer of the open request. */
    readonly issuer: Did
    readonly holder: Did
    readonly resolver: DidResolver
    readonly clock: Clock
    readonly rules?: TrustRules
  },
): Promise<VerifiableCredential>

// --- clients; `credentialService` and `issuerService` are base URLs from DID documents
export declare function queryPresentations(input: {
  readonly send: Send
  readonly credentialService: string
  readonly token: string
  readonly scopes: readonly string[]
}): Promise<{ readonly presentations: readonly unknown[] }>
/** `requestUrl`: absolute URL of the status resource. */
export declare function requestCredentials(input: {
  readonly send: Send
  readonly issuerService: string
  readonly token: string
  readonly request: CredentialRequest
}): Promise<{ readonly requestUrl: string; readonly issuerPid: string }>
export declare function deliverCredentials(input: {
  readonly send: Send
  readonly credentialService: string
  readonly token: string
  readonly delivery: CredentialDelivery
}): Promise<void>
export declare function offerCredentials(input: {
  readonly send: Send
  readonly credentialService: string
  readonly token: string
  readonly offer: CredentialOffer
}): Promise<void>
export declare function getCredentialRequestStatus(input: {
  readonly send: Send
  readonly issuerService: string
  readonly token: string
  readonly issuerPid: string
}): Promise<CredentialRequestStatus>
export declare function getIssuerMetadata(input: {
  readonly send: Send
  readonly issuerService: string
}): Promise<IssuerMetadata>
