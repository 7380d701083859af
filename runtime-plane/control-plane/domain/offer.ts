import { createHash } from 'node:crypto'
import { formatOfferId } from '@weft/protocols/dsp'
import { canonicalJson, type OfferPolicy, type Policy, serialisePolicy, toOffer } from '@weft/protocols/policy'

/** A stored policy as the offer of a definition for an asset. */
export function offerOf(definitionId: string, assetId: string, policy: Policy): OfferPolicy {
  return toOffer(policy, offerIdOf(definitionId, assetId, policy))
}

/**
 * The id says where the offer comes from and which rules it had, so that it can be found without remembering catalogs, and
 * a change of the rules makes another offer of it.
 */
export function offerIdOf(definitionId: string, assetId: string, policy: Policy): string {
  const rules = canonicalJson(serialisePolicy(policy))
  const part = createHash('sha256').update(rules).digest('base64url').slice(0, 16)
  return formatOfferId({ definitionId, assetId, part })
}
