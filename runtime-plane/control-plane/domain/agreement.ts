import type { AgreementPolicy, OfferPolicy } from '@weft/protocols/policy'
import { toAgreement } from '@weft/protocols/policy'

/** A contract as one side keeps it. The entity's id is its own; the agreement's id is the one that both sides share. */
export interface ContractAgreement {
  readonly id: string
  /** `@id` of the agreement in DSP: unique within one participant context only. */
  readonly agreementId: string
  readonly negotiationId: string
  readonly providerDid: string
  readonly consumerDid: string
  readonly assetId: string
  readonly signedAt: Date
  readonly policy: AgreementPolicy
}

/** The agreement that a provider writes: parties are the authenticated ones, never those of a message (DSP-25, DSP-47). */
export function agreementFor(
  offer: OfferPolicy & { readonly target: string },
  about: { readonly id: string; readonly provider: string; readonly consumer: string; readonly signedAt: Date },
): AgreementPolicy {
  return toAgreement(offer, {
    id: about.id,
    target: offer.target,
    assigner: about.provider,
    assignee: about.consumer,
    signedAt: about.signedAt,
  })
}

/** The agreement as an entity of one side. */
export function agreementEntity(
  agreement: AgreementPolicy,
  about: { readonly id: string; readonly negotiationId: string; readonly storedAt: Date },
): ContractAgreement {
  const signed = agreement.timestamp === undefined ? Number.NaN : Date.parse(agreement.timestamp)
  return {
    id: about.id,
    agreementId: agreement.id,
    negotiationId: about.negotiationId,
    providerDid: agreement.assigner,
    consumerDid: agreement.assignee,
    assetId: agreement.target,
    signedAt: Number.isNaN(signed) ? about.storedAt : new Date(signed),
    policy: agreement,
  }
}
