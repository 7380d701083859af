import type { TaskRequest } from '@weft/foundation/processes'
import type { Parts } from '../parts.ts'

/** What a transfer has left to do after a commit; each name has one handler. */
export const transferTasks = {
  /** Consumer: the own data plane gets ready. */
  prepare: 'transfer.prepare',
  sendRequest: 'transfer.request.send',
  /** Provider: the own data plane starts, then the counterparty is told. */
  start: 'transfer.start.send',
  /** Provider: the data plane has reported that it started, so only the counterparty is told. */
  announceStart: 'transfer.start.announce',
  /** Consumer: the own data plane learns that the provider has started. */
  notifyStarted: 'transfer.data-plane.started',
  /** By ourselves: the own data plane first, then the counterparty. */
  suspend: 'transfer.suspension.send',
  resume: 'transfer.resumption.send',
  complete: 'transfer.completion.send',
  /** By the data plane's report, which needs not hear of it again. */
  announceCompletion: 'transfer.completion.announce',
  terminate: 'transfer.termination.send',
  /** By the counterparty: the own data plane follows. */
  suspendDataPlane: 'transfer.data-plane.suspend',
  resumeDataPlane: 'transfer.data-plane.resume',
  completeDataPlane: 'transfer.data-plane.complete',
  terminateDataPlane: 'transfer.data-plane.terminate',
  /** Provider: time alone may have changed what the agreement allows. */
  reviewPolicy: 'transfer.policy.review',
  deadline: 'transfer.deadline',
} as const

/**
 * The end of our patience with counterparty or data plane: due unless the transfer has moved on by then.
 * @param version of the transfer once the awaiting state is entered
 */
export function transferDeadline(parts: Parts, version: number): TaskRequest {
  return { name: transferTasks.deadline, dueInMs: parts.deadlines.transferMs, payload: { version } }
}
