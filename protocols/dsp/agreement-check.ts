import { WeftError } from '@weft/foundation/errors'
import { type AgreementPolicy, type PolicyRules, samePolicy } from '../policy/index.ts'
import { dspErrors } from './errors.ts'

export interface AgreementParties {
  /** Participant id of the provider, as the consumer knows it. */
  readonly provider: string
  /** Our own participant id. */
  readonly consumer: string
}

const timestamp =
  /^-?(?:[1-9]\d{3,}|0\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?$/

/**
 * What a consumer checks of an agreement before it verifies it (DSP-25, DSP-26): the rules and the target of the last offer,
 * the two parties, a timestamp. That no rule has a target of its own is checked when the agreement is parsed.
 *
 * @throws `dsp.agreement-differs`, with the member as field
 */
export function checkAgreement(
  agreement: AgreementPolicy,
  lastOffer: PolicyRules & { readonly target: string },
  parties: AgreementParties,
): void {
  refuseUnless(agreement.target === lastOffer.target, 'target', 'is not the dataset of the last offer')
  // DSP-47: the parties are those of the negotiation, never what the agreement says they are.
  refuseUnless(agreement.assigner === parties.provider, 'assigner', 'is not the provider of this negotiation')
  refuseUnless(agreement.assignee === parties.consumer, 'assignee', 'is not the consumer of this negotiation')
  refuseUnless(agreement.timestamp !== undefined, 'timestamp', 'is missing')
  refuseUnless(timestamp.test(agreement.timestamp ?? ''), 'timestamp', 'is not an XSD dateTime')
  refuseUnless(samePolicy(agreement, lastOffer), 'permission', 'and the other rules are not those of the last offer')
}

function refuseUnless(correct: boolean, member: string, problem: string): void {
  if (correct) return
  const field = `/agreement/${member}`
  throw new WeftError(dspErrors['agreement-differs'], { field, message: `${field} ${problem}` })
}
