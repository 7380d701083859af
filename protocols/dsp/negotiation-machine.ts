import { WeftError } from '@weft/foundation/errors'
import { type Applied, isRepeat, nothingProcessed, otherRole, type ProcessedMessages } from './applied.ts'
import { dspErrors } from './errors.ts'
import type { DspRole, NegotiationMessage, NegotiationState } from './messages.ts'

/** What a negotiation message does, whichever type carries it. */
export type NegotiationStep = 'request' | 'offer' | 'accept' | 'agree' | 'verify' | 'finalize' | 'terminate'

/** Who may take a step (DSP-28), and from which state it leads where; `none` is before the first message (2.7). */
const steps: Readonly<
  Record<
    NegotiationStep,
    {
      readonly senders: readonly DspRole[]
      readonly from: readonly (NegotiationState | 'none')[]
      readonly to: NegotiationState
    }
  >
> = {
  request: { senders: ['consumer'], from: ['none', 'OFFERED'], to: 'REQUESTED' },
  offer: { senders: ['provider'], from: ['none', 'REQUESTED'], to: 'OFFERED' },
  // Not from REQUESTED: there the offer on the table is the consumer's own (DSP-29).
  accept: { senders: ['consumer'], from: ['OFFERED'], to: 'ACCEPTED' },
  agree: { senders: ['provider'], from: ['REQUESTED', 'ACCEPTED'], to: 'AGREED' },
  verify: { senders: ['consumer'], from: ['AGREED'], to: 'VERIFIED' },
  finalize: { senders: ['provider'], from: ['VERIFIED'], to: 'FINALIZED' },
  // The text of DSP lets either side end whatever has not ended; its diagram is narrower (DSP-31).
  terminate: {
    senders: ['consumer', 'provider'],
    from: ['REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'],
    to: 'TERMINATED',
  },
}

/** The step that a message asks for. */
export function negotiationStepOf(message: NegotiationMessage): NegotiationStep {
  switch (message.type) {
    case 'ContractRequestMessage':
      return 'request'
    case 'ContractOfferMessage':
      return 'offer'
    case 'ContractAgreementMessage':
      return 'agree'
    case 'ContractAgreementVerificationMessage':
      return 'verify'
    case 'ContractNegotiationEventMessage':
      return message.eventType === 'ACCEPTED' ? 'accept' : 'finalize'
    case 'ContractNegotiationTerminationMessage':
      return 'terminate'
  }
}

/** Where a step of `sender` leads, or undefined when it is not allowed. Serves sending as well as receiving. */
export function nextNegotiationState(
  state: NegotiationState | undefined,
  sender: DspRole,
  step: NegotiationStep,
): NegotiationState | undefined {
  const { senders, from, to } = steps[step]
  return senders.includes(sender) && from.includes(state ?? 'none') ? to : undefined
}

export function isFinalNegotiationState(state: NegotiationState): boolean {
  return state === 'FINALIZED' || state === 'TERMINATED'
}

/**
 * What a received message does to a negotiation (DSP-27 to DSP-31, DSP-50). Pids, offer and agreement are checked apart.
 *
 * @param state undefined when the message opens the negotiation
 * @param ourRole the receiver's role; the sender has the other one
 */
export function applyNegotiationMessage(
  state: NegotiationState | undefined,
  ourRole: DspRole,
  message: NegotiationMessage,
  processed: ProcessedMessages = nothingProcessed,
): Applied<NegotiationState> {
  const step = negotiationStepOf(message)
  const sender = otherRole(ourRole)
  if (!steps[step].senders.includes(sender)) {
    return refused('wrong-sender', `A ${sender} may not send ${nameOf(message)}.`)
  }
  if (state !== undefined && isRepeat(message, processed)) return { kind: 'duplicate', state }
  const opening = 'callbackAddress' in message && message.callbackAddress !== undefined
  const next = nextNegotiationState(state, sender, step)
  if (next === undefined || opening !== (state === undefined)) {
    const where = state === undefined ? 'No negotiation is open' : `The negotiation is ${state}`
    return refused('invalid-transition', `${where}; it does not take ${nameOf(message)}.`)
  }
  return { kind: 'next', state: next }
}

function nameOf(message: NegotiationMessage): string {
  return message.type === 'ContractNegotiationEventMessage' ? `the event ${message.eventType}` : `a ${message.type}`
}

function refused(name: 'wrong-sender' | 'invalid-transition', message: string): Applied<never> {
  return { kind: 'refused', error: new WeftError(dspErrors[name], { message }) }
}
