import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import type { AgreementPolicy } from '@weft/protocols/policy'
import { agreementEntity } from '../domain/agreement.ts'
import type { Failure } from '../domain/failure.ts'
import type { Negotiation } from '../domain/negotiation.ts'
import type { Parts } from '../parts.ts'
import { insertAgreement } from '../store/agreements.ts'
import { moveNegotiation, type NegotiationChanges } from '../store/negotiations.ts'
import type { Step } from '../store/process-steps.ts'
import { negotiationTasks } from './tasks.ts'

/** Stores the agreement in the transaction of the state that makes it one, and gives back our own id of it. */
export async function storeAgreement(
  tx: Transaction,
  parts: Parts,
  negotiation: Negotiation,
  agreement: AgreementPolicy,
): Promise<string> {
  const id = randomUUID()
  const about = { id, negotiationId: negotiation.id, storedAt: new Date(parts.clock()) }
  await insertAgreement(tx, agreementEntity(agreement, about))
  return id
}

/**
 * Begins to end a negotiation. The counterparty is told where it knows the negotiation under a process id of its own;
 * where it has none there is nobody to tell, and the negotiation is over.
 */
export async function beginTermination(
  tx: Transaction,
  parts: Parts,
  negotiation: Negotiation,
  failure: Failure,
): Promise<Negotiation> {
  const known = negotiation.correlationId !== null
  return moveNegotiation(
    tx,
    parts.processes,
    negotiation,
    known
      ? { path: ['TERMINATING'], reason: failure.code, tasks: [{ name: negotiationTasks.sendTermination }] }
      : { path: ['TERMINATED'], reason: failure.code },
    { failure },
  )
}

/** `moveNegotiation` with the received message remembered. */
export async function moveByMessage(
  tx: Transaction,
  parts: Parts,
  negotiation: Negotiation,
  step: Step<Negotiation['state']> & { readonly received: Negotiation['received'] },
  changes: NegotiationChanges = {},
): Promise<Negotiation> {
  const { received, ...rest } = step
  return moveNegotiation(tx, parts.processes, negotiation, rest, { ...changes, received })
}
