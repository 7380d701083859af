import type { Task, TaskRequest } from '@weft/foundation/processes'
import {
  type AgreementPolicy,
  type CredentialFact,
  evaluatePolicy,
  instantsOf,
  isJsonObject,
  type PolicyDecision,
  type PolicyFacts,
  policyErrors,
} from '@weft/protocols/policy'
import { ourFailure } from '../domain/failure.ts'
import { publicRefusalReason } from '../domain/refusal-reason.ts'
import { mayTerminateTransfer, type Transfer } from '../domain/transfer.ts'
import type { Parts } from '../parts.ts'
import { findAgreement } from '../store/agreements.ts'
import { identityOf } from '../store/participants.ts'
import { lockTransfer } from '../store/transfers.ts'
import { beginTermination } from './steps.ts'
import { transferTasks } from './tasks.ts'

/** A policy that names more instants than this is reviewed at the first of them. */
const mostReviews = 100

/** Whether a transfer may run by its agreement, as things stand. */
export function decideTransfer(
  parts: Parts,
  agreement: AgreementPolicy,
  facts: Omit<PolicyFacts, 'agreement'>,
): PolicyDecision {
  return evaluatePolicy(agreement, {
    phase: 'transfer',
    action: 'use',
    operands: parts.operands,
    facts: { ...facts, agreement },
  })
}

/** The reviews that a transfer needs: one at each instant at which its agreement's decision may change by time alone. */
export function policyReviews(parts: Parts, agreement: AgreementPolicy): readonly TaskRequest[] {
  const now = parts.clock()
  return instantsOf(agreement)
    .filter((instant) => instant.getTime() >= now)
    .slice(0, mostReviews)
    .map((instant) => {
      // What is allowed up to an instant and at it has ended in the next millisecond.
      const at = instant.getTime() + 1
      return { name: transferTasks.reviewPolicy, dueInMs: at - now, payload: { at } }
    })
}

/** Ends a transfer that its agreement's policy no longer allows; both sides learn the reason. */
export async function reviewPolicy(parts: Parts, task: Task): Promise<void> {
  await parts.database.tenant(task.participantContextId, async (tx) => {
    const transfer = await lockTransfer(tx, task.processId)
    const agreement = transfer && (await findAgreement(tx, transfer.contractId))
    if (transfer && agreement && mayTerminateTransfer(transfer.state)) {
      const decision = decideTransfer(parts, agreement.policy, {
        // The database's clock has made the task due; ours may be a moment behind.
        now: new Date(Math.max(parts.clock(), Number(task.payload.at))),
        counterparty: transfer.counterpartyDid,
        credentials: credentialsOf(transfer),
      })
      if (!decision.allowed) {
        const failure = ourFailure(policyErrors['not-satisfied'], publicRefusalReason(decision))
        await beginTermination(tx, parts, transfer, failure)
        parts.logger.warn('a transfer ends, since its policy no longer allows it', {
          category: 'dsp',
          ...(await identityOf(tx, task)),
          action: task.name,
          counterparty: transfer.counterpartyDid,
          processId: transfer.id,
          contractId: transfer.agreementId,
          decision,
        })
      }
    }
    await task.complete(tx)
  })
}

/** The credentials with which the transfer was allowed: what was kept of them is their claims, by type. */
function credentialsOf(transfer: Transfer): readonly CredentialFact[] {
  return Object.entries(transfer.claims).map(([type, subjects]) => ({
    types: [type],
    issuer: '',
    subjects: Array.isArray(subjects) ? subjects.filter(isJsonObject) : [],
  }))
}
