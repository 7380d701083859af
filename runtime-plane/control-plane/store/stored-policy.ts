import { requestErrors, WeftError } from '@weft/foundation/errors'
import { type AgreementPolicy, type OfferPolicy, parsePolicy } from '@weft/protocols/policy'

/** Reads an agreement that this service has written. */
export function storedAgreement(json: unknown): AgreementPolicy {
  const policy = parsePolicy(json)
  if (policy.kind === 'Agreement') return policy
  throw new WeftError(requestErrors.internal, { detail: 'a stored agreement is none' })
}

/** Reads an offer with its target that this service has written. */
export function storedOffer(json: unknown): OfferPolicy & { readonly target: string } {
  const policy = parsePolicy(json)
  if (policy.kind === 'Offer' && policy.target !== undefined) return { ...policy, target: policy.target }
  throw new WeftError(requestErrors.internal, { detail: 'a stored offer is none, or has no target' })
}
