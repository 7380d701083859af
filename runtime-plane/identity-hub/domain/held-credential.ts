import type { ParticipantContextId } from '@weft/foundation/access'
import type { CredentialProfile, Did, VerifiableCredential } from '@weft/protocols/trust'
import type { Renewal } from './credential-renewal.ts'

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
  /** Id in the metadata of the issuer under which it was asked for. */
  readonly definitionId: string | undefined
  readonly renewal: Renewal
  readonly createdAt: Date
}

/** What the status lists of the issuer say; `unknown` when they could not be read. */
export type IssuerStatus = 'valid' | 'revoked' | 'suspended' | 'unknown'

export type HeldCredentialState = 'ISSUED' | 'REVOKED' | 'SUSPENDED' | 'EXPIRED' | 'NOT_YET_VALID'

/** Whether a credential holds by its dates and its issuer: only those are presented (DCP-20). */
export function stateOf(
  credential: Pick<HeldCredential, 'validFrom' | 'validUntil'>,
  status: IssuerStatus,
  now: number,
): HeldCredentialState {
  if (credential.validUntil !== undefined && credential.validUntil.getTime() <= now) return 'EXPIRED'
  if (status === 'revoked') return 'REVOKED'
  if (status === 'suspended') return 'SUSPENDED'
  return credential.validFrom.getTime() > now ? 'NOT_YET_VALID' : 'ISSUED'
}

/** Withdrawn ones are kept back; where the lists could not be read, the verifier decides, who has to look anyway. */
export function isPresentable(status: IssuerStatus): boolean {
  return status !== 'revoked' && status !== 'suspended'
}

/** What is kept of a verified credential. */
export function heldCredential(
  credential: VerifiableCredential,
  of: {
    readonly participantContextId: ParticipantContextId
    readonly id: string
    readonly holderDid: Did
    readonly holderPid: string
    readonly definitionId: string | undefined
    readonly renewal: Renewal
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
    definitionId: of.definitionId,
    renewal: of.renewal,
    createdAt: new Date(of.now),
  }
}
