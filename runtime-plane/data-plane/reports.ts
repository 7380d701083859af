import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { Task } from '@weft/foundation/processes'
import {
  type DataFlowReport,
  type DataFlowState,
  dpsErrors,
  type OutgoingDpsMessage,
  reportDataFlow,
} from '@weft/protocols/dps'
import type { AddressBook } from './address-book.ts'
import type { ControlPlanes } from './control-planes.ts'
import type { DataFlow } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import { type FlowParts, flowTasks, tokenOf } from './flow-steps.ts'
import { readFlow } from './store/data-flows.ts'

/** Tries of one report; the last ones are ten minutes apart. */
const tries = 20
/**
 * Tries while the control plane does not know the transfer, or has it in a state that does not take the report: it may
 * still be writing down, or telling its counterparty, what the report follows.
 */
const triesWhileNotReady = 10
const notReady: readonly string[] = [dpsErrors['plane-unaware'].code, dpsErrors['plane-refused'].code]

/** What a control plane says when it will never take a report. */
const refusals: readonly string[] = [
  dpsErrors['plane-refused'].code,
  dpsErrors['plane-unaware'].code,
  dpsErrors['unknown-plane'].code,
]

export interface ReportOptions extends FlowParts {
  readonly controlPlanes: ControlPlanes
  readonly addresses: AddressBook
}

/**
 * Registers the task that tells a flow's control plane what has become of it (DPS-10 to DPS-12). A refusal ends it with a
 * line in the log; whatever else keeps it from arriving parks it for the operator.
 */
export function handleReports(options: ReportOptions): void {
  const { processes, logger } = options
  const policy = {
    limit: tries,
    baseMs: 250,
    maxMs: 600_000,
    exhausted: async (task: Task, error: Error) => {
      if (!refusals.includes(toWeftError(error).code)) throw error
      logger.warn('a control plane did not take the report about a data flow', {
        category: 'dps',
        action: task.name,
        participantContextId: task.participantContextId,
        dataFlowId: task.processId,
        report: task.payload.report,
        error,
      })
    },
  }
  processes.handle(flowTasks.report, policy, (task) => send(options, task))
}

async function send(options: ReportOptions, task: Task): Promise<void> {
  const { database, controlPlanes } = options
  const flow = await database.tenant(task.participantContextId, (tx) => readFlow(tx, task.processId))
  if (!flow) return
  const report = task.payload.report as DataFlowReport
  try {
    await reportDataFlow(await controlPlanes.callFor(flow), flow.id, report, await messageOf(options, task, flow))
  } catch (error) {
    const mayPass = notReady.includes(toWeftError(error).code)
    if (!mayPass || task.attempt >= triesWhileNotReady) throw error
    throw new WeftError(dataPlaneErrors['control-plane-not-ready'], { cause: error })
  }
}

async function messageOf(
  { addresses, clock }: ReportOptions,
  task: Task,
  flow: DataFlow,
): Promise<OutgoingDpsMessage<'DataFlowStatusMessage'>> {
  const { report, state, error } = task.payload as { report: string; state: DataFlowState; error?: string }
  const message = { type: 'DataFlowStatusMessage', messageId: task.id, dataFlowId: flow.id, state } as const
  if (error !== undefined) return { ...message, error }
  // A flow that has moved on since has other tokens, which its control plane was told by then.
  const token =
    (report === 'prepared' || report === 'started') && flow.state === state && tokenOf(flow, new Date(clock()))
  return token ? { ...message, dataAddress: await addresses.of(flow.participantContextId, flow, token) } : message
}
