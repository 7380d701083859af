import type { DspRole, NegotiationMessage, TransferMessage } from './messages.ts'

/**
 * The paths of the HTTPS binding below a DSP base (2.4), as route patterns: `:pid` is the receiver's own process id,
 * whichever role it has, so that one set of routes serves both.
 */
export const dspPaths = {
  catalogRequest: '/catalog/request',
  dataset: '/catalog/datasets/:id',
  negotiation: '/negotiations/:pid',
  openingRequest: '/negotiations/request',
  openingOffer: '/negotiations/offers',
  counterRequest: '/negotiations/:pid/request',
  offer: '/negotiations/:pid/offers',
  agreement: '/negotiations/:pid/agreement',
  verification: '/negotiations/:pid/agreement/verification',
  negotiationEvent: '/negotiations/:pid/events',
  negotiationTermination: '/negotiations/:pid/termination',
  transfer: '/transfers/:pid',
  transferRequest: '/transfers/request',
  transferStart: '/transfers/:pid/start',
  transferCompletion: '/transfers/:pid/completion',
  transferSuspension: '/transfers/:pid/suspension',
  transferTermination: '/transfers/:pid/termination',
} as const

/** A path with its id, percent-encoded as one segment. */
export function fillPath(pattern: string, id: string): string {
  return pattern.replace(/:(?:pid|id)(?=\/|$)/, () => encodeURIComponent(id.toWellFormed()))
}

/** A base and a path below it; the base may end in slashes (DSP-23). */
export function joinAddress(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`
}

/** Where a message goes, below the receiver's base or callback address. */
export function pathOfMessage(message: NegotiationMessage | TransferMessage, sender: DspRole): string {
  switch (message.type) {
    case 'ContractRequestMessage':
      return message.providerPid === undefined
        ? dspPaths.openingRequest
        : fillPath(dspPaths.counterRequest, message.providerPid)
    case 'ContractOfferMessage':
      return message.consumerPid === undefined ? dspPaths.openingOffer : fillPath(dspPaths.offer, message.consumerPid)
    case 'ContractAgreementMessage':
      return fillPath(dspPaths.agreement, message.consumerPid)
    case 'ContractAgreementVerificationMessage':
      return fillPath(dspPaths.verification, message.providerPid)
    case 'ContractNegotiationEventMessage':
      return fillPath(dspPaths.negotiationEvent, receiverPid(message, sender))
    case 'ContractNegotiationTerminationMessage':
      return fillPath(dspPaths.negotiationTermination, receiverPid(message, sender))
    case 'TransferRequestMessage':
      return dspPaths.transferRequest
    case 'TransferStartMessage':
      return fillPath(dspPaths.transferStart, receiverPid(message, sender))
    case 'TransferCompletionMessage':
      return fillPath(dspPaths.transferCompletion, receiverPid(message, sender))
    case 'TransferSuspensionMessage':
      return fillPath(dspPaths.transferSuspension, receiverPid(message, sender))
    case 'TransferTerminationMessage':
      return fillPath(dspPaths.transferTermination, receiverPid(message, sender))
  }
}

function receiverPid(message: { readonly providerPid: string; readonly consumerPid: string }, sender: DspRole): string {
  return sender === 'consumer' ? message.providerPid : message.consumerPid
}
