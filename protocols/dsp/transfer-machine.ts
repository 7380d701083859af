import { WeftError } from '@weft/foundation/errors'
import { type Applied, isRepeat, nothingProcessed, otherRole, type ProcessedMessages } from './applied.ts'
import { dspErrors } from './errors.ts'
import type { DspRole, TransferMessage, TransferState } from './messages.ts'

export type TransferStep = 'request' | 'start' | 'suspend' | 'complete' | 'terminate'

interface Transition {
  readonly senders: readonly DspRole[]
  readonly from: readonly (TransferState | 'none')[]
  readonly to: TransferState
}

const either: readonly DspRole[] = ['consumer', 'provider']

/** Section 2.8; a step may have several rows. */
const transitions: Readonly<Record<TransferStep, readonly Transition[]>> = {
  request: [{ senders: ['consumer'], from: ['none'], to: 'REQUESTED' }],
  start: [
    { senders: ['provider'], from: ['REQUESTED'], to: 'STARTED' },
    { senders: either, from: ['SUSPENDED'], to: 'STARTED' },
  ],
  suspend: [{ senders: either, from: ['STARTED'], to: 'SUSPENDED' }],
  complete: [{ senders: either, from: ['STARTED'], to: 'COMPLETED' }],
  terminate: [{ senders: either, from: ['REQUESTED', 'STARTED', 'SUSPENDED'], to: 'TERMINATED' }],
}

const stepOfType: Readonly<Record<TransferMessage['type'], TransferStep>> = {
  TransferRequestMessage: 'request',
  TransferStartMessage: 'start',
  TransferSuspensionMessage: 'suspend',
  TransferCompletionMessage: 'complete',
  TransferTerminationMessage: 'terminate',
}

/** The step that a message asks for. */
export function transferStepOf(message: TransferMessage): TransferStep {
  return stepOfType[message.type]
}

/** Where a step of `sender` leads, or undefined when it is not allowed. Serves sending as well as receiving. */
export function nextTransferState(
  state: TransferState | undefined,
  sender: DspRole,
  step: TransferStep,
): TransferState | undefined {
  return transitions[step].find((row) => row.senders.includes(sender) && row.from.includes(state ?? 'none'))?.to
}

export function isFinalTransferState(state: TransferState): boolean {
  return state === 'COMPLETED' || state === 'TERMINATED'
}

/**
 * What a received message does to a transfer process (DSP-40, DSP-50). A TransferRequestMessage for a process that exists
 * (same consumer, same consumerPid: the caller has looked it up so) is a repeat in whatever state (DSP-39). Who may resume,
 * of the two, is the side that suspended (4.6): the caller knows which.
 *
 * @param state undefined when the message opens the process
 * @param ourRole the receiver's role; the sender has the other one
 */
export function applyTransferMessage(
  state: TransferState | undefined,
  ourRole: DspRole,
  message: TransferMessage,
  processed: ProcessedMessages = nothingProcessed,
): Applied<TransferState> {
  const step = transferStepOf(message)
  const sender = otherRole(ourRole)
  if (!transitions[step].some((row) => row.senders.includes(sender))) {
    return refused('wrong-sender', `A ${sender} may not send a ${message.type}.`)
  }
  if (state !== undefined && (step === 'request' || isRepeat(message, processed))) return { kind: 'duplicate', state }
  const next = nextTransferState(state, sender, step)
  if (next === undefined) {
    const where = state === undefined ? 'No transfer process is open' : `The transfer process is ${state}`
    return refused('invalid-transition', `${where}; it does not take a ${message.type} of the ${sender}.`)
  }
  return { kind: 'next', state: next }
}

function refused(name: 'wrong-sender' | 'invalid-transition', message: string): Applied<never> {
  return { kind: 'refused', error: new WeftError(dspErrors[name], { message }) }
}
