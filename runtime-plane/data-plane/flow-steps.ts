import { afterCommit, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Processes, TaskRequest } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import {
  applyDataFlowSignal,
  type DataFlowSignal,
  type DataFlowState,
  flowDirection,
  isFinalDataFlowState,
} from '@weft/protocols/dps'
import {
  type DataFlow,
  dataFlowProcess,
  forgetAfterMs,
  type GivenAnswer,
  ownsEndpoint,
  tokenLifetimeSeconds,
} from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import type { OpenStreams } from './domain/open-streams.ts'
import type { Transports } from './domain/transport.ts'
import { insertAnswer, readAnswer } from './store/answers.ts'
import { announceCut, updateFlow } from './store/data-flows.ts'

/** What every change of a data flow needs. */
export interface FlowParts {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly transports: Transports
  readonly streams: OpenStreams
  readonly clock: () => number
  readonly logger: Logger
}

/** Names of the tasks that data flows leave for later. */
export const flowTasks = {
  getReady: 'data-flow.get-ready',
  carry: 'data-flow.carry',
  report: 'data-flow.report',
  forget: 'data-flow.forget',
} as const

/** A change of a data flow: what caused it, and what comes after it. */
export interface Step {
  readonly signal: DataFlowSignal
  readonly messageId?: string | undefined
  readonly reason?: string | undefined
  /** Beside what the new state itself asks for. */
  readonly tasks?: readonly TaskRequest[]
}

/** Signals that leave the tokens of a flow alive: the endpoint may have been used since it was prepared (4.5). */
const keepsTokens: ReadonlySet<DataFlowSignal> = new Set(['notify-started', 'prepared', 'started'])

/**
 * Moves a locked flow by a signal: row, history, tasks and answer in this transaction, running streams after it.
 * @throws `dps.invalid-transition` (DPS-07)
 */
export async function moveFlow(
  parts: FlowParts,
  tx: Transaction,
  flow: DataFlow,
  step: Step,
  change: Partial<Pick<DataFlow, 'peerSecret'>> = {},
): Promise<{ readonly next: DataFlow; readonly answer: GivenAnswer }> {
  const applied = applyDataFlowSignal(flow.state, step.signal)
  if (applied.kind === 'refused') throw applied.error
  const fresh = keepsTokens.has(step.signal) ? {} : { generation: flow.generation + 1, renewals: 0 }
  const next: DataFlow = { ...flow, ...fresh, ...change, state: applied.state }
  await updateFlow(tx, next, new Date(parts.clock()))
  return { next, answer: await recordStep(parts, tx, next, flow.state, step) }
}

/** Ends the tokens and streams of a locked flow whose state stays, and says why in its history. */
export async function revokeTokens(parts: FlowParts, tx: Transaction, flow: DataFlow, reason: string): Promise<void> {
  const next: DataFlow = { ...flow, generation: flow.generation + 1, renewals: 0 }
  await updateFlow(tx, next, new Date(parts.clock()))
  await announceCut(tx, next)
  afterCommit(tx, () => parts.streams.cut(next.participantContextId, next.id, next.generation))
  await noteOfFlow(parts, tx, next, reason, [reportTask('errored', next, reason)])
}

/** A line in the history of a flow whose state stays, with tasks. */
export async function noteOfFlow(
  { processes }: Pick<FlowParts, 'processes'>,
  tx: Transaction,
  flow: DataFlow,
  reason: string,
  tasks: readonly TaskRequest[],
): Promise<void> {
  await processes.record(tx, {
    participantContextId: flow.participantContextId,
    processType: dataFlowProcess,
    processId: flow.id,
    from: flow.state,
    to: flow.state,
    reason,
    tasks,
  })
}

/** The task that tells the control plane of a flow what has become of it. */
export function reportTask(
  report: 'prepared' | 'started' | 'completed' | 'errored',
  flow: Pick<DataFlow, 'state'>,
  error?: string,
): TaskRequest {
  return {
    name: flowTasks.report,
    payload: { report, state: flow.state, ...(error === undefined ? {} : { error }) },
  }
}

/** What every accepted signal does in its transaction: history, tasks, the answer, and the end of streams. */
export async function recordStep(
  parts: FlowParts,
  tx: Transaction,
  flow: DataFlow,
  from: DataFlowState | null,
  step: Step,
): Promise<GivenAnswer> {
  const { signal, messageId, reason } = step
  await parts.processes.record(tx, {
    participantContextId: flow.participantContextId,
    processType: dataFlowProcess,
    processId: flow.id,
    from,
    to: flow.state,
    ...(reason === undefined ? {} : { reason }),
    ...(messageId === undefined ? {} : { messageId }),
    tasks: [...tasksOf(parts, flow), ...(step.tasks ?? [])],
  })
  if (from !== null) await announceCut(tx, flow)
  afterCommit(tx, () => {
    // Here at once; the announcement is for the other replicas.
    parts.streams.cut(flow.participantContextId, flow.id, flow.generation)
    parts.logger.info('a data flow has moved', {
      category: 'dps',
      action: `data-flow.${signal}`,
      participantContextId: flow.participantContextId,
      counterparty: flow.counterparty,
      contractId: flow.agreementId,
      dataFlowId: flow.id,
      state: flow.state,
    })
  })
  const at = new Date(parts.clock())
  const answer = answerOf(flow, signal, messageId, at)
  if (messageId !== undefined) await insertAnswer(tx, answer, at)
  return answer
}

/** What a state asks for by itself. */
function tasksOf({ transports }: FlowParts, flow: DataFlow): readonly TaskRequest[] {
  if (isFinalDataFlowState(flow.state)) return [{ name: flowTasks.forget, dueInMs: forgetAfterMs }]
  if (flow.state === 'PREPARING' || flow.state === 'STARTING') return [{ name: flowTasks.getReady }]
  if (flow.state === 'STARTED' && transports.find(flow.profile)?.carries(flow)) {
    return [{ name: flowTasks.carry, payload: { generation: flow.generation } }]
  }
  return []
}

/** The answer to a signal; the owner of the endpoint names a token of the flow's newest generation (4.5). */
export function answerOf(
  flow: DataFlow,
  signal: DataFlowSignal,
  messageId: string | undefined,
  at?: Date,
): GivenAnswer {
  const base = {
    messageId: messageId ?? `${flow.id}:${signal}`,
    flowId: flow.id,
    profile: flow.profile,
    signal,
    state: flow.state,
  }
  return { ...base, token: at !== undefined && signal !== 'notify-started' ? tokenOf(flow, at) : null }
}

/** The token that the owner of the endpoint gives out in this state. */
export function tokenOf(flow: DataFlow, at: Date): GivenAnswer['token'] {
  if (!ownsEndpoint(flow) || !takesRequests(flow)) return null
  const seconds = Math.floor(at.getTime() / 1000)
  return {
    generation: flow.generation,
    expiresAt: flowDirection(flow.profile) === 'pull' ? seconds + tokenLifetimeSeconds : 0,
  }
}

/** Whether the endpoint of a flow is open: STARTED, and for the consumer of a push from PREPARED on (4.5, DPS-26). */
export function takesRequests({ role, state }: Pick<DataFlow, 'role' | 'state'>): boolean {
  return state === 'STARTED' || (role === 'consumer' && state === 'PREPARED')
}

/** The first answer to this message (4.9). @throws `data-plane.message-reused` when its id was another message's */
export async function answeredBefore(
  tx: Transaction,
  messageId: string | undefined,
  flowId: string,
  signal: DataFlowSignal,
): Promise<GivenAnswer | undefined> {
  const before = messageId === undefined ? undefined : await readAnswer(tx, messageId)
  if (before && (before.flowId !== flowId || before.signal !== signal)) {
    throw new WeftError(dataPlaneErrors['message-reused'], { field: '/messageId' })
  }
  return before
}
