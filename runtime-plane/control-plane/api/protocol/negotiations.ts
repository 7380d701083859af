import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition, App } from '@weft/foundation/http'
import {
  checkAgreement,
  checkPids,
  dspErrors,
  dspPaths,
  type NegotiationMessage,
  parseDspMessage,
} from '@weft/protocols/dsp'
import { counterpartyFailure } from '../../domain/failure.ts'
import { applyToNegotiation, type Negotiation } from '../../domain/negotiation.ts'
import { type ReceivedMessage, receivedMessage, remember } from '../../domain/received-message.ts'
import { terminationErrors } from '../../errors.ts'
import { moveByMessage, storeAgreement } from '../../negotiation/steps.ts'
import { negotiationDeadline, negotiationTasks } from '../../negotiation/tasks.ts'
import type { Parts } from '../../parts.ts'
import { insertNegotiation, lockNegotiation } from '../../store/negotiations.ts'
import type { VerifiedSender } from '../../trust/counterparty-identity.ts'
import { negotiationAcknowledgement } from './acknowledgement.ts'
import { type Answer, addressee, authenticate, dspRoute, inTransaction, type Message } from './message.ts'
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
    return inTransaction(message, async (tx) => {
      const negotiation = await loadNegotiation(tx, message)
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
  const negotiation = await inTransaction(message, (tx) =>
    insertNegotiation(
      tx,
      parts.processes,
      {
        id: randomUUID(),
        role: 'CONSUMER',
        state: 'OFFERED',
        profile: to.profile.name,
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
      { path: ['OFFERED'], message: received, tasks: [negotiationDeadline(parts, 1)] },
    ),
  )
  return { status: 201, body: negotiationAcknowledgement(negotiation.negotiation) }
}

/** A counter-offer of the consumer: this provider makes no offers that one could counter, so its state never allows it (DSP-48). */
async function receiveCounterRequest(message: Message): Promise<Answer> {
  return receiveStep(message, (body) => parseDspMessage('ContractRequestMessage', body), refuseWhateverIsLeft)
}

/** A counter-offer of the provider: the participant accepts or ends it. */
async function receiveOffer(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractOfferMessage', body),
    async ({ tx, parts, negotiation, received, content }) => {
      if (content.offer.target !== negotiation.offer.target) {
        throw new WeftError(dspErrors['offer-differs'], { field: '/offer/target' })
      }
      const correlationId = content.providerPid
      await moveByMessage(
        tx,
        parts,
        negotiation,
        { path: ['OFFERED'], ...received, tasks: [negotiationDeadline(parts, negotiation.version + 1)] },
        { offer: content.offer, correlationId },
      )
    },
  )
}

/** The provider's agreement: exactly what was offered, between exactly these two (DSP-25, DSP-26, DSP-47). */
async function receiveAgreement(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractAgreementMessage', body),
    async ({ tx, parts, negotiation, received, content, ourDid }) => {
      message.contractId = content.agreement.id
      checkAgreement(content.agreement, negotiation.offer, { provider: negotiation.counterpartyDid, consumer: ourDid })
      const agreementId = await storeAgreement(tx, parts, negotiation, content.agreement)
      await moveByMessage(
        tx,
        parts,
        negotiation,
        { path: ['AGREED', 'VERIFYING'], ...received, tasks: [{ name: negotiationTasks.sendVerification }] },
        { correlationId: content.providerPid, agreement: content.agreement, agreementId },
      )
    },
  )
}

/** The consumer's verification. One that overtakes the acknowledgement of our agreement is that acknowledgement, too. */
async function receiveVerification(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractAgreementVerificationMessage', body),
    async ({ tx, parts, negotiation, received }) => {
      const overtaken = negotiation.state === 'AGREEING' && negotiation.agreement !== null
      const agreementId = overtaken ? await storeAgreement(tx, parts, negotiation, negotiation.agreement) : undefined
      await moveByMessage(
        tx,
        parts,
        negotiation,
        {
          path: overtaken ? ['AGREED', 'VERIFIED', 'FINALIZING'] : ['VERIFIED', 'FINALIZING'],
          ...received,
          tasks: [{ name: negotiationTasks.sendFinalization }],
        },
        agreementId === undefined ? {} : { agreementId },
      )
    },
  )
}

/** ACCEPTED is for providers that make offers, which this one does not; FINALIZED ends a consumer's negotiation (DSP-28). */
async function receiveEvent(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('ContractNegotiationEventMessage', body),
    async ({ tx, parts, negotiation, received, content }) => {
      if (content.eventType !== 'FINALIZED') return refuseWhateverIsLeft()
      await moveByMessage(tx, parts, negotiation, { path: ['FINALIZED'], ...received })
    },
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
  readonly received: { readonly message: ReceivedMessage; readonly received: readonly ReceivedMessage[] }
  readonly ourDid: string
}

/** The checks of every message about a negotiation that exists, in their order; `transition` is what sets the messages apart. */
async function receiveStep<M extends NegotiationMessage>(
  message: Message,
  parse: (body: unknown) => M,
  transition: (step: AcceptedStep<M>) => Promise<void>,
): Promise<Answer> {
  const { to } = await addressee(message)
  const sender = await authenticate(message, to)
  const content = parse(message.body)
  message.pids = { providerPid: content.providerPid, consumerPid: content.consumerPid }
  return inTransaction(message, async (tx) => {
    const negotiation = await loadNegotiation(tx, message)
    checkCounterparty(negotiation, sender)
    if (negotiation.agreement) message.contractId = negotiation.agreement.id
    checkOwnPids(negotiation, content)
    const received = receivedMessage(message.body, content.messageId)
    if (checkState(negotiation, content, received) === 'repeated') return { status: 200 }
    const { parts } = message
    const remembered = { message: received, received: remember(negotiation.received, received) }
    await transition({ tx, parts, negotiation, content, received: remembered, ourDid: to.context.identity })
    logReceived(message, negotiation)
    return { status: 200 }
  })
}

/** DSP-32: by our own id, within the addressed context. */
async function loadNegotiation(tx: Transaction, message: Message): Promise<Negotiation> {
  const negotiation = await lockNegotiation(tx, message.id)
  if (negotiation) return negotiation
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

/** Steps that only a provider with offers of its own could be asked for. */
function refuseWhateverIsLeft(): Promise<never> {
  return Promise.reject(new WeftError(dspErrors['invalid-transition']))
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
