import type { ParticipantContextId } from '@weft/foundation/access'
import type { CredentialObject } from '@weft/protocols/dcp'
import type { Did } from '@weft/protocols/trust'

/**
 * An offer as a process: RECEIVED (kept as it came), then OPEN (completed, the participant decides), RENEWED (it was
 * about what is held, which is asked for again) or UNRESOLVED (what is offered could not be found out); ACCEPTED.
 */
export type OfferState = 'RECEIVED' | 'OPEN' | 'RENEWED' | 'UNRESOLVED' | 'ACCEPTED'

/** Names this kind of process in the engine's tables. */
export const offerProcess = 'credential_offer'

export interface ReceivedOffer {
  readonly participantContextId: ParticipantContextId
  /** Digest of its content: the same offer again is the same one. */
  readonly id: string
  readonly issuerDid: Did
  readonly state: OfferState
  /** As they came; completed from the metadata of the issuer once the offer is no longer RECEIVED. */
  readonly credentials: readonly CredentialObject[]
  /** The request that an acceptance made. */
  readonly holderPid: string | null
  readonly error: { readonly code: string; readonly reason: string } | null
  readonly receivedAt: Date
}

/** An entry of which it is known what it offers. */
export type CompleteOffer = CredentialObject & { readonly credentialType: string }

/** Whether an entry has to be completed from the metadata of its issuer (DCP-41). */
export function isSparse(entry: CredentialObject): boolean {
  return entry.credentialType === undefined
}

/** Entries with what the metadata says of them; what the offer says itself wins. Unknown ones are left out (DCP-41). */
export function completed(
  entries: readonly CredentialObject[],
  supported: readonly CredentialObject[],
): readonly CompleteOffer[] {
  return entries.flatMap((entry) => {
    const known = supported.find((one) => one.id === entry.id)
    const { credentialType, ...rest } = { ...known, ...entry }
    return credentialType === undefined ? [] : [{ ...rest, credentialType }]
  })
}

/** Reasons by which an issuer says that what we hold of it is to be asked for again (section 3.11). */
const renewingReasons: ReadonlySet<string> = new Set(['reissue', 'proof-key-revocation'])

export function isRenewal(entry: CredentialObject): boolean {
  return entry.offerReason !== undefined && renewingReasons.has(entry.offerReason)
}
