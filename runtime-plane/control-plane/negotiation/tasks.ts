import type { TaskRequest } from '@weft/foundation/processes'
import type { Parts } from '../parts.ts'

/** What a negotiation has left to do after a commit; each name has one handler. */
export const negotiationTasks = {
  sendRequest: 'negotiation.request.send',
  sendAcceptance: 'negotiation.acceptance.send',
  sendAgreement: 'negotiation.agreement.send',
  sendVerification: 'negotiation.verification.send',
  sendFinalization: 'negotiation.finalization.send',
  sendTermination: 'negotiation.termination.send',
  deadline: 'negotiation.deadline',
} as const

/**
 * The end of the counterparty's patience with us, and of ours with it: due unless the negotiation has moved on by then.
 * @param version of the negotiation once the awaiting state is entered
 */
export function negotiationDeadline(parts: Parts, version: number): TaskRequest {
  return { name: negotiationTasks.deadline, dueInMs: parts.deadlines.negotiationMs, payload: { version } }
}
