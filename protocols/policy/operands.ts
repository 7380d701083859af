import type { PolicyPhase } from './decision.ts'
import type { AgreementPolicy, JsonObject, PolicyOperator } from './model.ts'

/** A credential of the counterparty whose signature, issuer, holder and revocation were verified. */
export interface CredentialFact {
  /** With or without `VerifiableCredential`. */
  readonly types: readonly string[]
  readonly issuer: string
  /** The credential subjects, as they stand in the credential. */
  readonly subjects: readonly JsonObject[]
  /** Absent: valid since ever. */
  readonly validFrom?: Date
  /** Absent: valid for ever. */
  readonly validUntil?: Date
}

/** What is known when a policy is evaluated. */
export interface PolicyFacts {
  readonly now: Date
  /** The counterparty's participant id. */
  readonly counterparty: string
  readonly credentials: readonly CredentialFact[]
  readonly agreement?: AgreementPolicy
}
