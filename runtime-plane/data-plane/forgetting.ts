import type { Task } from '@weft/foundation/processes'
import { type FlowParts, flowTasks } from './flow-steps.ts'
import type { PlaceSecrets } from './place-secrets.ts'
import { deleteFlow, readFlow } from './store/data-flows.ts'

/** Registers the task that forgets a finished flow with its messages and secrets. */
export function handleForgetting(options: FlowParts & { readonly placeSecrets: PlaceSecrets }): void {
  const { database, processes, placeSecrets } = options
  processes.handle(flowTasks.forget, { limit: 10, baseMs: 1_000, maxMs: 600_000 }, async (task: Task) => {
    const contextId = task.participantContextId
    const flow = await database.tenant(contextId, (tx) => readFlow(tx, task.processId))
    for (const name of [flow?.ownEndSecret ?? null, flow?.peerSecret ?? null])
      await placeSecrets.forget(contextId, name)
    await database.tenant(contextId, async (tx) => {
      await deleteFlow(tx, task.processId)
      await task.complete(tx)
    })
  })
}
