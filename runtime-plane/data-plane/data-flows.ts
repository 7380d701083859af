import type { ParticipantContextId } from '@weft/foundation/access'
import { afterCommit, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { Processes, Task } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import {
  applyDataFlowSignal,
  checkDataAddress,
  type DataFlowPrepareMessage,
  type DataFlowResumeMessage,
  type DataFlowSignal,
  type DataFlowStartedNotificationMessage,
  type DataFlowStartMessage,
  type DataFlowState,
  dpsErrors,
  isFinalDataFlowState,
  readHttpAddress,
} from '@weft/protocols/dps'
import {
  type DataFlow,
  dataFlowProcess,
  forgetAfterMs,
  type GivenAnswer,
  servedProfiles,
  tokenLifetimeSeconds,
} from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import type { OpenStreams } from './domain/open-streams.ts'
import type { SourceSecrets } from './source-secrets.ts'
import {
  announceCut,
  deleteFlow,
  insertAnswer,
  insertFlow,
  lockRunningFlows,
  readAnswer,
  readFlow,
  updateFlow,
} from './store/data-flows.ts'
import { isEnabled } from './store/participants.ts'
import { parseHttpSource } from './transports/http/http-source.ts'

/** Who signals which context. */
export interface Signaller {
  readonly contextId: ParticipantContextId
  /** Client id of the control plane. */
  readonly caller: string
}

/** The data flows of all participant contexts: one function a signal of DPS, each answering what the flow became. */
export interface DataFlows {
  /** The consumer's side of a pull has nothing to get ready, so it is PREPARED at once (DPS-01). @throws `dps.*` */
  prepare(by: Signaller, message: DataFlowPrepareMessage): Promise<GivenAnswer>
  /** The provider's side: STARTED with a token to the source of the message's metadata (DPS-02). @throws `dps.*`, `data-plane.source-invalid` */
  start(by: Signaller, message: DataFlowStartMessage): Promise<GivenAnswer>
  /** @throws `dps.*` */
  started(by: Signaller, flowId: string, message: DataFlowStartedNotificationMessage): Promise<GivenAnswer>
  /** @throws `dps.*` */
  resume(by: Signaller, flowId: string, message: DataFlowResumeMessage): Promise<GivenAnswer>
  /** Suspend, terminate and completed: each ends the running streams and every token before it answers. @throws `dps.*` */
  end(by: Signaller, flowId: string, end: Ending): Promise<GivenAnswer>
  /** @throws `dps.unknown-flow` */
  status(by: Signaller, flowId: string): Promise<DataFlow>
  /** Terminates every flow of a context that leaves. */
  terminateAll(contextId: ParticipantContextId, reason: string): Promise<void>
}

export interface Ending {
  readonly signal: Extract<DataFlowSignal, 'suspend' | 'terminate' | 'complete'>
  readonly messageId: string | undefined
  readonly reason?: string | undefined
}

export interface DataFlowOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly sourceSecrets: SourceSecrets
  readonly streams: OpenStreams
  readonly clock: () => number
  readonly logger: Logger
}

const forgetTask = 'data-flow.forget'

/** The data flows over the database; registers the task that forgets finished ones. */
export function createDataFlows(options: DataFlowOptions): DataFlows {
  const { database, processes, sourceSecrets } = options
  processes.handle(forgetTask, { limit: 10, baseMs: 1_000, maxMs: 600_000 }, (task) => forget(options, task))
  const now = (): Date => new Date(options.clock())

  /** Adds a flow with its first answer, or gives the answer that the message got before. */
  const open = (flow: DataFlow, messageId: string): Promise<GivenAnswer> =>
    database.tenant(flow.participantContextId, async (tx) => {
      const signal = flow.role === 'provider' ? 'start' : 'prepare'
      const before = await answeredBefore(tx, messageId, flow.id, signal)
      if (before) return before
      if (!(await insertFlow(tx, flow, now()))) {
        // A message that was sent twice at the same time finds its other self answered by now.
        const meanwhile = await answeredBefore(tx, messageId, flow.id, signal)
        if (meanwhile) return meanwhile
        // DPS-03.
        throw new WeftError(dpsErrors['flow-exists'], { field: '/processId' })
      }
      return advance(options, tx, flow, { from: null, signal, messageId, at: now() })
    })

  const signal = (
    by: Signaller,
    flowId: string,
    kind: DataFlowSignal,
    messageId: string | undefined,
    more: { readonly reason?: string | undefined; readonly check?: (flow: DataFlow) => void } = {},
  ): Promise<GivenAnswer> =>
    database.tenant(by.contextId, async (tx) => {
      const flow = await readFlow(tx, flowId, true)
      if (flow?.caller !== by.caller) throw new WeftError(dpsErrors['unknown-flow'])
      const before = messageId === undefined ? undefined : await answeredBefore(tx, messageId, flowId, kind)
      if (before) return before
      // DPS gives this signal no message id, so one that finds its work done is taken for a repeated one.
      if (kind === 'complete' && flow.state === 'COMPLETED') return answerOf(flow, kind, messageId)
      const applied = applyDataFlowSignal(flow.state, kind)
      if (applied.kind === 'refused') throw applied.error
      more.check?.(flow)
      const next = { ...flow, state: applied.state, generation: flow.generation + 1 }
      await updateFlow(tx, flowId, next, now())
      return advance(options, tx, next, { from: flow.state, signal: kind, messageId, reason: more.reason, at: now() })
    })

  return {
    prepare: async (by, message) => {
      requireServed(message.profile)
      await requireEnabled(database, by)
      return open(flowOf(by, message, { role: 'consumer', state: 'PREPARED' }), message.messageId)
    },
    start: async (by, message) => {
      requireServed(message.profile)
      // DPS-04.
      checkDataAddress('start', message.profile, message.dataAddress)
      await requireEnabled(database, by)
      const { source, headers } = parseHttpSource(message.metadata?.dataAddress)
      const sourceSecret = await sourceSecrets.keep(by.contextId, headers)
      const flow = flowOf(by, message, { role: 'provider', state: 'STARTED', source, sourceSecret })
      if (sourceSecret === null) return open(flow, message.messageId)
      let used = false
      try {
        const answer = await open(flow, message.messageId)
        const stored = await database.tenant(by.contextId, (tx) => readFlow(tx, flow.id))
        used = stored?.sourceSecret === sourceSecret
        return answer
      } finally {
        // A refused or repeated message leaves nothing behind.
        if (!used) await sourceSecrets.forget(by.contextId, sourceSecret)
      }
    },
    started: (by, flowId, message) =>
      signal(by, flowId, 'notify-started', message.messageId, {
        check: (flow) => {
          // DPS-05. The consumer's own client uses the address; nothing of it is kept here.
          checkDataAddress('started', flow.profile, message.dataAddress)
          if (message.dataAddress) readHttpAddress(flow.profile, message.dataAddress)
        },
      }),
    resume: (by, flowId, message) =>
      signal(by, flowId, 'resume', message.messageId, {
        check: (flow) => {
          if (!message.dataAddress) return
          // The owner of the endpoint makes the address: for a pull that is the provider (4.6).
          if (flow.role === 'provider')
            throw new WeftError(dpsErrors['data-address-forbidden'], { field: '/dataAddress' })
          readHttpAddress(flow.profile, message.dataAddress)
        },
      }),
    end: (by, flowId, end) => signal(by, flowId, end.signal, end.messageId, { reason: end.reason }),
    status: async (by, flowId) => {
      const flow = await database.tenant(by.contextId, (tx) => readFlow(tx, flowId))
      if (flow?.caller !== by.caller) throw new WeftError(dpsErrors['unknown-flow'])
      return flow
    },
    terminateAll: (contextId, reason) =>
      database.tenant(contextId, async (tx) => {
        for (const flow of await lockRunningFlows(tx)) {
          const next: DataFlow = { ...flow, state: 'TERMINATED', generation: flow.generation + 1 }
          await updateFlow(tx, flow.id, next, now())
          const step = { from: flow.state, signal: 'terminate', messageId: undefined, reason, at: now() } as const
          await advance(options, tx, next, step)
        }
      }),
  }
}

/** What every accepted signal does in its transaction: history, the answer, and the end of streams where there is one. */
async function advance(
  { processes, streams, logger }: DataFlowOptions,
  tx: Transaction,
  flow: DataFlow,
  step: {
    readonly from: DataFlowState | null
    readonly signal: DataFlowSignal
    readonly messageId: string | undefined
    readonly reason?: string | undefined
    readonly at: Date
  },
): Promise<GivenAnswer> {
  const { from, signal, messageId, reason, at } = step
  await processes.record(tx, {
    participantContextId: flow.participantContextId,
    processType: dataFlowProcess,
    processId: flow.id,
    from,
    to: flow.state,
    ...(reason === undefined ? {} : { reason }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(isFinalDataFlowState(flow.state) ? { tasks: [{ name: forgetTask, dueInMs: forgetAfterMs }] } : {}),
  })
  if (from === 'STARTED') await announceCut(tx, flow)
  afterCommit(tx, () => {
    // Here at once; the announcement is for the other replicas.
    streams.cut(flow.participantContextId, flow.id, flow.generation)
    logger.info('a data flow has moved', {
      category: 'dps',
      action: `data-flow.${signal}`,
      participantContextId: flow.participantContextId,
      counterparty: flow.counterparty,
      contractId: flow.agreementId,
      dataFlowId: flow.id,
      state: flow.state,
    })
  })
  const answer = answerOf(flow, signal, messageId, at)
  if (messageId !== undefined) await insertAnswer(tx, { ...answer, messageId }, at)
  return answer
}

/** A provider's flow that is STARTED comes with a token of its newest generation. */
function answerOf(flow: DataFlow, signal: DataFlowSignal, messageId: string | undefined, at?: Date): GivenAnswer {
  const withToken = at !== undefined && flow.role === 'provider' && flow.state === 'STARTED'
  const expiresAt = withToken ? Math.floor(at.getTime() / 1000) + tokenLifetimeSeconds : 0
  return {
    messageId: messageId ?? `${flow.id}:${signal}`,
    flowId: flow.id,
    signal,
    state: flow.state,
    token: withToken ? { generation: flow.generation, expiresAt } : null,
  }
}

/** The first answer to this message (4.9). @throws `data-plane.message-reused` when its id was another message's */
async function answeredBefore(
  tx: Transaction,
  messageId: string,
  flowId: string,
  signal: DataFlowSignal,
): Promise<GivenAnswer | undefined> {
  const before = await readAnswer(tx, messageId)
  if (before && (before.flowId !== flowId || before.signal !== signal)) {
    throw new WeftError(dataPlaneErrors['message-reused'], { field: '/messageId' })
  }
  return before
}

function requireServed(profile: string): void {
  if (!servedProfiles.includes(profile)) throw new WeftError(dpsErrors['unsupported-profile'], { field: '/profile' })
}

async function requireEnabled(database: ServiceDatabase, by: Signaller): Promise<void> {
  if (!(await database.tenant(by.contextId, isEnabled))) throw new WeftError(dataPlaneErrors['participant-unknown'])
}

function flowOf(
  by: Signaller,
  message: DataFlowPrepareMessage | DataFlowStartMessage,
  side: Pick<DataFlow, 'role' | 'state'> & Partial<Pick<DataFlow, 'source' | 'sourceSecret'>>,
): DataFlow {
  // A data address is found by this id in a path, so it must stay one segment.
  if (/[/\\\s]/.test(message.processId)) {
    throw new WeftError(requestErrors['invalid-field'], {
      field: '/processId',
      message: 'The process id has no slashes or spaces.',
    })
  }
  return {
    participantContextId: by.contextId,
    // DPS-27.
    id: message.processId,
    profile: message.profile,
    generation: 0,
    source: null,
    sourceSecret: null,
    ...side,
    caller: by.caller,
    counterparty: message.counterPartyId,
    agreementId: message.agreementId,
    datasetId: message.datasetId,
    bytesDelivered: 0,
  }
}

async function forget({ database, sourceSecrets }: DataFlowOptions, task: Task): Promise<void> {
  const contextId = task.participantContextId
  const flow = await database.tenant(contextId, (tx) => readFlow(tx, task.processId))
  if (flow) await sourceSecrets.forget(contextId, flow.sourceSecret)
  await database.tenant(contextId, async (tx) => {
    await deleteFlow(tx, task.processId)
    await task.complete(tx)
  })
}
