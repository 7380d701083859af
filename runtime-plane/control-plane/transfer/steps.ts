import type { Transaction } from '@weft/foundation/database'
import type { Failure } from '../domain/failure.ts'
import { isFinalTransfer, type Transfer } from '../domain/transfer.ts'
import type { Parts } from '../parts.ts'
import { moveTransfer } from '../store/transfers.ts'
import { transferTasks } from './tasks.ts'

/** Begins to end a transfer: its data plane and the counterparty are told by the task. */
export function beginTermination(
  tx: Transaction,
  parts: Parts,
  transfer: Transfer,
  failure: Failure,
): Promise<Transfer> {
  return moveTransfer(
    tx,
    parts.processes,
    transfer,
    { path: ['TERMINATING'], reason: failure.code, tasks: [{ name: transferTasks.terminate }] },
    { failure },
  )
}

/** Whether a data address may still be of use in this state; elsewhere it is let go. */
export function keepsAddress(transfer: Pick<Transfer, 'state'>): boolean {
  return !isFinalTransfer(transfer.state) && transfer.state !== 'SUSPENDED'
}
