import type { DataFlowState, DataFlowStatusMessage } from '@weft/protocols/dps'
import { ownsAddress, type Transfer, type TransferState } from '../../domain/transfer.ts'
import type { TransferRules } from '../../domain/transfer-rules.ts'
import type { Step } from '../../store/process-steps.ts'
import { transferTasks } from '../../transfer/tasks.ts'

/** A report of a data plane, and what it means for the transfer. */
export interface Report {
  readonly name: 'prepared' | 'started' | 'completed'
  /** The state of the flow that it tells. */
  readonly state: DataFlowState
  readonly summary: string
  /** Whether the transfer is past the report already, so that it is a repeated one. */
  readonly isDone: (transfer: Transfer) => boolean
  /** Undefined when the state does not take the report. */
  readonly next: (
    transfer: Transfer,
    message: DataFlowStatusMessage,
    rules: TransferRules,
  ) => Step<TransferState> | undefined
}

export const reports: readonly Report[] = [
  {
    name: 'prepared',
    state: 'PREPARED',
    summary: 'Report that the consumer’s side is ready.',
    isDone: ({ role, state }) => role === 'CONSUMER' && (state === 'REQUESTING' || state === 'REQUESTED'),
    next: (transfer, message) => {
      // The report may overtake the answer to the signal that asked for it.
      const expected = transfer.role === 'CONSUMER' && ['INITIAL', 'PREPARATION_REQUESTED'].includes(transfer.state)
      if (!expected || (ownsAddress(transfer) && message.dataAddress === undefined)) return undefined
      return { path: ['REQUESTING'], tasks: [{ name: transferTasks.sendRequest }] }
    },
  },
  {
    name: 'started',
    state: 'STARTED',
    summary: 'Report that the provider’s side has started.',
    // A flow id while it is starting came with a report, which is being told to the counterparty.
    isDone: ({ role, state, dataFlowId }) =>
      role === 'PROVIDER' && (state === 'STARTED' || (state === 'STARTING' && dataFlowId !== null)),
    next: (transfer, message, rules) => {
      const expected = transfer.role === 'PROVIDER' && ['STARTING', 'STARTUP_REQUESTED'].includes(transfer.state)
      const needsAddress = ownsAddress(transfer) && rules.dataAddress !== 'optional'
      if (!expected || (needsAddress && message.dataAddress === undefined)) return undefined
      return { path: ['STARTING'], tasks: [{ name: transferTasks.announceStart }] }
    },
  },
  {
    name: 'completed',
    state: 'COMPLETED',
    summary: 'Report that all data has been moved.',
    isDone: ({ state }) => state === 'COMPLETING' || state === 'COMPLETED',
    next: ({ state }) =>
      state === 'STARTED' ? { path: ['COMPLETING'], tasks: [{ name: transferTasks.announceCompletion }] } : undefined,
  },
]
