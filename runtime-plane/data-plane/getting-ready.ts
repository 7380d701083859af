import { toWeftError } from '@weft/foundation/errors'
import type { Task } from '@weft/foundation/processes'
import type { DataFlow } from './domain/data-flow.ts'
import { type FlowParts, flowTasks, moveFlow, noteOfFlow, reportTask } from './flow-steps.ts'
import { readFlow } from './store/data-flows.ts'

/** Registers the task that ends what was answered 202: PREPARING and STARTING (DPS-10). */
export function handleGettingReady(parts: FlowParts): void {
  const policy = {
    limit: 8,
    baseMs: 1_000,
    maxMs: 60_000,
    exhausted: (task: Task, error: Error) => fail(parts, task, error),
  }
  parts.processes.handle(flowTasks.getReady, policy, async (task) => {
    const flow = await parts.database.tenant(task.participantContextId, (tx) => readFlow(tx, task.processId))
    if (!flow || !isWaiting(flow)) return
    await parts.transports.find(flow.profile)?.getReady(flow)
    await parts.database.tenant(task.participantContextId, async (tx) => {
      const current = await readFlow(tx, task.processId, true)
      if (current && isWaiting(current)) {
        const [signal, state] =
          current.role === 'consumer' ? (['prepared', 'PREPARED'] as const) : (['started', 'STARTED'] as const)
        await moveFlow(parts, tx, current, { signal, tasks: [reportTask(signal, { state })] })
      }
      await task.complete(tx)
    })
  })
}

function isWaiting({ state }: DataFlow): boolean {
  return state === 'PREPARING' || state === 'STARTING'
}

/** DPS-12: the state stays; the control plane decides. */
async function fail(parts: FlowParts, task: Task, error: Error): Promise<void> {
  const { code, message } = toWeftError(error)
  await parts.database.tenant(task.participantContextId, async (tx) => {
    const flow = await readFlow(tx, task.processId, true)
    if (flow && isWaiting(flow)) {
      const reason = `${code}: ${message}`
      await noteOfFlow(parts, tx, flow, reason, [reportTask('errored', flow, reason)])
    }
    await task.complete(tx)
  })
}
