import { buildDspMessage } from '@weft/protocols/dsp'
import type { JsonObject } from '@weft/protocols/policy'
import { type Negotiation, wireNegotiationState } from '../../domain/negotiation.ts'
import { type Transfer, wireTransferState } from '../../domain/transfer.ts'

/** A negotiation as the counterparty may see it. */
export function negotiationAcknowledgement(negotiation: Negotiation): JsonObject {
  return buildDspMessage({
    type: 'ContractNegotiation',
    ...pids(negotiation),
    state: wireNegotiationState(negotiation),
  })
}

/** A transfer as the counterparty may see it. */
export function transferAcknowledgement(transfer: Transfer): JsonObject {
  return buildDspMessage({ type: 'TransferProcess', ...pids(transfer), state: wireTransferState(transfer) })
}

function pids(process: Pick<Negotiation, 'id' | 'role' | 'correlationId'>) {
  // A consumer that has not been answered yet does not know the other pid; whoever asks for it does.
  const theirs = process.correlationId ?? ''
  return process.role === 'CONSUMER'
    ? { consumerPid: process.id, providerPid: theirs }
    : { consumerPid: theirs, providerPid: process.id }
}
