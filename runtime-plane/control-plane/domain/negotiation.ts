import {
  type Applied,
  applyNegotiationMessage,
  type NegotiationMessage,
  negotiationStates,
  negotiationStepOf,
  type NegotiationState as WireState,
} from '@weft/protocols/dsp'
import type { AgreementPolicy, OfferPolicy, PolicyDecision } from '@weft/protocols/policy'
import type { Failure } from './failure.ts'
import { isRepeated, type ReceivedMessage } from './received-message.ts'

export type NegotiationRole = 'CONSUMER' | 'PROVIDER'

/** Whether our next message follows by itself, or waits for a command of the management API. */
export type Conduct = 'automatic' | 'manual'

/**
 * `-ING` states mean that a message of ours is on its way; the plain state follows the counterparty's acknowledgement.
 * The names are those of EDC's administration API.
 */
export type NegotiationState =
  | 'INITIAL'
  | 'REQUESTING'
  | 'REQUESTED'
  | 'OFFERING'
  | 'OFFERED'
  | 'ACCEPTING'
  | 'ACCEPTED'
  | 'AGREEING'
  | 'AGREED'
  | 'VERIFYING'
  | 'VERIFIED'
  | 'FINALIZING'
  | 'FINALIZED'
  | 'TERMINATING'
  | 'TERMINATED'

export const negotiationProcess = 'contract_negotiation'

export interface Negotiation {
  readonly id: string
  readonly role: NegotiationRole
  readonly state: NegotiationState
  /** Counts changes; an update that expects another count changes nothing. */
  readonly version: number
  readonly stateAt: Date
  readonly createdAt: Date
  readonly profile: string
  readonly conduct: Conduct
  /** The latest state that both sides know; null before the first message of ours is acknowledged. */
  readonly acknowledged: WireState | null
  readonly counterpartyDid: string
  readonly counterpartyAddress: string
  /** The counterparty's process id; a consumer learns it with the answer to its request. */
  readonly correlationId: string | null
  /** The offer on the table; it names its dataset as target. */
  readonly offer: OfferPolicy & { readonly target: string }
  /** As it was or will be sent: kept before it is sent, so that a repeat is the same. */
  readonly agreement: AgreementPolicy | null
  /** Our own id of the stored agreement. */
  readonly agreementId: string | null
  /** How the policy of the offer on the table was decided; the provider's alone. */
  readonly decision: PolicyDecision | null
  readonly failure: Failure | null
  readonly received: readonly ReceivedMessage[]
}

const final: readonly NegotiationState[] = ['FINALIZED', 'TERMINATED']

/** Whether nothing can happen any more (DSP-30). */
function isFinalNegotiation(state: NegotiationState): boolean {
  return final.includes(state)
}

/** What the counterparty may know of our state: a message on its way has not been acknowledged yet (DSP 2.7). */
export function wireNegotiationState(negotiation: Pick<Negotiation, 'role' | 'state' | 'acknowledged'>): WireState {
  if (negotiation.state === 'TERMINATING') return 'TERMINATED'
  return negotiation.acknowledged ?? (negotiation.role === 'CONSUMER' ? 'REQUESTED' : 'OFFERED')
}

/** The latest state that both sides know, once a path of states has been gone through. */
export function acknowledgedAfter(before: WireState | null, path: readonly NegotiationState[]): WireState | null {
  return path.reduce<WireState | null>((known, state) => settled(state) ?? known, before)
}

function settled(state: NegotiationState): WireState | undefined {
  return negotiationStates.find((wire) => wire === state)
}

/** Our state as whoever sends the next message must see it: who answers a message of ours has received it (DSP 2.7). */
const implied: Readonly<Record<NegotiationState, WireState>> = {
  INITIAL: 'REQUESTED',
  REQUESTING: 'REQUESTED',
  REQUESTED: 'REQUESTED',
  OFFERING: 'OFFERED',
  OFFERED: 'OFFERED',
  ACCEPTING: 'ACCEPTED',
  ACCEPTED: 'ACCEPTED',
  AGREEING: 'AGREED',
  AGREED: 'AGREED',
  VERIFYING: 'VERIFIED',
  VERIFIED: 'VERIFIED',
  FINALIZING: 'VERIFIED',
  FINALIZED: 'FINALIZED',
  TERMINATING: 'TERMINATED',
  TERMINATED: 'TERMINATED',
}

/**
 * The states that the counterparty's next message leads through before its own: when it came before the acknowledgement
 * of ours has reached the store, it is that acknowledgement, too.
 */
export function impliedPath(state: NegotiationState): readonly WireState[] {
  return settled(state) === undefined && state !== 'FINALIZING' ? [implied[state]] : []
}

/**
 * What a message of the counterparty does (DSP-27 to DSP-31, DSP-50). A message that comes before the acknowledgement of
 * ours has reached the store is taken as that acknowledgement, too.
 */
export function applyToNegotiation(
  negotiation: Negotiation,
  message: NegotiationMessage,
  received: ReceivedMessage,
): Applied<WireState> {
  if (isRepeated(negotiation.received, received)) return { kind: 'duplicate', state: implied[negotiation.state] }
  // Both sides end it at once: the counterparty's word finishes ours.
  const crossing = negotiation.state === 'TERMINATING' && negotiationStepOf(message) === 'terminate'
  const state = crossing ? 'REQUESTED' : implied[negotiation.state]
  return applyNegotiationMessage(state, negotiation.role === 'CONSUMER' ? 'consumer' : 'provider', message)
}

/** Whether the participant may end the negotiation now; one that is being ended already has its reason. */
export function mayTerminateNegotiation(state: NegotiationState): boolean {
  return !isFinalNegotiation(state) && state !== 'TERMINATING'
}
