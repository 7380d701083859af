import { WeftError } from '@weft/foundation/errors'
import { dpsErrors } from '@weft/protocols/dps'
import type { DataAddress, TransferMessage } from '@weft/protocols/dsp'
import { ownsAddress, type Transfer, type TransferState } from '../domain/transfer.ts'
import { terminationErrors } from '../errors.ts'
import type { Parts } from '../parts.ts'
import type { Addressed } from '../store/addressed.ts'
import type { TransferChanges } from '../store/transfers.ts'
import { keepAddress, readAddress } from './addresses.ts'
import {
  completeAtDataPlane,
  type Flow,
  prepareAtDataPlane,
  resumeAtDataPlane,
  startAtDataPlane,
  suspendAtDataPlane,
  tellDataPlaneStarted,
  terminateAtDataPlane,
} from './data-plane.ts'
import { transferTasks } from './tasks.ts'

/** What a step works with. */
interface WorkContext {
  readonly flow: Flow
  /** Of the message to the counterparty; the same at every repeat. */
  readonly messageId: string
  /** Of the signal to the data plane; the same at every repeat. */
  readonly taskId: string
  readonly from: Addressed
  /** Whether nothing has overtaken this step so far; asked where a call has taken its time before a message goes out. */
  readonly isStillDue: () => Promise<boolean>
  /** Sends the message under `messageId`, and gives back the counterparty's process id where it tells it. */
  readonly tell: (message: TransferMessage) => Promise<string | undefined>
}

/** What a step has led to. */
export interface Outcome {
  /** Absent: nothing changes. */
  readonly to?: TransferState
  readonly changes?: TransferChanges
  /** The task that is due then. */
  readonly next?: string
  /** Whether counterparty or data plane is awaited then. */
  readonly awaits?: boolean
}

export interface TransferWork {
  /** The states in which the work is due; in any other one the task has been overtaken. */
  readonly in: readonly TransferState[]
  readonly run: (context: WorkContext) => Promise<Outcome>
  /** Whether a refusal of the counterparty does not matter. */
  readonly ignoresRefusal?: (transfer: Transfer) => boolean
  /** Whether the transfer is over already: a failure is left to the operator. */
  readonly afterTheEnd?: boolean
  /** Whether it opens a flow at the data plane, which must not outlive a transfer that has ended meanwhile. */
  readonly opensFlow?: boolean
}

/** The steps of transfers, by task. Each may be repeated as a whole: its calls carry the same ids then. */
export function transferWork(parts: Parts): Readonly<Record<string, TransferWork>> {
  return {
    [transferTasks.prepare]: { in: ['INITIAL'], run: (context) => prepare(parts, context), opensFlow: true },
    [transferTasks.sendRequest]: {
      in: ['REQUESTING'],
      run: (context) => sendRequest(parts, context),
    },
    [transferTasks.start]: { in: ['STARTING'], run: (context) => start(parts, context), opensFlow: true },
    [transferTasks.announceStart]: {
      in: ['STARTING'],
      run: async (context) => announceStart(context, await addressOf(parts, context.flow)),
    },
    [transferTasks.notifyStarted]: { in: ['STARTUP_REQUESTED'], run: (context) => notifyStarted(parts, context) },
    [transferTasks.suspend]: {
      in: ['SUSPENDING'],
      run: async ({ flow, taskId, tell }) => {
        await suspendAtDataPlane(parts, flow, taskId)
        await tell({ type: 'TransferSuspensionMessage', ...pidsOf(flow.transfer), ...explanationOf(flow.transfer) })
        return { to: 'SUSPENDED', changes: { suspendedBy: 'US' } }
      },
    },
    [transferTasks.suspendDataPlane]: {
      // Also when the counterparty has resumed already: the data plane takes a resumption only after this.
      in: ['SUSPENDED', 'RESUMING', 'STARTUP_REQUESTED'],
      run: async ({ flow, taskId }) => {
        await suspendAtDataPlane(parts, flow, taskId)
        return {}
      },
    },
    [transferTasks.resume]: {
      in: ['RESUMING'],
      run: (context) => resume(parts, context),
      // DSP's table has the transfer run with the counterparty's own start message, so a partner that keeps to the letter
      // refuses the second one, which brings the new address (DPS 4.6).
      ignoresRefusal: ({ suspendedBy }) => suspendedBy === 'COUNTERPARTY',
    },
    [transferTasks.resumeDataPlane]: {
      in: ['STARTUP_REQUESTED'],
      run: async ({ flow, taskId }) => {
        await resumeAtDataPlane(parts, flow, taskId, await addressOf(parts, flow))
        return { to: 'STARTED', changes: { suspendedBy: null, failure: null } }
      },
    },
    [transferTasks.complete]: {
      in: ['COMPLETING'],
      run: async ({ flow, taskId, tell }) => {
        await completeAtDataPlane(parts, flow, taskId)
        return announceCompletion(flow, tell)
      },
    },
    [transferTasks.announceCompletion]: {
      in: ['COMPLETING'],
      run: ({ flow, tell }) => announceCompletion(flow, tell),
    },
    [transferTasks.completeDataPlane]: {
      in: ['COMPLETED'],
      afterTheEnd: true,
      run: async ({ flow, taskId }) => {
        await completeAtDataPlane(parts, flow, taskId)
        return {}
      },
    },
    [transferTasks.terminate]: {
      in: ['TERMINATING'],
      ignoresRefusal: () => true,
      run: async ({ flow, taskId, tell }) => {
        // The data plane first: its tokens must die even when the counterparty cannot be reached.
        await terminateAtDataPlane(parts, flow, taskId)
        if (flow.transfer.correlationId !== null) {
          await tell({ type: 'TransferTerminationMessage', ...pidsOf(flow.transfer), ...explanationOf(flow.transfer) })
        }
        return { to: 'TERMINATED' }
      },
    },
    [transferTasks.terminateDataPlane]: {
      in: ['TERMINATED'],
      afterTheEnd: true,
      run: async ({ flow, taskId }) => {
        await terminateAtDataPlane(parts, flow, taskId)
        return {}
      },
    },
  }
}

/** A consumer's first step: its data plane gets ready, and for push makes the address that the data goes to. */
async function prepare(parts: Parts, { flow, taskId }: WorkContext): Promise<Outcome> {
  const status = await prepareAtDataPlane(parts, flow, taskId)
  if (status.state === 'PREPARING') {
    return { to: 'PREPARATION_REQUESTED', changes: { dataFlowId: status.dataFlowId }, awaits: true }
  }
  const address = ownsAddress(flow.transfer) ? requireAddress(status.dataAddress) : undefined
  return {
    to: 'REQUESTING',
    changes: { dataFlowId: status.dataFlowId, ...(await kept(parts, flow, address)) },
    next: transferTasks.sendRequest,
  }
}

async function sendRequest(parts: Parts, { flow, from, tell }: WorkContext): Promise<Outcome> {
  const { transfer } = flow
  const address = ownsAddress(transfer) ? requireAddress(await addressOf(parts, flow)) : undefined
  const correlationId = await tell({
    type: 'TransferRequestMessage',
    consumerPid: transfer.id,
    agreementId: transfer.agreementId,
    format: transfer.transferType,
    callbackAddress: parts.dspBase(from.context.id, transfer.profile),
    ...(address === undefined ? {} : { dataAddress: address }),
  })
  return {
    to: 'REQUESTED',
    changes: { addressRef: null, ...(correlationId === undefined ? {} : { correlationId }) },
    awaits: true,
  }
}

/**
 * A provider's first step. For pull the data plane's answer holds the address with its token, which goes straight into the
 * message: it is kept nowhere here, since a repeated start is answered with the same one.
 */
async function start(parts: Parts, context: WorkContext): Promise<Outcome> {
  const { flow, taskId } = context
  const { transfer } = flow
  // A flow id is known only when the data plane has reported its start already: the rest is another task's.
  if (transfer.dataFlowId !== null) return {}
  const destination = ownsAddress(transfer) ? undefined : requireAddress(await addressOf(parts, flow))
  const { state, dataFlowId, dataAddress } = await startAtDataPlane(parts, flow, taskId, destination)
  if (state === 'STARTING') return { to: 'STARTUP_REQUESTED', changes: { dataFlowId }, awaits: true }
  if (!(await context.isStillDue())) return {}
  const started = await announceStart(context, dataAddress)
  return { ...started, changes: { ...started.changes, dataFlowId } }
}

/** @param address what the data plane gave where the address is ours to give */
async function announceStart(
  { flow: { transfer }, from, tell }: WorkContext,
  address: DataAddress | undefined,
): Promise<Outcome> {
  const given = ownsAddress(transfer) ? startAddress(from, address) : {}
  await tell({ type: 'TransferStartMessage', ...pidsOf(transfer), ...given })
  return { to: 'STARTED', changes: { addressRef: null } }
}

async function announceCompletion({ transfer }: Flow, tell: WorkContext['tell']): Promise<Outcome> {
  await tell({ type: 'TransferCompletionMessage', ...pidsOf(transfer) })
  return { to: 'COMPLETED' }
}

async function notifyStarted(parts: Parts, { flow, taskId }: WorkContext): Promise<Outcome> {
  await tellDataPlaneStarted(parts, flow, taskId, ownsAddress(flow.transfer) ? undefined : await addressOf(parts, flow))
  return { to: 'STARTED', changes: { suspendedBy: null, failure: null } }
}

/**
 * Resumes, by our own wish or the counterparty's (DPS 4.6). Who owns the address gives a new one; who does not asks for it
 * and waits for the start message that brings it.
 */
async function resume(parts: Parts, { flow, taskId, from, tell }: WorkContext): Promise<Outcome> {
  const { transfer } = flow
  if (!ownsAddress(transfer)) {
    await tell({ type: 'TransferStartMessage', ...pidsOf(transfer) })
    return { to: 'RESUMED', awaits: true }
  }
  const status = await resumeAtDataPlane(parts, flow, taskId, undefined)
  await tell({ type: 'TransferStartMessage', ...pidsOf(transfer), ...startAddress(from, status.dataAddress) })
  return { to: 'STARTED', changes: { suspendedBy: null, failure: null } }
}

function addressOf(parts: Parts, { contextId, transfer }: Flow): Promise<DataAddress | undefined> {
  return readAddress(parts.vault, contextId, transfer.addressRef)
}

async function kept(parts: Parts, flow: Flow, address: DataAddress | undefined): Promise<TransferChanges> {
  if (address === undefined) return {}
  return { addressRef: await keepAddress(parts.vault, flow.contextId, flow.transfer.id, address) }
}

/** What a start message of the address's owner says (DSP-38). */
function startAddress(from: Addressed, address: DataAddress | undefined): { readonly dataAddress?: DataAddress } {
  if (address === undefined && from.profile.transferRules?.dataAddress === 'optional') return {}
  return { dataAddress: requireAddress(address) }
}

function requireAddress(address: DataAddress | undefined): DataAddress {
  if (address) return address
  throw new WeftError(dpsErrors['plane-malformed'], { message: 'The data plane gave no data address.' })
}

function pidsOf(transfer: Transfer): { readonly consumerPid: string; readonly providerPid: string } {
  const theirs = transfer.correlationId
  if (theirs === null)
    throw new WeftError(terminationErrors['internal-fault'], { detail: 'the other process id is not known' })
  return transfer.role === 'CONSUMER'
    ? { consumerPid: transfer.id, providerPid: theirs }
    : { consumerPid: theirs, providerPid: transfer.id }
}

function explanationOf(transfer: Transfer): { readonly code?: string; readonly reason: readonly string[] } {
  return transfer.failure ? { code: transfer.failure.code, reason: [transfer.failure.reason] } : { reason: [] }
}
