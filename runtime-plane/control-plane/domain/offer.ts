import { createHash } from 'node:crypto'
import { formatOfferId } from '@weft/protocols/dsp'
import { canonicalJson, type OfferPolicy, type Policy, serialisePolicy, toOffer } from '@weft/protocols/policy'

/**
 * The id says where the offer comes from and which rules it had, so that it can be found without remembering catalogs, and
 * a change of the rules makes another offer of it.
 */
export function offerIdOf(definitionId: string, assetId: string, policy: Policy): string {
  return formatOfferId({ definitionId, assetId, part: partOf(policy) })
}

/** Makes the offers of a policy that many assets are offered under; what they have in common is worked out once. */
export function offersUnder(policy: Policy): (definitionId: string, assetId: string) => OfferPolicy {
  const part = partOf(policy)
  return (definitionId, assetId) => toOffer(policy, formatOfferId({ definitionId, assetId, part }))
}

function partOf(policy: Policy): string {
  const rules = canonicalJson(serialisePolicy(policy))
  return createHash('sha256').update(rules).digest('base64url').slice(0, 16)
}
