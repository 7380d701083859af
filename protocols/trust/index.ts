export type { Clock, FetchDocument, FetchedDocument, TrustRules } from './ports.ts'
export { strictRules } from './ports.ts'

declare const brand: unique symbol

// --- dids
/** A canonical did:web: host in lower case, port as `%3A`. Compare with `===`. */
export type Did = string & { readonly [brand]: 'Did' }
/** @throws `trust.did-invalid`, `trust.did-method-unsupported` */
export declare function parseDid(text: unknown, field?: string): Did
/** `didWeb('http://localhost:7100', 'acme')` is `did:web:localhost%3A7100:acme`. @throws `trust.did-invalid` */
export declare function didWeb(publicUrl: string, ...path: readonly string[]): Did
/** Where the document is: https, plain http for loopback hosts only. */
export declare function didDocumentUrl(did: Did): string

// --- keys
export type GeneratedAlgorithm = 'ES256' | 'EdDSA'
export type SigningAlgorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
export interface PublicJwk {
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
}
export interface PrivateJwk extends PublicJwk {
  readonly d: string
}
/** A private key with the DID URL under which its public half is published. */
export interface SigningKey {
  readonly kid: string
  readonly privateJwk: PrivateJwk
}
export interface GeneratedKey {
  readonly publicJwk: PublicJwk
  readonly privateJwk: PrivateJwk
}
/** ES256 when nothing is said. */
export declare function generateSigningKey(algorithm?: GeneratedAlgorithm): Promise<GeneratedKey>
/** Reads a private JWK that was kept as text in a vault. @throws `trust.key-invalid` */
export declare function parsePrivateJwk(json: unknown): PrivateJwk
/** Reads a public JWK; refuses private members. @throws `trust.key-invalid` */
export declare function parsePublicJwk(json: unknown): PublicJwk
export declare function publicJwkOf(jwk: PrivateJwk): PublicJwk

// --- jwt
export type JwtClaims = Readonly<Record<string, unknown>>
export interface ParsedJwt {
  readonly token: string
  readonly algorithm: SigningAlgorithm
  readonly kid: string | undefined
  readonly typ: string | undefined
  readonly claims: JwtClaims
}
/** Header is `alg`, `kid` and `typ` only. */
export declare function signJwt(claims: JwtClaims, key: SigningKey, typ?: string): Promise<string>
/** Splits and reads a compact JWS; proves nothing. @throws `trust.token-malformed`, `trust.algorithm-refused` */
export declare function parseJwt(token: unknown): ParsedJwt
/** @throws `trust.algorithm-refused`, `trust.signature-invalid`, `trust.key-invalid` */
export declare function verifySignature(jwt: ParsedJwt, publicJwk: PublicJwk): Promise<void>
export interface VerifyJwtOptions {
  readonly signer: import('./index.ts').Did
  readonly relationship: Relationship
  readonly resolver: DidResolver
  readonly rules?: import('./ports.ts').TrustRules
}
/** Resolves the signer, selects its key by the kid rules and checks the signature. @throws `trust.*` */
export declare function verifyJwt(jwt: ParsedJwt, options: VerifyJwtOptions): Promise<DidDocument>

// --- did documents
export type Relationship = 'authentication' | 'assertionMethod' | 'capabilityInvocation'
export interface VerificationMethod {
  /** Absolute DID URL. */
  readonly id: string
  /** Absent where the document has it in a form that is not understood. */
  readonly publicJwk: PublicJwk | undefined
  readonly relationships: ReadonlySet<Relationship>
}
export interface DidService {
  readonly id: string
  readonly type: string
  readonly serviceEndpoint: string
}
export interface DidDocument {
  readonly id: Did
  readonly verificationMethods: readonly VerificationMethod[]
  readonly services: readonly DidService[]
}
export interface DidDocumentContent {
  readonly did: Did
  readonly keys: readonly {
    /** DID URL. */ readonly kid: string
    readonly publicJwk: PublicJwk /** All of them when absent. */
    readonly relationships?: readonly Relationship[]
  }[]
  readonly services: readonly DidService[]
}
/** The JSON to serve as did.json (media type `application/did+json` or `application/json`). */
export declare function buildDidDocument(content: DidDocumentContent): Record<string, unknown>
/** @throws `trust.did-document-invalid` */
export declare function parseDidDocument(json: unknown, did: Did): DidDocument
/** The endpoint of the first service of that type, without a trailing slash. @throws `trust.service-not-found` */
export declare function serviceEndpoint(document: DidDocument, type: string): string

// --- resolver
export interface DidResolver {
  /** @throws `trust.did-not-found`, `trust.did-unresolvable` (retryable), `trust.did-document-invalid` */
  resolve(did: Did): Promise<DidDocument>
  /** Like `resolve`, but fetches once more when the cached document lacks the key and is older than a second. */
  resolveForKey(did: Did, kid: string | undefined): Promise<DidDocument>
}
export declare function createDidResolver(options: {
  readonly fetchDocument: import('./ports.ts').FetchDocument
  readonly clock: import('./ports.ts').Clock
  /** At most and by default 10,000. */
  readonly ttlMs?: number
  /** Cached documents; default 1,000. */
  readonly max?: number
}): DidResolver

// --- credentials
export type CredentialProfile = 'vc11-sl2021/jwt'
export type StatusPurpose = 'revocation' | 'suspension'
export type StatusEntryType = 'StatusList2021Entry' | 'BitstringStatusListEntry'
/** `credentialStatus` as issued: `listUrl` is `statusListCredential`. */
export interface StatusEntry {
  readonly type: StatusEntryType
  readonly purpose: StatusPurpose
  readonly index: number
  readonly listUrl: string
}
export interface CredentialSubject {
  readonly id: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
}
/** VC data model 1.1 in a JWT with a `vc` claim. Parsed, not verified. */
export interface Vc11JwtCredential {
  readonly profile: 'vc11-sl2021/jwt'
  readonly jwt: ParsedJwt
  readonly id: string | undefined
  readonly contexts: readonly string[]
  readonly types: readonly string[]
  readonly issuer: Did
  readonly subjects: readonly CredentialSubject[]
  readonly validFrom: Date
  readonly validUntil: Date | undefined
  /** `credentialStatus` entries as found; the status checker reads them. */
  readonly status: readonly Readonly<Record<string, unknown>>[]
  /** `credentialSchema` entries. */
  readonly schemas: readonly { readonly id: string; readonly type: string }[]
}
/** One member for each profile; data model 2.0 is an addition. */
export type VerifiableCredential = Vc11JwtCredential
export interface CredentialContent {
  readonly profile: CredentialProfile
  /** IRI, `urn:uuid:…`. */
  readonly id: string
  readonly issuer: Did
  /** Beside `VerifiableCredential`, which is added. */
  readonly types: readonly string[]
  readonly subject: { readonly id: Did; readonly claims: Readonly<Record<string, unknown>> }
  readonly validFrom: Date
  readonly validUntil?: Date
  readonly status?: readonly StatusEntry[]
  readonly schema?: { readonly id: string; readonly type: string }
  /** Beside the profile's own. */
  readonly contexts?: readonly string[]
}
/** The signed credential. */
export declare function issueCredential(content: CredentialContent, key: SigningKey): Promise<string>
/** @throws `trust.token-malformed`, `trust.credential-malformed`, `trust.profile-unsupported` */
export declare function parseCredential(jwt: unknown): VerifiableCredential
/** Signature by the issuer's own key (DCP-25, DCP-27). @throws `trust.*` */
export declare function verifyCredentialSignature(
  credential: VerifiableCredential,
  resolver: DidResolver,
  rules?: import('./ports.ts').TrustRules,
): Promise<void>

// --- status lists
export type StatusListKind = 'BitstringStatusList' | 'StatusList2021'
export declare const minimumStatusListEntries: 131_072
/** @throws RangeError below the minimum of 131,072 entries */
export declare function createStatusBits(entries?: number): Uint8Array
/** @throws `trust.status-index-out-of-range` */
export declare function readStatusBit(bits: Uint8Array, index: number): boolean
/** Changes `bits`. @throws `trust.status-index-out-of-range` */
export declare function writeStatusBit(bits: Uint8Array, index: number, value: boolean): void
export declare function encodeStatusBits(kind: StatusListKind, bits: Uint8Array): Promise<string>
/** @throws `trust.status-list-invalid` */
export declare function decodeStatusBits(encoded: string): Promise<Uint8Array>
export interface StatusListContent {
  readonly kind: StatusListKind
  /** The URL where the list is served; the entries' `listUrl`. */
  readonly url: string
  readonly issuer: Did
  readonly purpose: StatusPurpose
  readonly bits: Uint8Array
  readonly validFrom: Date
  readonly validUntil?: Date
}
/** The list as an unsigned credential, for readers that take no JWT. */
export declare function buildStatusListCredential(content: StatusListContent): Promise<Record<string, unknown>>
/** The list as a signed credential (`application/vc+jwt`; `application/jwt` for StatusList2021). */
export declare function issueStatusListCredential(content: StatusListContent, key: SigningKey): Promise<string>
export type CredentialStatusResult =
  | { readonly valid: true }
  | { readonly valid: false; readonly purpose: StatusPurpose }
export interface StatusChecker {
  /** All entries of a credential whose signature is verified; fails closed. @throws `trust.status-*` */
  check(credential: VerifiableCredential, rules?: import('./ports.ts').TrustRules): Promise<CredentialStatusResult>
}
export declare function createStatusChecker(options: {
  readonly fetchStatusList: import('./ports.ts').FetchDocument
  readonly resolver: DidResolver
  readonly clock: import('./ports.ts').Clock
  /** At most and by default 10,000. */
  readonly ttlMs?: number
}): StatusChecker

// --- I/O adapter
/** A `FetchDocument` over the one outbound client. `purpose` labels counters: `trust.did`, `trust.status-list`. */
export declare function fetchDocumentOver(
  send: import('@weft/foundation/http').OutboundClient['send'],
  options: { readonly purpose: string; readonly maxBytes?: number; readonly timeoutMs?: number },
): import('./ports.ts').FetchDocument
