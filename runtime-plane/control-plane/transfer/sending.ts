import { randomUUID } from 'node:crypto'
import { isRetryable, toWeftError, WeftError } from '@weft/foundation/errors'
import type { Task, TaskPolicy } from '@weft/foundation/processes'
import { dspErrors, type TransferMessage } from '@weft/protocols/dsp'
import type { PolicyRules } from '@weft/protocols/policy'
import { failureOf, ourFailure } from '../domain/failure.ts'
import { type LogIdentity, logIdentity } from '../domain/participant.ts'
import { isFinalTransfer, mayTerminateTransfer, type Transfer, type TransferState } from '../domain/transfer.ts'
import { contextErrors, serviceErrors, terminationErrors } from '../errors.ts'
import type { Parts } from '../parts.ts'
import type { Addressed } from '../store/addressed.ts'
import { findAgreement } from '../store/agreements.ts'
import { findAsset } from '../store/assets.ts'
import { findDataPlane } from '../store/data-planes.ts'
import { identityOf } from '../store/participants.ts'
import type { Step } from '../store/process-steps.ts'
import { findOwnTransfer, findTransfer, lockTransfer, moveTransfer, type TransferChanges } from '../store/transfers.ts'
import { forgetAddress } from './addresses.ts'
import { type Flow, terminateAtDataPlane } from './data-plane.ts'
import { reviewPolicy } from './policy-review.ts'
import { beginTermination, keepsAddress } from './steps.ts'
import { transferDeadline, transferTasks } from './tasks.ts'
import { type Outcome, type TransferWork, transferWork } from './work.ts'

/** Registers what transfers do after their commits. */
export function registerTransferTasks(parts: Parts): void {
  for (const [name, work] of Object.entries(transferWork(parts))) {
    const policy: TaskPolicy = work.afterTheEnd
      ? parts.retry
      : { ...parts.retry, exhausted: (task, error) => giveUp(parts, task, work, error) }
    parts.processes.handle(name, policy, (task) => run(parts, task, work))
  }
  parts.processes.handle(transferTasks.reviewPolicy, parts.retry, (task) => reviewPolicy(parts, task))
  parts.processes.handle(transferTasks.deadline, parts.retry, (task) => meetDeadline(parts, task))
}

/** Does the work of a task and commits what came of it, unless the transfer has moved on meanwhile. */
async function run(parts: Parts, task: Task, work: TransferWork): Promise<void> {
  const due = await parts.database.tenant(task.participantContextId, async (tx) => {
    const found = await findOwnTransfer(tx, parts.directory, task.processId)
    if (!found) return undefined
    const { transfer, owner: from } = found
    const isDue = work.in.includes(transfer.state)
    // It may have been tried before, and opened a flow that the end of the transfer has not found.
    if (!isDue && !(work.opensFlow && isFinalTransfer(transfer.state))) return undefined
    const [plane, asset, agreement] = await Promise.all([
      findDataPlane(tx, transfer.dataPlaneId),
      transfer.role === 'PROVIDER' ? findAsset(tx, transfer.assetId) : undefined,
      // For every message: a receiver may look anew at what the policy of the agreement asks of us (EDC does).
      findAgreement(tx, transfer.contractId),
    ])
    return { isDue, transfer, from, plane, asset, policies: agreement ? [agreement.policy] : [] }
  })
  if (!due) return
  const { isDue, transfer, from, plane, asset, policies } = due
  if (from?.context.state !== 'ACTIVATED') throw new WeftError(contextErrors.deactivated)
  const flow: Flow = {
    contextId: task.participantContextId,
    transfer,
    participant: from.context.identity,
    plane,
    asset,
  }
  if (!isDue) return terminateAtDataPlane(parts, flow, randomUUID())
  const tell = (message: TransferMessage) => deliver(parts, task, transfer, from, message, policies, work)
  const isStillDue = async (): Promise<boolean> => {
    const current = await parts.database.tenantAtOnce(task.participantContextId, (tx) => findTransfer(tx, transfer.id))
    return current?.version === transfer.version
  }
  const outcome = await work.run({ flow, messageId: `urn:uuid:${task.id}`, taskId: task.id, from, isStillDue, tell })
  parts.logger.info('a step of a transfer was taken', logFields(transfer, task, logIdentity(from.context)))
  const { counted, isOver } = await commit(parts, task, transfer, outcome)
  if (counted) return
  await forgetAddress(parts.vault, task.participantContextId, outcome.changes?.addressRef ?? null)
  // The end reached the data plane before the flow was there, maybe.
  if (work.opensFlow && isOver) await terminateAtDataPlane(parts, flow, randomUUID())
}

interface Committed {
  /** False when the transfer had moved on, so that the outcome does not count. */
  readonly counted: boolean
  readonly isOver: boolean
}

async function commit(parts: Parts, task: Task, before: Transfer, outcome: Outcome): Promise<Committed> {
  const committed = outcome.to === undefined ? undefined : await moveOn(parts, task, before, outcome)
  return committed ?? (await stayPut(parts, task, before))
}

/** @returns undefined when the next message of counterparty or data plane came before this outcome was stored, and implied it */
async function moveOn(parts: Parts, task: Task, before: Transfer, outcome: Outcome): Promise<Committed | undefined> {
  const step = { ...stepOf(parts, before, outcome), completes: task }
  try {
    const after = await parts.database.tenantAtOnce(task.participantContextId, (tx) =>
      moveTransfer(tx, parts.processes, before, step, changesOf(before, outcome)),
    )
    const obsolete = after.addressRef === before.addressRef ? null : before.addressRef
    await forgetAddress(parts.vault, task.participantContextId, obsolete)
    return { counted: true, isOver: false }
  } catch (error) {
    if (error instanceof WeftError && error.entry === serviceErrors['lost-race']) return undefined
    throw error
  }
}

/** Ends the task of an outcome that changes nothing, or has been overtaken. */
async function stayPut(parts: Parts, task: Task, before: Transfer): Promise<Committed> {
  return parts.database.tenant(task.participantContextId, async (tx) => {
    const current = await lockTransfer(tx, before.id)
    const counted = current?.version === before.version
    const isOver = current !== undefined && (isFinalTransfer(current.state) || current.state === 'TERMINATING')
    // A flow that has to be ended yet is ended before the task counts as done.
    if (counted || !isOver) await task.complete(tx)
    return { counted, isOver }
  })
}

function stepOf(parts: Parts, current: Transfer, outcome: Outcome): Step<TransferState> {
  const deadline = transferDeadline(parts, current.version + 1)
  const tasks = [...(outcome.next === undefined ? [] : [{ name: outcome.next }]), ...(outcome.awaits ? [deadline] : [])]
  return { path: [outcome.to ?? current.state], tasks }
}

function changesOf(current: Transfer, outcome: Outcome): TransferChanges {
  const state = outcome.to ?? current.state
  return { ...(keepsAddress({ state }) ? {} : { addressRef: null }), ...outcome.changes }
}

async function deliver(
  parts: Parts,
  task: Task,
  transfer: Transfer,
  from: Addressed,
  message: TransferMessage,
  policies: readonly PolicyRules[],
  work: TransferWork,
): Promise<string | undefined> {
  const call = { from, to: transfer.counterpartyDid, address: transfer.counterpartyAddress, policies }
  const role = transfer.role === 'CONSUMER' ? 'consumer' : 'provider'
  try {
    const answer = await parts.counterparty.sendTransfer(call, role, { ...message, messageId: `urn:uuid:${task.id}` })
    if (transfer.correlationId === null && answer === undefined) {
      throw new WeftError(dspErrors['counterparty-malformed'], {
        message: 'The counterparty took the request and did not tell its process id.',
      })
    }
    return answer && (role === 'consumer' ? answer.providerPid : answer.consumerPid)
  } catch (error) {
    parts.logger.warn('a transfer message was not acknowledged', {
      ...logFields(transfer, task, logIdentity(from.context)),
      attempt: task.attempt,
      error,
    })
    // Who ends a transfer need not heed what the other side says to it (DSP 2.8), for one.
    if (work.ignoresRefusal?.(transfer) && !isRetryable(error)) return undefined
    throw error
  }
}

/** A step has come to nothing: the transfer ends with the reason, which counterparty and data plane are told. */
async function giveUp(parts: Parts, task: Task, work: TransferWork, error: Error): Promise<void> {
  const known = toWeftError(error)
  const failure =
    known.entry.code === 'request.internal' ? ourFailure(terminationErrors['internal-fault']) : failureOf(known)
  const obsolete = await parts.database.tenant(task.participantContextId, async (tx) => {
    const transfer = await lockTransfer(tx, task.processId)
    let ref: string | null = null
    // What was overtaken need not succeed: the counterparty may well refuse a message that crossed with its own.
    if (transfer && work.in.includes(transfer.state) && !isFinalTransfer(transfer.state)) {
      parts.logger.error('a step of a transfer was given up', {
        ...logFields(transfer, task, await identityOf(tx, task)),
        error,
      })
      if (transfer.state === 'TERMINATING') {
        await moveTransfer(
          tx,
          parts.processes,
          transfer,
          { path: ['TERMINATED'], reason: failure.code },
          { addressRef: null },
        )
        ref = transfer.addressRef
      } else {
        await beginTermination(tx, parts, transfer, failure)
      }
    }
    await task.complete(tx)
    return ref
  })
  await forgetAddress(parts.vault, task.participantContextId, obsolete)
}

/** Counterparty or data plane did not take the next step in time. */
async function meetDeadline(parts: Parts, task: Task): Promise<void> {
  await parts.database.tenant(task.participantContextId, async (tx) => {
    const transfer = await lockTransfer(tx, task.processId)
    if (transfer && transfer.version === task.payload.version && mayTerminateTransfer(transfer.state)) {
      const failure = ourFailure(
        terminationErrors['no-answer'],
        `${terminationErrors['no-answer'].title} (${transfer.state})`,
      )
      await beginTermination(tx, parts, transfer, failure)
      parts.logger.warn('a transfer met its deadline', logFields(transfer, task, await identityOf(tx, task)))
    }
    await task.complete(tx)
  })
}

function logFields(transfer: Transfer, task: Task, identity: LogIdentity) {
  return {
    category: task.name.includes('data-plane') || task.name === transferTasks.prepare ? 'dps' : 'dsp',
    ...identity,
    action: task.name,
    counterparty: transfer.counterpartyDid,
    processId: transfer.id,
    contractId: transfer.agreementId,
  } as const
}
