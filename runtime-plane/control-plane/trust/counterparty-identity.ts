import type { CredentialFact, PolicyRules } from '@weft/protocols/policy'
import type { Did } from '@weft/protocols/trust'
import { parseDid } from '@weft/protocols/trust'
import type { DataspaceProfile, ProfileScopes } from '../domain/dataspace-profile.ts'
import { createSenderVerification, type SenderVerificationOptions } from './sender-verification.ts'

/** The one time that a proof of identity counts; the pair of issuer and id is remembered until it has expired. */
export interface ProofUse {
  readonly issuer: string
  readonly jti: string
  readonly expiresAt: Date
}

/** Who sent a message, as far as that was proven. */
export interface VerifiedSender {
  /** The participant id; with DCP a DID (DCP-01). */
  readonly id: string
  readonly credentials: readonly CredentialFact[]
  /**
   * The one use of the token that came with the message. It is spent in the transaction that the message causes, so that
   * a fault of ours does not spend it: partners repeat after a 5xx with the same token.
   */
  readonly tokenUse: ProofUse
}

/** A message whose sender is to be found out. */
export interface SenderQuestion {
  /** The `Authorization` header. */
  readonly authorization: string | undefined
  /** DID of the participant that the address belongs to. */
  readonly receiver: Did
  readonly profile: DataspaceProfile
  readonly scopes: ProfileScopes
  /** The policies that the message is about: their credentials are asked for as well. */
  readonly policies: readonly PolicyRules[] | 'all'
}

/**
 * How participants prove to each other who they are. DSP leaves it open; the service's own answer is DCP, and whoever
 * composes a control plane for a dataspace with another answer gives that.
 */
export interface CounterpartyIdentity {
  /** Reads a participant id that a user or a counterparty named. @throws an error that names `field` */
  participantId(text: string, field: string): string
  /** The `Authorization` header of one call of ours, fresh for each call. */
  authorizationFor(call: {
    readonly sender: Did
    readonly receiver: string
    readonly scopes: readonly string[]
  }): Promise<string>
  /** Authenticates the sender of a message. @throws what the receiver answers as 401 or 403, and our own faults */
  verifySender(question: SenderQuestion): Promise<VerifiedSender>
}

/** Participant ids are DIDs, messages carry self-issued tokens, senders are asked for presentations (DCP 1.0). */
export function dcpIdentity(options: SenderVerificationOptions): CounterpartyIdentity {
  const verification = createSenderVerification(options)
  return {
    participantId: (text, field) => parseDid(text, field),
    authorizationFor: async ({ sender, receiver, scopes }) =>
      `Bearer ${await options.tokens.withScopes(sender, parseDid(receiver, 'counterPartyId'), scopes)}`,
    verifySender: verification,
  }
}
