import { WeftError } from '@weft/foundation/errors'
import { buildDspMessage } from '../message-build.ts'
import { parseDspMessage } from '../message-parse.ts'
import type { ContractNegotiation, DspRole, NegotiationMessage, TransferMessage, TransferProcess } from '../messages.ts'
import { dspPaths, fillPath, pathOfMessage } from '../paths.ts'
import { type DspCall, exchange, readAnswer, readLeniently } from './exchange.ts'

/** A message that changes a process carries an `@id`, the same at every retry (DSP-50). */
type Identified<M> = M & { readonly messageId: string }

/**
 * Posts a negotiation message to the path that is its own. Success is any 2xx; a body is not needed (DSP-45). Where the
 * answer is a ContractNegotiation, it is given back: the answer to an opening message tells the counterparty's pid.
 *
 * A retry after a lost answer may be refused by a counterparty that keeps no message ids: `readNegotiation` tells whether
 * the message had arrived.
 *
 * @param sender our role
 * @throws see `exchange`
 */
export async function sendNegotiationMessage(
  call: DspCall,
  sender: DspRole,
  message: Identified<NegotiationMessage>,
): Promise<ContractNegotiation | undefined> {
  const answer = await exchange(call, {
    method: 'POST',
    path: pathOfMessage(message, sender),
    body: buildDspMessage(message),
    purpose: `dsp.${message.type}`,
  })
  return readAcknowledgement('ContractNegotiation', await readLeniently(answer, call.binding))
}

/** The same for transfer processes. @throws see `exchange` */
export async function sendTransferMessage(
  call: DspCall,
  sender: DspRole,
  message: Identified<TransferMessage>,
): Promise<TransferProcess | undefined> {
  const answer = await exchange(call, {
    method: 'POST',
    path: pathOfMessage(message, sender),
    body: buildDspMessage(message),
    purpose: `dsp.${message.type}`,
  })
  return readAcknowledgement('TransferProcess', await readLeniently(answer, call.binding))
}

/**
 * The state of a negotiation as the counterparty has it (DSP-34).
 * @param pid the counterparty's
 * @throws see `exchange`; `dsp.counterparty-malformed`
 */
export async function readNegotiation(call: DspCall, pid: string): Promise<ContractNegotiation> {
  const path = fillPath(dspPaths.negotiation, pid)
  const answer = await exchange(call, { method: 'GET', path, purpose: 'dsp.read-negotiation' })
  return readAnswer(answer, (body) => parseDspMessage('ContractNegotiation', body), call.binding)
}

/** The state of a transfer process as the counterparty has it. @throws as `readNegotiation` */
export async function readTransfer(call: DspCall, pid: string): Promise<TransferProcess> {
  const path = fillPath(dspPaths.transfer, pid)
  const answer = await exchange(call, { method: 'GET', path, purpose: 'dsp.read-transfer' })
  return readAnswer(answer, (body) => parseDspMessage('TransferProcess', body), call.binding)
}

function readAcknowledgement<T extends 'ContractNegotiation' | 'TransferProcess'>(type: T, body: unknown) {
  if (body === undefined) return undefined
  try {
    return parseDspMessage(type, body)
  } catch (thrown) {
    // The message was taken, and what a 2xx holds beyond that is unspecified: anything else is no acknowledgement.
    if (thrown instanceof WeftError) return undefined
    throw thrown
  }
}
