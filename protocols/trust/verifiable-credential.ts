import type { Did } from './did.ts'
import type { JsonObject } from './json.ts'
import type { ParsedJwt } from './jwt.ts'
import type { StatusEntry } from './status-entry.ts'

/** Data model, status list and proof of a credential, as DCP names them (section 3.6). */
export type CredentialProfile = 'vc11-sl2021/jwt' | 'vc20-bssl/jwt'

export interface CredentialSubject {
  readonly id: string | undefined
  /** All other members. */
  readonly claims: JsonObject
}

/** What of a credential is not as its data model demands, and is taken only where a trust profile says so. */
export type CredentialDeviation = '@context' | 'type' | 'sub' | 'jti'

/** A credential of either data model in a JWT. Parsed, not verified. */
export interface VerifiableCredential {
  /** Data model 1.1 has it in the claim `vc`; in 2.0 the claims are the credential. */
  readonly profile: CredentialProfile
  readonly jwt: ParsedJwt
  readonly id: string | undefined
  readonly contexts: readonly string[]
  readonly types: readonly string[]
  readonly issuer: Did
  readonly subjects: readonly CredentialSubject[]
  /** The later of `issuanceDate` or `validFrom`, and `nbf`; the epoch where a credential of 2.0 names no beginning. */
  readonly validFrom: Date
  /** The earlier of `expirationDate` or `validUntil`, and `exp`. */
  readonly validUntil: Date | undefined
  /** `credentialStatus` entries as found; the status checker reads them and refuses what it does not know. */
  readonly status: readonly unknown[]
  /** `credentialSchema` entries as found. */
  readonly schemas: readonly unknown[]
  /** `credentialSubject` as found: what a schema describes. */
  readonly subject: unknown
  /** The whole credential as found, without registered claims of data model 1.1. */
  readonly json: JsonObject
  /** Empty for a credential that keeps to its data model; see `requireCredentialShape`. */
  readonly deviations: readonly CredentialDeviation[]
}

export interface CredentialContent {
  readonly profile: CredentialProfile
  /** An IRI, such as `urn:uuid:…`. */
  readonly id: string
  readonly issuer: Did
  /** Beside `VerifiableCredential`, which comes first by itself. */
  readonly types: readonly string[]
  readonly subject: { readonly id: Did; readonly claims: JsonObject }
  readonly validFrom: Date
  readonly validUntil?: Date
  readonly status?: readonly StatusEntry[]
  readonly schema?: { readonly id: string; readonly type: string }
  /** Beside the ones of the profile. */
  readonly contexts?: readonly string[]
}
