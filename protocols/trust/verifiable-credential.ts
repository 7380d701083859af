import type { Did } from './did.ts'
import type { JsonObject } from './json.ts'
import type { ParsedJwt } from './jwt.ts'
import type { StatusEntry } from './status-entry.ts'

/** Data model, status list and proof of a credential, as DCP names them (section 3.6). */
export type CredentialProfile = 'vc11-sl2021/jwt'

export interface CredentialSubject {
  readonly id: string | undefined
  /** All other members. */
  readonly claims: JsonObject
}

/** A credential of data model 1.1 in a JWT with a `vc` claim. Parsed, not verified. */
export interface Vc11JwtCredential {
  readonly profile: 'vc11-sl2021/jwt'
  readonly jwt: ParsedJwt
  readonly id: string | undefined
  readonly contexts: readonly string[]
  readonly types: readonly string[]
  readonly issuer: Did
  readonly subjects: readonly CredentialSubject[]
  /** The later of `issuanceDate` and `nbf`. */
  readonly validFrom: Date
  /** The earlier of `expirationDate` and `exp`. */
  readonly validUntil: Date | undefined
  /** `credentialStatus` entries as found; the status checker reads them and refuses what it does not know. */
  readonly status: readonly unknown[]
  /** `credentialSchema` entries as found. */
  readonly schemas: readonly unknown[]
  /** `credentialSubject` as found: what a schema describes. */
  readonly subject: unknown
}

/** One member for each profile; data model 2.0 is an addition. */
export type VerifiableCredential = Vc11JwtCredential

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
