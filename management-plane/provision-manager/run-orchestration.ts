import { participantContextId } from '@weft/foundation/access'
import { databaseErrors, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Message, Verdict } from '@weft/foundation/messaging'
import type { Processes, ProcessRef, Task, TaskRequest } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import { messagesOf, readManifest, readResult, refusalMessage } from './domain/messages.ts'
import {
  type Advance,
  applyResult,
  begin,
  fail,
  isFinal,
  newOrchestration,
  type Orchestration,
  type OrchestrationManifest,
  orchestrationState,
} from './domain/orchestration.ts'
import { provisionErrors } from './errors.ts'
import { definitionOfType } from './store/definitions.ts'
import { insertOrchestration, orchestrationById, updateOrchestration } from './store/orchestrations.ts'

export interface RunDeps {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly logger: Logger
  readonly clock: () => number
  /** How long an orchestration may take, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * Starts an orchestration: its row, the messages of its first activities and its deadline in one transaction. The id
 * makes it idempotent: a repeat gives the orchestration that exists, whatever its payload says.
 * @throws `provision-manager.unknown-orchestration-type`
 */
export function startOrchestration(deps: RunDeps, manifest: OrchestrationManifest): Promise<Orchestration> {
  return deps.database.system('provision-manager.start-orchestration', async (tx) => {
    const existing = await orchestrationById(tx, manifest.id)
    if (existing) return existing
    const definition = await definitionOfType(tx, manifest.orchestrationType)
    if (!definition) {
      throw new WeftError(provisionErrors['unknown-orchestration-type'], {
        field: 'orchestrationType',
        message: `Bad request: orchestration type '${manifest.orchestrationType}' not found`,
      })
    }
    const at = new Date(deps.clock())
    const first = begin(newOrchestration(manifest, definition.activities, at), at)
    if (!(await insertOrchestration(tx, first.orchestration))) {
      // Somebody else inserted it since the read above; the conflict waited for that transaction to end.
      const winner = await orchestrationById(tx, manifest.id)
      if (!winner) throw new WeftError(databaseErrors.busy, { detail: `orchestration ${manifest.id} came and went` })
      return winner
    }
    const deadline: TaskRequest = { name: 'orchestration.deadline', dueInMs: deps.deadlineMs }
    await record(deps, tx, { from: null, advance: first, tasks: first.ended ? [] : [deadline] }, at)
    return first.orchestration
  })
}

/** Starts what a manifest asks for; one that cannot be run is answered with a failure. */
export async function receiveManifest(deps: RunDeps, message: Message): Promise<Verdict> {
  const manifest = readManifest(message.body)
  if (!manifest) return { kind: 'reject', reason: 'not an orchestration manifest' }
  try {
    await startOrchestration(deps, manifest)
  } catch (error) {
    if (!(error instanceof WeftError) || error.entry.side !== 'caller') throw error
    const refusal = refusalMessage(manifest, error.code, error.message)
    await deps.database.system('provision-manager.refuse-orchestration', (tx) =>
      deps.processes.record(tx, {
        ...processOf(manifest.id),
        from: null,
        to: 'refused',
        reason: error.code,
        messageId: message.id,
        events: [refusal],
      }),
    )
    const { code, message: reason } = error
    deps.logger.error('an orchestration was refused', {
      action: 'orchestration.start',
      orchestrationId: manifest.id,
      code,
      reason,
    })
  }
  return ack
}

/** Applies the result of an activity, once: a repeat finds the activity done and changes nothing. */
export async function receiveResult(deps: RunDeps, message: Message): Promise<Verdict> {
  const received = readResult(message.body)
  if (!received) return { kind: 'reject', reason: 'not an activity result' }
  const { orchestrationId, result } = received
  const { verdict, advance } = await deps.database.system('provision-manager.receive-result', async (tx) => {
    const before = await orchestrationById(tx, orchestrationId, 'for update')
    if (!before) return { verdict: unknownOrchestration, advance: null }
    const at = new Date(deps.clock())
    const step = applyResult(before, result, at)
    if (step) {
      await updateOrchestration(tx, step.orchestration)
      const reason = result.outcome === 'fatal' ? result.errorCode : `${result.activityId} completed`
      await record(deps, tx, { from: before, advance: step, reason, messageId: message.id }, at)
    }
    return { verdict: ack, advance: step }
  })
  if (advance?.ended) logEnd(deps.logger, advance.orchestration)
  return verdict
}

const ack: Verdict = { kind: 'ack' }
const unknownOrchestration: Verdict = { kind: 'reject', reason: 'unknown orchestration' }

/** Ends an orchestration that is still running at its deadline, with the activities that nobody answered for. */
export async function orchestrationOverdue(deps: RunDeps, task: Task): Promise<void> {
  const ended = await deps.database.system('provision-manager.orchestration-deadline', async (tx) => {
    const before = await orchestrationById(tx, task.processId, 'for update')
    const advance = before && !isFinal(before) ? failOverdue(before, new Date(deps.clock())) : undefined
    if (before && advance) {
      await updateOrchestration(tx, advance.orchestration)
      const { errorCode, stateTimestamp } = advance.orchestration
      await record(deps, tx, { from: before, advance, reason: errorCode ?? '' }, stateTimestamp)
    }
    await task.complete(tx)
    return advance?.orchestration
  })
  if (ended) logEnd(deps.logger, ended)
}

function failOverdue(orchestration: Orchestration, at: Date): Advance {
  const open = orchestration.started.filter((activity) => !orchestration.completed.includes(activity))
  const { code, title } = provisionErrors['orchestration-timeout']
  return fail(orchestration, code, `${title} Not completed: ${open.join(', ')}.`, at)
}

function logEnd(logger: Logger, { id, errorCode, errorDetail }: Orchestration): void {
  const about = { action: 'orchestration.end', orchestrationId: id }
  if (errorCode === null) logger.info('an orchestration is completed', about)
  else logger.error('an orchestration failed', { ...about, code: errorCode, reason: errorDetail })
}

interface Step {
  readonly from: Orchestration | null
  readonly advance: Advance
  readonly reason?: string
  readonly messageId?: string
  readonly tasks?: readonly TaskRequest[]
}

async function record(deps: RunDeps, tx: Transaction, step: Step, at: Date): Promise<void> {
  const { from, advance, ...rest } = step
  await deps.processes.record(tx, {
    ...processOf(advance.orchestration.id),
    from: from && stateName(from),
    to: stateName(advance.orchestration),
    ...rest,
    events: messagesOf(advance, at),
  })
}

function stateName(orchestration: Orchestration): string {
  const named = Object.entries(orchestrationState).find(([, state]) => state === orchestration.state)
  return named?.[0] ?? String(orchestration.state)
}

/** Orchestrations run before there is a participant context, so their history is kept under a context of the fabric's own. */
const fabric = participantContextId('fabric')

function processOf(orchestrationId: string): ProcessRef {
  return { participantContextId: fabric, processType: 'orchestration', processId: orchestrationId }
}
