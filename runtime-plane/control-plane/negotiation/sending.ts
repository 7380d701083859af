import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { isRetryable, toWeftError, WeftError } from '@weft/foundation/errors'
import type { Task, TaskPolicy } from '@weft/foundation/processes'
import { type ContractNegotiation, dspErrors, dspRefusalOf, type NegotiationMessage } from '@weft/protocols/dsp'
import type { Call } from '../counterparty/counterparty.ts'
import { failureOf, ourFailure } from '../domain/failure.ts'
import { mayTerminateNegotiation, type Negotiation, type NegotiationState } from '../domain/negotiation.ts'
import { type LogIdentity, logIdentity } from '../domain/participant.ts'
import { contextErrors, serviceErrors, terminationErrors } from '../errors.ts'
import type { Parts } from '../parts.ts'
import type { Addressed } from '../store/addressed.ts'
import { findOwnNegotiation, lockNegotiation, moveNegotiation, OwnNegotiation } from '../store/negotiations.ts'
import { identityOf } from '../store/participants.ts'
import type { Step } from '../store/process-steps.ts'
import { beginTermination, storeAgreement } from './steps.ts'
import { negotiationDeadline, negotiationTasks } from './tasks.ts'

/** A message that is due, with what its acknowledgement leads to. */
interface Sending {
  /** The state in which the message is due; in any other one the task has been overtaken. */
  readonly in: NegotiationState
  readonly message: (negotiation: Negotiation, from: Addressed) => NegotiationMessage
  /** The state that the counterparty's acknowledgement leads to. */
  readonly to: NegotiationState
  /** Who is awaited then. */
  readonly awaits: 'counterparty' | 'nobody'
}

const sendings = (parts: Parts): Readonly<Record<string, Sending>> => ({
  [negotiationTasks.sendRequest]: {
    in: 'REQUESTING',
    message: (negotiation, from) => ({
      type: 'ContractRequestMessage',
      consumerPid: negotiation.id,
      offer: negotiation.offer,
      // DSP-18: the first request says where to answer, a counter-offer says what it counters.
      ...(negotiation.correlationId === null
        ? { callbackAddress: parts.dspBase(from.context.id, from.profile.name) }
        : { providerPid: negotiation.correlationId }),
    }),
    to: 'REQUESTED',
    awaits: 'counterparty',
  },
  [negotiationTasks.sendOffer]: {
    in: 'OFFERING',
    message: (negotiation, from) => ({
      type: 'ContractOfferMessage',
      providerPid: negotiation.id,
      offer: negotiation.offer,
      ...(negotiation.correlationId === null
        ? { callbackAddress: parts.dspBase(from.context.id, from.profile.name) }
        : { consumerPid: negotiation.correlationId }),
    }),
    to: 'OFFERED',
    awaits: 'counterparty',
  },
  [negotiationTasks.sendAcceptance]: {
    in: 'ACCEPTING',
    message: (negotiation) => ({
      type: 'ContractNegotiationEventMessage',
      ...pidsOf(negotiation),
      eventType: 'ACCEPTED',
    }),
    to: 'ACCEPTED',
    awaits: 'counterparty',
  },
  [negotiationTasks.sendAgreement]: {
    in: 'AGREEING',
    message: (negotiation) => ({
      type: 'ContractAgreementMessage',
      ...pidsOf(negotiation),
      agreement: agreementOf(negotiation),
    }),
    to: 'AGREED',
    awaits: 'counterparty',
  },
  [negotiationTasks.sendVerification]: {
    in: 'VERIFYING',
    message: (negotiation) => ({ type: 'ContractAgreementVerificationMessage', ...pidsOf(negotiation) }),
    to: 'VERIFIED',
    awaits: 'counterparty',
  },
  [negotiationTasks.sendFinalization]: {
    in: 'FINALIZING',
    message: (negotiation) => ({
      type: 'ContractNegotiationEventMessage',
      ...pidsOf(negotiation),
      eventType: 'FINALIZED',
    }),
    to: 'FINALIZED',
    awaits: 'nobody',
  },
  [negotiationTasks.sendTermination]: {
    in: 'TERMINATING',
    message: (negotiation) => ({
      type: 'ContractNegotiationTerminationMessage',
      ...pidsOf(negotiation),
      ...(negotiation.failure ? { code: negotiation.failure.code } : {}),
      reason: negotiation.failure ? [negotiation.failure.reason] : [],
    }),
    to: 'TERMINATED',
    awaits: 'nobody',
  },
})

/** Registers what negotiations do after their commits. */
export function registerNegotiationTasks(parts: Parts): void {
  for (const [name, sending] of Object.entries(sendings(parts))) {
    const policy: TaskPolicy = { ...parts.retry, exhausted: (task, error) => giveUp(parts, task, sending, error) }
    parts.processes.handle(name, policy, (task) => send(parts, task, sending))
  }
  parts.processes.handle(negotiationTasks.deadline, parts.retry, (task) => meetDeadline(parts, task))
}

/** Sends the message of a task and commits what its acknowledgement means. A repeat sends the same message id. */
async function send(parts: Parts, task: Task, sending: Sending): Promise<void> {
  const found = task.inHand instanceof OwnNegotiation ? task.inHand : await read(parts, task)
  if (found?.negotiation.state !== sending.in) return
  const { negotiation, owner: from } = found
  if (from?.context.state !== 'ACTIVATED') throw new WeftError(contextErrors.deactivated)
  const acknowledgement = await deliver(parts, task, sending, negotiation, from)
  parts.logger.info('a negotiation message was acknowledged', {
    ...logFields(negotiation, logIdentity(from.context)),
    action: task.name,
  })
  try {
    await parts.database.tenantAtOnce(task.participantContextId, (tx) =>
      acknowledge(tx, parts, task, sending, negotiation, acknowledgement),
    )
  } catch (error) {
    if (!(error instanceof WeftError && error.entry === serviceErrors['lost-race'])) throw error
    await parts.database.tenant(task.participantContextId, async (tx) => {
      const current = await lockNegotiation(tx, negotiation.id)
      // Overtaken: the counterparty's next message came before this acknowledgement was stored, and implied it.
      if (current?.state !== sending.in) return task.complete(tx)
      await acknowledge(tx, parts, task, sending, current, acknowledgement)
    })
  }
}

function read(parts: Parts, task: Task): Promise<OwnNegotiation | undefined> {
  return parts.database.tenantAtOnce(task.participantContextId, (tx) =>
    findOwnNegotiation(tx, parts.directory, task.processId),
  )
}

/** Starts all of its statements at once. @throws `control-plane.lost-race` when the negotiation is not any more as it was read */
async function acknowledge(
  tx: Transaction,
  parts: Parts,
  task: Task,
  sending: Sending,
  current: Negotiation,
  acknowledgement: ContractNegotiation | undefined,
): Promise<void> {
  const learned =
    acknowledgement && current.correlationId === null ? { correlationId: theirPid(current, acknowledgement) } : {}
  const step: Step<NegotiationState> = {
    path: [sending.to],
    completes: task,
    ...(sending.awaits === 'counterparty'
      ? { tasks: [negotiationDeadline(parts, 'counterparty', { ...current, version: current.version + 1 })] }
      : {}),
  }
  const agreementId = sending.in === 'AGREEING' ? randomUUID() : undefined
  const changes = { ...learned, ...(agreementId === undefined ? {} : { agreementId }) }
  await Promise.all([
    moveNegotiation(tx, parts.processes, current, step, changes),
    // It is stored only where the negotiation has moved.
    agreementId && storeAgreement(tx, parts, current, agreementOf(current), agreementId),
  ])
}

/** @returns the counterparty's process id where it is not known yet */
async function deliver(parts: Parts, task: Task, sending: Sending, negotiation: Negotiation, from: Addressed) {
  const message = { ...sending.message(negotiation, from), messageId: `urn:uuid:${task.id}` }
  const call = {
    from,
    to: negotiation.counterpartyDid,
    address: negotiation.counterpartyAddress,
    // Both roles, every message: a receiver may look anew at what the policy at hand asks of us (EDC does).
    policies: [negotiation.offer],
  }
  const role = negotiation.role === 'CONSUMER' ? 'consumer' : 'provider'
  try {
    const acknowledgement = await parts.counterparty.sendNegotiation(call, role, message)
    if (negotiation.correlationId === null && acknowledgement === undefined) {
      throw new WeftError(dspErrors['counterparty-malformed'], {
        message: 'The counterparty took the opening message and did not tell its process id.',
      })
    }
    return acknowledgement
  } catch (error) {
    parts.logger.warn('a negotiation message was not acknowledged', {
      ...logFields(negotiation, logIdentity(from.context)),
      action: task.name,
      attempt: task.attempt,
      error,
    })
    // Who ends a negotiation may ignore what the other side says to it (DSP 2.7).
    if (sending.to === 'TERMINATED' && !isRetryable(error)) return undefined
    if (task.attempt > 1 && (await hadArrived(parts, call, sending, negotiation, error))) return undefined
    throw error
  }
}

/**
 * A counterparty that keeps no message ids refuses the repeat of a message whose first answer was lost: it is in the state
 * already that the message leads to (DSP 2.7).
 */
async function hadArrived(
  parts: Parts,
  call: Call,
  sending: Sending,
  { correlationId }: Negotiation,
  refusal: unknown,
): Promise<boolean> {
  if (correlationId === null || isRetryable(refusal) || !dspRefusalOf(refusal)) return false
  try {
    return (await parts.counterparty.readNegotiation(call, correlationId)).state === sending.to
  } catch {
    // Its refusal stands, whatever the reason why it does not tell its state.
    return false
  }
}

/** A step has come to nothing: the negotiation ends with the reason, which the counterparty is told where it can be. */
async function giveUp(parts: Parts, task: Task, sending: Sending, error: Error): Promise<void> {
  const known = toWeftError(error)
  const failure =
    known.entry.code === 'request.internal' ? ourFailure(terminationErrors['internal-fault']) : failureOf(known)
  await parts.database.tenant(task.participantContextId, async (tx) => {
    const negotiation = await lockNegotiation(tx, task.processId)
    // One that has moved on had been overtaken: what the counterparty said next shows that our message reached it.
    if (negotiation?.state === sending.in) {
      parts.logger.error('a step of a negotiation was given up', {
        ...logFields(negotiation, await identityOf(tx, task)),
        action: task.name,
        error,
      })
      if (negotiation.state === 'TERMINATING') {
        await moveNegotiation(tx, parts.processes, negotiation, { path: ['TERMINATED'], reason: failure.code })
      } else {
        await beginTermination(tx, parts, negotiation, failure)
      }
    }
    await task.complete(tx)
  })
}

/** The counterparty did not take its next step in time. */
async function meetDeadline(parts: Parts, task: Task): Promise<void> {
  await parts.database.tenant(task.participantContextId, async (tx) => {
    const negotiation = await lockNegotiation(tx, task.processId)
    if (negotiation && negotiation.version === task.payload.version && mayTerminateNegotiation(negotiation.state)) {
      const entry = terminationErrors[task.payload.awaited === 'person' ? 'undecided' : 'no-answer']
      const failure = ourFailure(entry, `${entry.title} (${negotiation.state})`)
      await beginTermination(tx, parts, negotiation, failure)
      parts.logger.warn('a negotiation met its deadline', {
        ...logFields(negotiation, await identityOf(tx, task)),
        action: task.name,
      })
    }
    await task.complete(tx)
  })
}

function theirPid(negotiation: Negotiation, acknowledgement: ContractNegotiation): string {
  return negotiation.role === 'CONSUMER' ? acknowledgement.providerPid : acknowledgement.consumerPid
}

function pidsOf(negotiation: Negotiation): { readonly consumerPid: string; readonly providerPid: string } {
  const theirs = negotiation.correlationId
  if (theirs === null)
    throw new WeftError(terminationErrors['internal-fault'], { detail: 'the other process id is not known' })
  return negotiation.role === 'CONSUMER'
    ? { consumerPid: negotiation.id, providerPid: theirs }
    : { consumerPid: theirs, providerPid: negotiation.id }
}

function agreementOf(negotiation: Negotiation) {
  if (negotiation.agreement) return negotiation.agreement
  throw new WeftError(terminationErrors['internal-fault'], { detail: 'the agreement of the negotiation is missing' })
}

function logFields(negotiation: Negotiation, identity: LogIdentity) {
  return {
    category: 'dsp',
    ...identity,
    counterparty: negotiation.counterpartyDid,
    processId: negotiation.id,
    ...(negotiation.agreement ? { contractId: negotiation.agreement.id } : {}),
  } as const
}
