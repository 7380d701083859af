import { WeftError } from '@weft/foundation/errors'
import type { JsonObject } from '@weft/foundation/processes'
import { flowDirection } from '@weft/protocols/dps'
import {
  type Applied,
  applyTransferMessage,
  dspErrors,
  type TransferMessage,
  transferStepOf,
  type TransferState as WireState,
} from '@weft/protocols/dsp'
import type { DataplaneMetadata } from './asset.ts'
import type { Failure } from './failure.ts'
import { isRepeated, type ReceivedMessage } from './received-message.ts'

export type TransferRole = 'CONSUMER' | 'PROVIDER'

/**
 * Names of EDC's administration API. `-ING`: a message of ours is on its way. `-_REQUESTED`: the data plane works on it
 * and will call back, or the counterparty's part is awaited.
 */
export type TransferState =
  | 'INITIAL'
  | 'PREPARATION_REQUESTED'
  | 'REQUESTING'
  | 'REQUESTED'
  | 'STARTING'
  | 'STARTUP_REQUESTED'
  | 'STARTED'
  | 'SUSPENDING'
  | 'SUSPENDED'
  | 'RESUMING'
  | 'RESUMED'
  | 'COMPLETING'
  | 'COMPLETED'
  | 'TERMINATING'
  | 'TERMINATED'

export const transferProcess = 'transfer_process'

export interface Transfer {
  readonly id: string
  readonly role: TransferRole
  readonly state: TransferState
  readonly version: number
  readonly stateAt: Date
  readonly createdAt: Date
  readonly profile: string
  readonly counterpartyDid: string
  readonly counterpartyAddress: string
  readonly correlationId: string | null
  /** Our own id of the agreement. */
  readonly contractId: string
  /** Its id between the parties. */
  readonly agreementId: string
  readonly assetId: string
  readonly transferType: string
  readonly dataPlaneId: string
  /** The data plane's own id of the flow once it gave one. */
  readonly dataFlowId: string | null
  /**
   * Name of the vault secret that holds a data address: a consumer's data access, or an address that waits to be passed
   * on. Each address gets a name of its own, and the row says which one counts.
   */
  readonly addressRef: string | null
  /** Who suspended, which is who may resume (DPS-19). */
  readonly suspendedBy: 'US' | 'COUNTERPARTY' | null
  /** Claims of the counterparty, as the data plane gets them; a provider's. */
  readonly claims: JsonObject
  readonly dataplaneMetadata: DataplaneMetadata | null
  readonly privateProperties: JsonObject
  /** What the data plane reported without ending the flow (DPS-12). */
  readonly dataPlaneError: string | null
  readonly failure: Failure | null
  readonly received: readonly ReceivedMessage[]
}

const final: readonly TransferState[] = ['COMPLETED', 'TERMINATED']

/** Whether nothing can happen any more (DSP-40). */
export function isFinalTransfer(state: TransferState): boolean {
  return final.includes(state)
}

/**
 * Whether the data address is ours to give: pull is from the provider's endpoint, push to the consumer's (DPS 4.5). Whoever
 * owns it gives it anew when a suspended transfer is resumed.
 */
export function ownsAddress(transfer: Pick<Transfer, 'role' | 'transferType'>): boolean {
  return flowDirection(transfer.transferType) === (transfer.role === 'PROVIDER' ? 'pull' : 'push')
}

/** What the counterparty may know of our state (DSP 2.8). */
export function wireTransferState(transfer: Pick<Transfer, 'role' | 'state' | 'suspendedBy'>): WireState {
  // The first start of a provider's data plane is not known to the consumer yet; everything else follows a start message.
  if (transfer.state === 'STARTUP_REQUESTED') {
    return transfer.role === 'CONSUMER' || transfer.suspendedBy !== null ? 'STARTED' : 'REQUESTED'
  }
  return acknowledged[transfer.state]
}

const acknowledged: Readonly<Record<Exclude<TransferState, 'STARTUP_REQUESTED'>, WireState>> = {
  INITIAL: 'REQUESTED',
  PREPARATION_REQUESTED: 'REQUESTED',
  REQUESTING: 'REQUESTED',
  REQUESTED: 'REQUESTED',
  STARTING: 'REQUESTED',
  STARTED: 'STARTED',
  SUSPENDING: 'STARTED',
  SUSPENDED: 'SUSPENDED',
  RESUMING: 'SUSPENDED',
  RESUMED: 'SUSPENDED',
  COMPLETING: 'STARTED',
  COMPLETED: 'COMPLETED',
  TERMINATING: 'TERMINATED',
  TERMINATED: 'TERMINATED',
}

/**
 * Our state as whoever sends the next message must see it: who answers a message of ours has received it. Who resumes
 * without owning the address awaits a start message with it, so for that the transfer is still suspended (DPS 4.6).
 */
function impliedState(transfer: Transfer): WireState {
  if (transfer.state === 'STARTING') return 'STARTED'
  if (transfer.state === 'RESUMING' && ownsAddress(transfer)) return 'STARTED'
  return wireTransferState(transfer)
}

/** What a message of the counterparty does (DSP-40, DSP-50, DPS-19). */
export function applyToTransfer(
  transfer: Transfer,
  message: TransferMessage,
  received: ReceivedMessage,
): Applied<WireState> {
  const state = impliedState(transfer)
  if (isRepeated(transfer.received, received)) return { kind: 'duplicate', state }
  const step = transferStepOf(message)
  // DPS-19: what this side suspended is resumed by this side only.
  if (step === 'start' && transfer.state === 'SUSPENDED' && transfer.suspendedBy === 'US') {
    return { kind: 'refused', error: new WeftError(dspErrors['invalid-transition'], { message: suspendedByUs }) }
  }
  // Both sides end it at once: the counterparty's word finishes ours.
  const crossing = transfer.state === 'TERMINATING' && step === 'terminate'
  return applyTransferMessage(
    crossing ? 'STARTED' : state,
    transfer.role === 'CONSUMER' ? 'consumer' : 'provider',
    message,
  )
}

/**
 * Whether the counterparty's message waits for the answer to one of ours, or of our data plane: only that answer tells what
 * the message means, and in which order the data plane hears of both (DSP-50, X-07). Of two messages that cross, a
 * termination goes before a completion, that before a suspension, and a consumer's suspension before a provider's: one of
 * both sides goes on at once, so nobody waits for somebody who waits.
 */
export function waitsForOurs(transfer: Transfer, message: TransferMessage): boolean {
  const step = transferStepOf(message)
  if (step !== 'suspend' && step !== 'complete') return false
  switch (transfer.state) {
    case 'STARTING':
      return true
    case 'STARTUP_REQUESTED':
      // A provider's data plane that starts later may take its time: until then the transfer has not started.
      return transfer.role === 'CONSUMER' || transfer.suspendedBy !== null
    case 'RESUMING':
      return ownsAddress(transfer)
    case 'COMPLETING':
      return step === 'suspend'
    case 'SUSPENDING':
      return step === 'suspend' && transfer.role === 'CONSUMER'
    default:
      return false
  }
}

const suspendedByUs = 'The transfer process was suspended by the receiver, who alone may resume it.'

/** Whether the participant may suspend now. */
export function maySuspend(transfer: Transfer): boolean {
  return transfer.state === 'STARTED'
}

/** Whether the participant may say now that all data has been moved (DSP 2.8). */
export function mayComplete(transfer: Transfer): boolean {
  return transfer.state === 'STARTED'
}

/** Whether the participant may resume now: only who suspended may (DPS-19). */
export function mayResume(transfer: Transfer): boolean {
  return transfer.state === 'SUSPENDED' && transfer.suspendedBy === 'US'
}

/** Whether the participant may end the transfer now. */
export function mayTerminateTransfer(state: TransferState): boolean {
  return !isFinalTransfer(state) && state !== 'TERMINATING' && state !== 'COMPLETING'
}
