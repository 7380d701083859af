import type { ParticipantContextId } from '@weft/foundation/access'
import type { CredentialProfile, Did, VerifiableCredential } from '@weft/protocols/trust'

/** A credential that a participant holds. */
export interface HeldCredential {
  readonly participantContextId: ParticipantContextId
  /** Ours; the credential's own id is `credentialId`. */
  readonly id: string
  readonly credentialId: string | undefined
  readonly issuerDid: Did
  readonly holderDid: Did
  /** The request that it answers. */
  readonly holderPid: string
  readonly profile: CredentialProfile
  readonly types: readonly string[]
  readonly contexts: readonly string[]
  /** As signed. */
  readonly raw: string
  readonly validFrom: Date
  readonly validUntil: Date | undefined
  readonly createdAt: Date
}

export type HeldCredentialState = 'ISSUED' | 'EXPIRED' | 'NOT_YET_VALID'

/** Whether a credential's dates hold: only those are presented (DCP-20). Revocation is for the verifier to look up. */
export function stateOf(
  credential: Pick<HeldCredential, 'validFrom' | 'validUntil'>,
  now: number,
): HeldCredentialState {
  if (credential.validFrom.getTime() > now) return 'NOT_YET_VALID'
  return credential.validUntil !== undefined && credential.validUntil.getTime() <= now ? 'EXPIRED' : 'ISSUED'
}

/** What is kept of a verified credential. */
export function heldCredential(
  credential: VerifiableCredential,
  of: {
    readonly participantContextId: ParticipantContextId
    readonly id: string
    readonly holderDid: Did
    readonly holderPid: string
    readonly now: number
  },
): HeldCredential {
  return {
    participantContextId: of.participantContextId,
    id: of.id,
    credentialId: credential.id,
    issuerDid: credential.issuer,
    holderDid: of.holderDid,
    holderPid: of.holderPid,
    profile: credential.profile,
    types: credential.types,
    contexts: credential.contexts,
    raw: credential.jwt.token,
    validFrom: credential.validFrom,
    validUntil: credential.validUntil,
    createdAt: new Date(of.now),
  }
}
