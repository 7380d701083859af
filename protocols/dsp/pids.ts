import { WeftError } from '@weft/foundation/errors'
import { dspErrors } from './errors.ts'
import type { DspRole, NegotiationMessage, TransferMessage } from './messages.ts'

/** The pids of a process as the receiver has them. */
export interface KnownPids {
  readonly ourRole: DspRole
  /** The pid in the path of the request. */
  readonly ourPid: string
  /** Undefined while the counterparty has not told it. */
  readonly theirPid: string | undefined
}

/**
 * DSP-46: a follow-up message names our pid as in its path, and the counterparty's as we know it.
 * @throws `dsp.pid-mismatch` with the member as field
 */
export function checkPids(message: NegotiationMessage | TransferMessage, known: KnownPids): void {
  const { ourRole, ourPid, theirPid } = known
  const ours = ourRole === 'provider' ? 'providerPid' : 'consumerPid'
  const theirs = ourRole === 'provider' ? 'consumerPid' : 'providerPid'
  const pids: { readonly providerPid?: string | undefined; readonly consumerPid?: string | undefined } = message
  if (pids[ours] !== ourPid) throw new WeftError(dspErrors['pid-mismatch'], { field: `/${ours}` })
  if (theirPid !== undefined && pids[theirs] !== theirPid) {
    throw new WeftError(dspErrors['pid-mismatch'], { field: `/${theirs}` })
  }
}
