import type { TaskRequest } from '@weft/foundation/processes'
import type { Conduct } from '../domain/negotiation.ts'
import type { Parts } from '../parts.ts'

/** What a negotiation has left to do after a commit; each name has one handler. */
export const negotiationTasks = {
  sendRequest: 'negotiation.request.send',
  sendOffer: 'negotiation.offer.send',
  sendAcceptance: 'negotiation.acceptance.send',
  sendAgreement: 'negotiation.agreement.send',
  sendVerification: 'negotiation.verification.send',
  sendFinalization: 'negotiation.finalization.send',
  sendTermination: 'negotiation.termination.send',
  deadline: 'negotiation.deadline',
} as const

/** Whom a negotiation waits for: people here, or the counterparty. */
export type Awaited = 'person' | 'counterparty'

/**
 * The end of a wait: due unless the negotiation has moved on by then. Where people conduct the negotiation, on this side as
 * far as we know, both sides get their time.
 * @param version of the negotiation once the awaiting state is entered
 */
export function negotiationDeadline(
  parts: Parts,
  awaited: Awaited,
  negotiation: { readonly conduct: Conduct; readonly version: number },
): TaskRequest {
  const { decisionMs, negotiationMs } = parts.deadlines
  const patient = awaited === 'person' || negotiation.conduct === 'manual'
  return {
    name: negotiationTasks.deadline,
    dueInMs: patient ? decisionMs : negotiationMs,
    payload: { version: negotiation.version, awaited },
  }
}
