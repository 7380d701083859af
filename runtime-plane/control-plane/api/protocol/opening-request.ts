import { randomUUID } from 'node:crypto'
import { WeftError } from '@weft/foundation/errors'
import { dspErrors, type MessageOffer, parseDspMessage, parseOfferId } from '@weft/protocols/dsp'
import { type PolicyDecision, samePolicy } from '@weft/protocols/policy'
import { isObject } from '@weft/protocols/trust'
import { offerIdOf } from '../../domain/offer.ts'
import { receivedMessage } from '../../domain/received-message.ts'
import { decidePolicy, policyFailure } from '../../negotiation/decision.ts'
import { newAgreement } from '../../negotiation/steps.ts'
import { negotiationDeadline, negotiationTasks } from '../../negotiation/tasks.ts'
import { insertNegotiation } from '../../store/negotiations.ts'
import { findOffer, type StoredOffer } from '../../store/offers.ts'
import type { VerifiedSender } from '../../trust/counterparty-identity.ts'
import { negotiationAcknowledgement } from './acknowledgement.ts'
import { type Answer, addressee, authenticate, inTransaction, type Message } from './message.ts'

/**
 * A consumer's request for an offer of ours (DSP-17). The offer's policy is decided here, with the credentials of this very
 * message; the answer only says that the request arrived. Agreement or termination follow as messages of their own: by
 * themselves, or where the offer's negotiations are conducted by people, when they say so.
 */
export async function receiveOpeningRequest(message: Message): Promise<Answer> {
  const { to, loaded: stored } = await addressee(message, (tx) => findNamedOffer(tx, message.body))
  const sender = await authenticate(message, to, stored ? [stored.accessPolicy, stored.contractPolicy] : [])
  const request = parseDspMessage('ContractRequestMessage', message.body)
  message.pids = { consumerPid: request.consumerPid }
  if (request.callbackAddress === undefined)
    throw new WeftError(dspErrors['invalid-transition'], { field: '/providerPid' })
  const offered = requireVisible(message, stored, request.offer, sender)
  requireSameOffer(request.offer, offered)
  const decision = decidePolicy(message.parts, offered.contractPolicy, 'negotiation', sender)
  const id = randomUUID()
  const received = receivedMessage(message.body, request.messageId)
  const base = {
    id,
    role: 'PROVIDER',
    profile: to.profile.name,
    conduct: offered.conduct,
    counterpartyDid: sender.id,
    counterpartyAddress: request.callbackAddress,
    correlationId: request.consumerPid,
    offer: request.offer,
    agreementId: null,
    decision,
    received: [received],
  } as const
  const { parts } = message
  const { negotiation, created } = await inTransaction(message, (tx) => {
    if (!decision.allowed) {
      const failure = policyFailure(decision)
      return insertNegotiation(
        tx,
        parts.processes,
        { ...base, state: 'TERMINATING', agreement: null, failure },
        {
          path: ['REQUESTED', 'TERMINATING'],
          message: received,
          reason: failure.code,
          tasks: [{ name: negotiationTasks.sendTermination }],
          owner: to,
        },
      )
    }
    if (offered.conduct === 'manual') {
      return insertNegotiation(
        tx,
        parts.processes,
        { ...base, state: 'REQUESTED', agreement: null, failure: null },
        {
          path: ['REQUESTED'],
          message: received,
          tasks: [negotiationDeadline(parts, 'person', { conduct: 'manual', version: 1 })],
        },
      )
    }
    return insertNegotiation(
      tx,
      parts.processes,
      { ...base, state: 'AGREEING', agreement: newAgreement(parts, to.context, base), failure: null },
      {
        path: ['REQUESTED', 'AGREEING'],
        message: received,
        tasks: [{ name: negotiationTasks.sendAgreement }],
        owner: to,
      },
    )
  })
  logDecision(message, sender, negotiation.id, decision, created)
  // A new one is REQUESTED to its consumer whatever is decided; a repeated request is told how far its negotiation is.
  return {
    status: 201,
    body: negotiationAcknowledgement(created ? { ...negotiation, state: 'REQUESTED' } : negotiation),
  }
}

/** Reads no more of the unauthenticated body than the offer's id; what is found is not told to anybody before authentication. */
async function findNamedOffer(tx: Parameters<typeof findOffer>[0], body: unknown): Promise<StoredOffer | undefined> {
  const offer = isObject(body) && isObject(body.offer) ? body.offer['@id'] : undefined
  const id = typeof offer === 'string' ? parseOfferId(offer) : undefined
  return id && findOffer(tx, id)
}

/** DSP-16, DSP-20: what a requester may not see is not negotiable, and looks unknown. */
function requireVisible(
  { parts, profile }: Message,
  stored: StoredOffer | undefined,
  offer: MessageOffer,
  sender: VerifiedSender,
): StoredOffer {
  const visible = stored && decidePolicy(parts, stored.accessPolicy, 'catalog', sender).allowed
  // What does not keep to the semantics of this dataspace is not offered in it.
  const offeredHere = stored && parts.directory.semanticsOf(profile)(stored.asset.properties).length === 0
  if (!stored || !visible || !offeredHere) throw new WeftError(dspErrors['unknown-offer'], { field: '/offer/@id' })
  if (offer.id !== offerIdOf(stored.definitionId, stored.asset.id, stored.contractPolicy)) {
    throw new WeftError(dspErrors['unknown-offer'], { field: '/offer/@id' })
  }
  return stored
}

/** DSP-21, DSP-48: the provider's own rules are the ones that count. */
function requireSameOffer(offer: MessageOffer, stored: StoredOffer): void {
  if (offer.target !== stored.asset.id) throw new WeftError(dspErrors['offer-differs'], { field: '/offer/target' })
  if (!samePolicy(offer, stored.contractPolicy)) throw new WeftError(dspErrors['offer-differs'], { field: '/offer' })
}

function logDecision(
  message: Message,
  sender: VerifiedSender,
  processId: string,
  decision: PolicyDecision,
  created: boolean,
): void {
  message.parts.logger.info(created ? 'a contract was requested' : 'a contract request was repeated', {
    category: 'dsp',
    action: message.action,
    ...message.identity,
    counterparty: sender.id,
    processId,
    allowed: decision.allowed,
    summary: decision.summary,
  })
}
