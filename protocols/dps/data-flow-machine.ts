import { WeftError } from '@weft/foundation/errors'
import { dpsErrors } from './errors.ts'

/** `INITIALIZED` is before the first signal has been answered. */
export const dataFlowStates = [
  'INITIALIZED',
  'PREPARING',
  'PREPARED',
  'STARTING',
  'STARTED',
  'SUSPENDED',
  'COMPLETED',
  'TERMINATED',
] as const
export type DataFlowState = (typeof dataFlowStates)[number]

/**
 * What moves a data flow (4.1). `prepare` and `start` are those that are done when they are answered; `prepare-later` and
 * `start-later` are answered 202 and end in `prepared` and `started`, which the data plane finds itself. `notify-started` is
 * the message to a consumer's data plane.
 */
export type DataFlowSignal =
  | 'prepare'
  | 'prepare-later'
  | 'prepared'
  | 'start'
  | 'start-later'
  | 'started'
  | 'notify-started'
  | 'suspend'
  | 'resume'
  | 'complete'
  | 'terminate'

const table: Readonly<Record<DataFlowSignal, { readonly from: readonly DataFlowState[]; readonly to: DataFlowState }>> =
  {
    prepare: { from: ['INITIALIZED'], to: 'PREPARED' },
    'prepare-later': { from: ['INITIALIZED'], to: 'PREPARING' },
    prepared: { from: ['PREPARING'], to: 'PREPARED' },
    start: { from: ['INITIALIZED'], to: 'STARTED' },
    'start-later': { from: ['INITIALIZED'], to: 'STARTING' },
    started: { from: ['STARTING'], to: 'STARTED' },
    'notify-started': { from: ['PREPARED'], to: 'STARTED' },
    suspend: { from: ['STARTED'], to: 'SUSPENDED' },
    resume: { from: ['SUSPENDED'], to: 'STARTED' },
    complete: { from: ['STARTED'], to: 'COMPLETED' },
    terminate: {
      from: ['INITIALIZED', 'PREPARING', 'PREPARED', 'STARTING', 'STARTED', 'SUSPENDED'],
      to: 'TERMINATED',
    },
  }

export type AppliedSignal =
  | { readonly kind: 'next'; readonly state: DataFlowState }
  /** Answer as the first time; nothing changes. */
  | { readonly kind: 'duplicate'; readonly state: DataFlowState }
  /** Answer with the error's status; nothing changes (DPS-07). */
  | { readonly kind: 'refused'; readonly error: WeftError }

/**
 * What a signal does to a data flow (DPS-06, DPS-07).
 * @param repeated whether a message with this `messageId` was processed for this flow before: a call that was sent again
 *   after a lost answer (4.9)
 */
export function applyDataFlowSignal(state: DataFlowState, signal: DataFlowSignal, repeated = false): AppliedSignal {
  if (repeated) return { kind: 'duplicate', state }
  const { from, to } = table[signal]
  if (from.includes(state)) return { kind: 'next', state: to }
  const message = `The data flow is ${state}; it does not take the signal ${signal}.`
  return { kind: 'refused', error: new WeftError(dpsErrors['invalid-transition'], { message }) }
}

export function isFinalDataFlowState(state: DataFlowState): boolean {
  return state === 'COMPLETED' || state === 'TERMINATED'
}
