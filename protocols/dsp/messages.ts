import type { AgreementPolicy, OfferPolicy } from '../policy/index.ts'
import type { DataAddress } from './data-address.ts'

/** The two sides of a negotiation or transfer. */
export type DspRole = 'consumer' | 'provider'

export const negotiationStates = [
  'REQUESTED',
  'OFFERED',
  'ACCEPTED',
  'AGREED',
  'VERIFIED',
  'FINALIZED',
  'TERMINATED',
] as const
export type NegotiationState = (typeof negotiationStates)[number]

export const transferStates = ['REQUESTED', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED'] as const
export type TransferState = (typeof transferStates)[number]

/** An offer in a message: it names its dataset (DSP-21). */
export type MessageOffer = OfferPolicy & { readonly target: string }

interface Message {
  /**
   * `@id` of the message: a URN chosen by the sender and kept over retries; the receiver knows a repeat by it. Absent
   * only in messages of peers that send none.
   */
  readonly messageId?: string
}

interface BothPids {
  readonly consumerPid: string
  readonly providerPid: string
}

interface Explained {
  readonly code?: string
  /** Texts; what a peer sends in another shape is turned into its JSON text. */
  readonly reason: readonly string[]
}

export interface CatalogRequestMessage extends Message {
  readonly type: 'CatalogRequestMessage'
  /** Empty: no filter. Read it with `readCatalogFilter`. */
  readonly filter: readonly unknown[]
}

/** What the body-less request of a dataset says (2.4): the HTTPS binding never sends it. */
export interface DatasetRequestMessage extends Message {
  readonly type: 'DatasetRequestMessage'
  readonly dataset: string
}

/** Exactly one of `callbackAddress` (opens a negotiation) and `providerPid` (counter-offer) is present (DSP-18). */
export type ContractRequestMessage = Message & {
  readonly type: 'ContractRequestMessage'
  readonly consumerPid: string
  readonly offer: MessageOffer
} & (
    | { readonly callbackAddress: string; readonly providerPid?: undefined }
    | { readonly providerPid: string; readonly callbackAddress?: undefined }
  )

/** Exactly one of `callbackAddress` (opens a negotiation) and `consumerPid` is present. */
export type ContractOfferMessage = Message & {
  readonly type: 'ContractOfferMessage'
  readonly providerPid: string
  readonly offer: MessageOffer
} & (
    | { readonly callbackAddress: string; readonly consumerPid?: undefined }
    | { readonly consumerPid: string; readonly callbackAddress?: undefined }
  )

export interface ContractAgreementMessage extends Message, BothPids {
  readonly type: 'ContractAgreementMessage'
  readonly agreement: AgreementPolicy
}

export interface ContractAgreementVerificationMessage extends Message, BothPids {
  readonly type: 'ContractAgreementVerificationMessage'
}

export interface ContractNegotiationEventMessage extends Message, BothPids {
  readonly type: 'ContractNegotiationEventMessage'
  readonly eventType: 'ACCEPTED' | 'FINALIZED'
}

export interface ContractNegotiationTerminationMessage extends Message, BothPids, Explained {
  readonly type: 'ContractNegotiationTerminationMessage'
}

export interface TransferRequestMessage extends Message {
  readonly type: 'TransferRequestMessage'
  readonly consumerPid: string
  readonly agreementId: string
  /** A format of one of the dataset's distributions: the transfer profile. */
  readonly format: string
  readonly callbackAddress: string
  /** Push only (DSP-38). */
  readonly dataAddress?: DataAddress
}

export interface TransferStartMessage extends Message, BothPids {
  readonly type: 'TransferStartMessage'
  /** Pull, from the provider, only (DSP-38). */
  readonly dataAddress?: DataAddress
}

export interface TransferCompletionMessage extends Message, BothPids {
  readonly type: 'TransferCompletionMessage'
}

export interface TransferSuspensionMessage extends Message, BothPids, Explained {
  readonly type: 'TransferSuspensionMessage'
}

export interface TransferTerminationMessage extends Message, BothPids, Explained {
  readonly type: 'TransferTerminationMessage'
}

/** Answer about a negotiation. */
export interface ContractNegotiation extends BothPids {
  readonly type: 'ContractNegotiation'
  readonly state: NegotiationState
}

/** Answer about a transfer process. */
export interface TransferProcess extends BothPids {
  readonly type: 'TransferProcess'
  readonly state: TransferState
}

export interface VersionsError extends Explained {
  readonly type: 'VersionsError'
}

export interface CatalogError extends Explained {
  readonly type: 'CatalogError'
}

export interface ContractNegotiationError extends BothPids, Explained {
  readonly type: 'ContractNegotiationError'
}

export interface TransferError extends BothPids, Explained {
  readonly type: 'TransferError'
}

export type NegotiationMessage =
  | ContractRequestMessage
  | ContractOfferMessage
  | ContractAgreementMessage
  | ContractAgreementVerificationMessage
  | ContractNegotiationEventMessage
  | ContractNegotiationTerminationMessage

export type TransferMessage =
  | TransferRequestMessage
  | TransferStartMessage
  | TransferCompletionMessage
  | TransferSuspensionMessage
  | TransferTerminationMessage

export type DspErrorMessage = VersionsError | CatalogError | ContractNegotiationError | TransferError

export type DspMessage =
  | CatalogRequestMessage
  | DatasetRequestMessage
  | NegotiationMessage
  | TransferMessage
  | ContractNegotiation
  | TransferProcess
  | DspErrorMessage

export type DspMessageType = DspMessage['type']
export type DspMessageOf<T extends DspMessageType> = Extract<DspMessage, { readonly type: T }>
