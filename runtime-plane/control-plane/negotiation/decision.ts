import {
  evaluatePolicy,
  type Policy,
  type PolicyDecision,
  type PolicyEvaluation,
  policyErrors,
} from '@weft/protocols/policy'
import { type Failure, ourFailure } from '../domain/failure.ts'
import { publicRefusalReason } from '../domain/refusal-reason.ts'
import type { Parts } from '../parts.ts'
import type { VerifiedSender } from '../trust/counterparty-identity.ts'

/** What a policy says of the sender of a message, with the credentials that came with this very message. */
export function decidePolicy(
  parts: Pick<Parts, 'clock' | 'operands'>,
  policy: Policy,
  phase: PolicyEvaluation['phase'],
  sender: VerifiedSender,
): PolicyDecision {
  const facts = { now: new Date(parts.clock()), counterparty: sender.id, credentials: sender.credentials }
  return evaluatePolicy(policy, { phase, action: 'use', operands: parts.operands, facts })
}

/** The end of a negotiation whose policy is not satisfied, in words that both sides may read. */
export function policyFailure(decision: PolicyDecision): Failure {
  return ourFailure(policyErrors['not-satisfied'], publicRefusalReason(decision))
}
