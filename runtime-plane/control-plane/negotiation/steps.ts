import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import type { AgreementPolicy, PolicyDecision } from '@weft/protocols/policy'
import { agreementEntity, agreementFor } from '../domain/agreement.ts'
import type { Failure } from '../domain/failure.ts'
import { impliedPath, type Negotiation } from '../domain/negotiation.ts'
import type { ParticipantContext } from '../domain/participant.ts'
import type { Parts } from '../parts.ts'
import type { Addressed } from '../store/addressed.ts'
import { insertAgreement } from '../store/agreements.ts'
import { moveNegotiation, type NegotiationChanges } from '../store/negotiations.ts'
import type { Step } from '../store/process-steps.ts'
import { policyFailure } from './decision.ts'
import { negotiationTasks } from './tasks.ts'

/** The agreement to the offer on the table, as this provider writes it (DSP-25, DSP-47). */
export function newAgreement(
  parts: Pick<Parts, 'clock'>,
  us: ParticipantContext,
  negotiation: Pick<Negotiation, 'offer' | 'counterpartyDid'>,
): AgreementPolicy {
  return agreementFor(negotiation.offer, {
    id: `urn:uuid:${randomUUID()}`,
    provider: us.identity,
    consumer: negotiation.counterpartyDid,
    signedAt: new Date(parts.clock()),
  })
}

/** Stores the agreement in the transaction of the state that makes it one, under an id of our own. */
export async function storeAgreement(
  tx: Transaction,
  parts: Parts,
  negotiation: Negotiation,
  agreement: AgreementPolicy,
  id: string,
): Promise<void> {
  const about = { id, negotiationId: negotiation.id, storedAt: new Date(parts.clock()) }
  await insertAgreement(tx, agreementEntity(agreement, about))
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

/**
 * Moves a negotiation by a message of the counterparty, which is remembered. The message may have come before the
 * acknowledgement of ours was stored, which it then stands for.
 */
export async function moveByMessage(
  tx: Transaction,
  parts: Parts,
  negotiation: Negotiation,
  step: MessageStep,
  changes: NegotiationChanges = {},
): Promise<Negotiation> {
  const { received, ...rest } = step
  const [first, ...others] = [...impliedPath(negotiation.state), ...rest.path]
  const path = [first ?? rest.path[0], ...others] as const
  return moveNegotiation(tx, parts.processes, negotiation, { ...rest, path }, { ...changes, received })
}

type MessageStep = Step<Negotiation['state']> & { readonly received: Negotiation['received'] }

/** Agrees to the offer on the table, as a message of the consumer has left it. */
export async function agreeToOffer(
  tx: Transaction,
  parts: Parts,
  us: Addressed,
  negotiation: Negotiation,
  step: MessageStep,
  changes: NegotiationChanges,
): Promise<void> {
  const agreement = newAgreement(parts, us.context, { ...negotiation, ...changes })
  await moveByMessage(
    tx,
    parts,
    negotiation,
    { ...step, path: [...step.path, 'AGREEING'], tasks: [{ name: negotiationTasks.sendAgreement }] },
    { ...changes, agreement },
  )
}

/** Ends a negotiation whose offer the consumer's credentials do not satisfy. */
export async function endByPolicy(
  tx: Transaction,
  parts: Parts,
  negotiation: Negotiation,
  step: MessageStep,
  changes: NegotiationChanges & { readonly decision: PolicyDecision },
): Promise<void> {
  const failure = policyFailure(changes.decision)
  await moveByMessage(
    tx,
    parts,
    negotiation,
    {
      ...step,
      path: [...step.path, 'TERMINATING'],
      reason: failure.code,
      tasks: [{ name: negotiationTasks.sendTermination }],
    },
    { ...changes, failure },
  )
}
