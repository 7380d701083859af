import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition, App } from '@weft/foundation/http'
import type { TaskRequest } from '@weft/foundation/processes'
import {
  checkAgreement,
  checkPids,
  dspErrors,
  dspPaths,
  type MessageOffer,
  type NegotiationMessage,
  parseDspMessage,
} from '@weft/protocols/dsp'
import { type PolicyRules, samePolicy } from '@weft/protocols/policy'
import { isObject } from '@weft/protocols/trust'
import { counterpartyFailure } from '../../domain/failure.ts'
import { applyToNegotiation, type Negotiation } from '../../domain/negotiation.ts'
import { type ReceivedMessage, receivedMessage, remember } from '../../domain/received-message.ts'
import { terminationErrors } from '../../errors.ts'
import { decidePolicy } from '../../negotiation/decision.ts'
import { agreeToOffer, endByPolicy, moveByMessage, storeAgreement } from '../../negotiation/steps.ts'
import { negotiationDeadline, negotiationTasks } from '../../negotiation/tasks.ts'
import type { Parts } from '../../parts.ts'
import type { Addressed } from '../../store/addressed.ts'
import { findNegotiation, insertNegotiation, lockNegotiation } from '../../store/negotiations.ts'
import type { VerifiedSender } from '../../trust/counterparty-identity.ts'
import { negotiationAcknowledgement } from './acknowledgement.ts'
import {
  type Answer,
  addressee,
  authenticate,
  dspRoute,
  inTransaction,
  loadedInTransaction,
  type Message,
} from './message.ts'
import { receiveOpeningRequest } from './opening-request.ts'
import { renderFor } from './refusal.ts'

/** The negotiation endpoints of both roles (2.4): what a pid in a path is depends on which role we have. */
export function negotiationEndpoints(parts: Parts): ApiDefinition {
  return {
    name: 'dsp-negotiations',
    title: 'Dataspace Protocol 2025-1: contract negotiations',
    version: '2025-1',
    prefix: '/dsp/:participantContextId/:profileId',
    documented: false,
    renderError: renderFor('negotiation'),
    routes: (app) => {
      const post = (url: string, action: string, handle: (message: Message) => Promise<Answer>) =>
        dspRoute(app, parts, 'negotiation', { method: 'POST', url, action }, handle)
      registerRead(app, parts)
      post(dspPaths.openingRequest, 'negotiation.request.receive', receiveOpeningRequest)
      post(dspPaths.openingOffer, 'negotiation.offer.receive', receiveOpeningOffer)
      post(dspPaths.counterRequest, 'negotiation.counter-request.receive', receiveCounterRequest)
      post(dspPaths.offer, 'negotiation.offer.receive', receiveOffer)
      post(dspPaths.agreement, 'negotiation.agreement.receive', receiveAgreement)
      post(dspPaths.verification, 'negotiation.verification.receive', receiveVerification)
      post(dspPaths.negotiationEvent, 'negotiation.event.receive', receiveEvent)
      post(dspPaths.negotiationTermination, 'negotiation.termination.receive', receiveTermination)
    },
  }
}

/** DSP-34. */
function registerRead(app: App, parts: Parts): void {
  const route = { method: 'GET', url: dspPaths.negotiation, action: 'negotiation.read' } as const
  dspRoute(app, parts, 'negotiation', route, async (message) => {
    const { to } = await addressee(message)
    const sender = await authenticate(message, to)
    return loadedInTransaction(message, lock(message), async (_tx, stored) => {
      const negotiation = requireNegotiation(stored, message)
      checkCounterparty(negotiation, sender)
      return { status: 200, body: negotiationAcknowledgement(negotiation) }
    })
  })
}

/** A provider opens a negotiation with an offer of its own (DSP-24). It waits for the participant's word. */
async function receiveOpeningOffer(message: Message): Promise<Answer> {
  const { to } = await addressee(message)
  const sender = await authenticate(message, to)
  const offered = parseDspMessage('ContractOfferMessage', message.body)
  message.pids = { providerPid: offered.providerPid }
  if (offered.callbackAddress === undefined)
    throw new WeftError(dspErrors['invalid-transition'], { field: '/consumerPid' })
  const received = receivedMessage(message.body, offered.messageId)
  const { parts } = message
  const conduct = 'manual'
  const negotiation = await inTransaction(message, (tx) =>
    insertNegotiation(
      tx,
      parts.processes,
      {
        id: randomUUID(),
        role: 'CONSUMER',
        state: 'OFFERED',
        profile: to.profile.name,
        conduct,
        counterpartyDid: sender.id,
        counterpartyAddress: offered.callbackAddress,
        correlationId: offered.providerPid,
        offer: offered.offer,
        agreement: null,
        agreementId: null,
        decision: null,
        failure: null,
        received: [received],
      },
      {
        path: ['OFFERED'],
        message: received,
        tasks: [negotiationDeadline(parts, 'person', { conduct, version: 1 })],
      },
    ),
  )
  return { status: 201, body: negotiationAcknowledgement(negotiation.negotiation) }
}

/**
 * A counter-offer of the consumer. Its terms never stand in for ours without somebody's word (DSP-48); one that repeats
 * our own offer is agreed to, where nobody has to be asked.
 */
async function receiveCounterRequest(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractRequestMessage', body),
    async ({ tx, parts, negotiation, received, content, to, sender }) => {
      requireSameDataset(content.offer, negotiation)
      const offer = content.offer
      const decision = decidePolicy(parts, offer, 'negotiation', sender)
      const changes = { offer, decision }
      if (!decision.allowed) return endByPolicy(tx, parts, negotiation, { path: ['REQUESTED'], ...received }, changes)
      if (negotiation.conduct === 'automatic' && samePolicy(offer, negotiation.offer)) {
        return agreeToOffer(tx, parts, to, negotiation, { path: ['REQUESTED'], ...received }, changes)
      }
      const tasks = [waitForPerson(parts, negotiation)]
      await moveByMessage(tx, parts, negotiation, { path: ['REQUESTED'], ...received, tasks }, changes)
    },
    (stored, body) => [stored.offer, ...offerNamedIn(body)],
  )
}

/** A counter-offer of the provider: taken by itself only if it has the very terms that were asked for (DSP-48). */
async function receiveOffer(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractOfferMessage', body),
    async ({ tx, parts, negotiation, received, content }) => {
      requireSameDataset(content.offer, negotiation)
      const changes = { offer: content.offer, correlationId: content.providerPid }
      const wanted = negotiation.conduct === 'automatic' && samePolicy(content.offer, negotiation.offer)
      await moveByMessage(
        tx,
        parts,
        negotiation,
        wanted
          ? { path: ['OFFERED', 'ACCEPTING'], ...received, tasks: [{ name: negotiationTasks.sendAcceptance }] }
          : { path: ['OFFERED'], ...received, tasks: [waitForPerson(parts, negotiation)] },
        changes,
      )
    },
  )
}

/** The provider's agreement: exactly what was offered, between exactly these two (DSP-25, DSP-26, DSP-47). */
async function receiveAgreement(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractAgreementMessage', body),
    async ({ tx, parts, negotiation, received, content, to }) => {
      message.contractId = content.agreement.id
      checkAgreement(content.agreement, negotiation.offer, {
        provider: negotiation.counterpartyDid,
        consumer: to.context.identity,
      })
      const agreementId = randomUUID()
      const moved = moveByMessage(
        tx,
        parts,
        negotiation,
        negotiation.conduct === 'automatic'
          ? { path: ['AGREED', 'VERIFYING'], ...received, tasks: [{ name: negotiationTasks.sendVerification }] }
          : { path: ['AGREED'], ...received, tasks: [waitForPerson(parts, negotiation)] },
        { correlationId: content.providerPid, agreement: content.agreement, agreementId },
      )
      await Promise.all([moved, storeAgreement(tx, parts, negotiation, content.agreement, agreementId)])
    },
  )
}

/** The consumer's verification. One that overtakes the acknowledgement of our agreement is that acknowledgement, too. */
async function receiveVerification(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractAgreementVerificationMessage', body),
    async ({ tx, parts, negotiation, received }) => {
      const agreed = negotiation.state === 'AGREEING' ? negotiation.agreement : null
      const agreementId = randomUUID()
      const moved = moveByMessage(
        tx,
        parts,
        negotiation,
        negotiation.conduct === 'automatic'
          ? { path: ['VERIFIED', 'FINALIZING'], ...received, tasks: [{ name: negotiationTasks.sendFinalization }] }
          : { path: ['VERIFIED'], ...received, tasks: [waitForPerson(parts, negotiation)] },
        agreed ? { agreementId } : {},
      )
      await Promise.all([moved, agreed && storeAgreement(tx, parts, negotiation, agreed, agreementId)])
    },
  )
}

/** ACCEPTED takes the offer that this provider has made; FINALIZED ends a consumer's negotiation (DSP-28). */
async function receiveEvent(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractNegotiationEventMessage', body),
    async ({ tx, parts, negotiation, received, content, to, sender }) => {
      if (content.eventType === 'FINALIZED') {
        await moveByMessage(tx, parts, negotiation, { path: ['FINALIZED'], ...received })
        return
      }
      const decision = decidePolicy(parts, negotiation.offer, 'negotiation', sender)
      const step = { path: ['ACCEPTED'], ...received } as const
      if (!decision.allowed) return endByPolicy(tx, parts, negotiation, step, { decision })
      if (negotiation.conduct === 'automatic') return agreeToOffer(tx, parts, to, negotiation, step, { decision })
      const tasks = [waitForPerson(parts, negotiation)]
      await moveByMessage(tx, parts, negotiation, { ...step, tasks }, { decision })
    },
    // What FINALIZED says is decided by nothing of the sender's, so nothing is read for it.
    isObject(message.body) && message.body.eventType === 'ACCEPTED' ? (stored) => [stored.offer] : undefined,
  )
}

/** Either side may end what has not ended (DSP-31). */
async function receiveTermination(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractNegotiationTerminationMessage', body),
    async ({ tx, parts, negotiation, received, content }) => {
      // Both sides ended it at the same time: our own reason stands.
      const failure = negotiation.failure ?? counterpartyFailure(content, terminationErrors['counterparty-terminated'])
      const theirs = negotiation.role === 'CONSUMER' ? content.providerPid : content.consumerPid
      await moveByMessage(
        tx,
        parts,
        negotiation,
        { path: ['TERMINATED'], reason: failure.code, ...received },
        { failure, correlationId: theirs },
      )
    },
  )
}

interface AcceptedStep<M> {
  readonly tx: Transaction
  readonly parts: Parts
  readonly negotiation: Negotiation
  readonly content: M
  /** What every step says of the message that causes it. */
  readonly received: {
    readonly message: ReceivedMessage
    readonly received: readonly ReceivedMessage[]
    readonly owner: Addressed
  }
  readonly to: Addressed
  readonly sender: VerifiedSender
}

/** The policies that a message about a stored negotiation is about, from its body before its sender is known. */
type PoliciesAtHand = (stored: Negotiation, body: unknown) => readonly PolicyRules[]

/** The checks of every message about a negotiation that exists, in their order; `transition` is what sets the messages apart. */
async function receiveStep<M extends NegotiationMessage>(
  message: Message,
  parse: (body: unknown) => M,
  transition: (step: AcceptedStep<M>) => Promise<void>,
  policiesAtHand?: PoliciesAtHand,
): Promise<Answer> {
  const { to, loaded: known } = await addressee(message, policiesAtHand && ((tx) => findNegotiation(tx, message.id)))
  const sender = await authenticate(message, to, known && policiesAtHand ? policiesAtHand(known, message.body) : [])
  const content = parse(message.body)
  message.pids = { providerPid: content.providerPid, consumerPid: content.consumerPid }
  return loadedInTransaction(message, lock(message), async (tx, stored) => {
    const negotiation = requireNegotiation(stored, message)
    checkCounterparty(negotiation, sender)
    if (negotiation.agreement) message.contractId = negotiation.agreement.id
    checkOwnPids(negotiation, content)
    const received = receivedMessage(message.body, content.messageId)
    if (checkState(negotiation, content, received) === 'repeated') return { status: 200 }
    const { parts } = message
    const remembered = { message: received, received: remember(negotiation.received, received), owner: to }
    await transition({ tx, parts, negotiation, content, received: remembered, to, sender })
    logReceived(message, negotiation)
    return { status: 200 }
  })
}

/** The offer of a body as far as it can be read; whether it is malformed is said once the sender is known. */
function offerNamedIn(body: unknown): readonly PolicyRules[] {
  try {
    return [parseDspMessage('ContractRequestMessage', body).offer]
  } catch (thrown) {
    if (thrown instanceof WeftError) return []
    throw thrown
  }
}

/** What is negotiated about stays the same; only its terms are countered (DSP-21). */
function requireSameDataset(offer: MessageOffer, negotiation: Negotiation): void {
  if (offer.target !== negotiation.offer.target) {
    throw new WeftError(dspErrors['offer-differs'], { field: '/offer/target' })
  }
}

function waitForPerson(parts: Parts, { conduct, version }: Negotiation): TaskRequest {
  return negotiationDeadline(parts, 'person', { conduct, version: version + 1 })
}

const lock = (message: Message) => (tx: Transaction) => lockNegotiation(tx, message.id)

/** DSP-32: by our own id, within the addressed context and dataspace: each has its own rules, and trusts its own issuers. */
function requireNegotiation(negotiation: Negotiation | undefined, message: Message): Negotiation {
  if (negotiation?.profile === message.profile) return negotiation
  throw new WeftError(dspErrors['unknown-negotiation'])
}

/** DSP-33: to everybody else it looks as if it did not exist. */
function checkCounterparty(negotiation: Negotiation, sender: VerifiedSender): void {
  if (negotiation.counterpartyDid !== sender.id) throw new WeftError(dspErrors['unknown-negotiation'])
}

/** DSP-46. */
function checkOwnPids(negotiation: Negotiation, content: NegotiationMessage): void {
  checkPids(content, {
    ourRole: negotiation.role === 'CONSUMER' ? 'consumer' : 'provider',
    ourPid: negotiation.id,
    theirPid: negotiation.correlationId ?? undefined,
  })
}

/** DSP-27 to DSP-30, DSP-50. */
function checkState(
  negotiation: Negotiation,
  content: NegotiationMessage,
  received: ReceivedMessage,
): 'next' | 'repeated' {
  const applied = applyToNegotiation(negotiation, content, received)
  if (applied.kind === 'refused') throw applied.error
  return applied.kind === 'duplicate' ? 'repeated' : 'next'
}

function logReceived(message: Message, negotiation: Negotiation): void {
  message.parts.logger.info('a negotiation message was accepted', {
    category: 'dsp',
    action: message.action,
    ...message.identity,
    counterparty: negotiation.counterpartyDid,
    processId: negotiation.id,
    ...(message.contractId === undefined ? {} : { contractId: message.contractId }),
  })
}
