import { randomUUID } from 'node:crypto'
import { isRetryable, toWeftError, WeftError } from '@weft/foundation/errors'
import type { Task } from '@weft/foundation/processes'
import type { DataFlow } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import { type FlowParts, flowTasks, moveFlow, noteOfFlow, reportTask } from './flow-steps.ts'
import type { PeerAccess } from './peer-access.ts'
import type { PlaceSecrets } from './place-secrets.ts'
import { addDeliveredBytes, readFlow, takeCarriage } from './store/data-flows.ts'

export interface CarryingOptions extends FlowParts {
  readonly placeSecrets: PlaceSecrets
  readonly peers: PeerAccess
}

export interface Carrying {
  /** Interrupts what this process carries; it begins again elsewhere, or at the next start. */
  stop(): void
}

/** Tries that follow each other at once, and begins of one flow that a look later found broken. */
const tries = 8
const begins = 8
/** A task waits that long for the end of its carriage; then it goes on by itself, and a task after that time looks at it. */
const watchedMs = 5 * 60_000
/** A carriage whose process is gone is taken over after that. */
const leaseMs = 90_000
const renewEveryMs = 30_000

/** Whether a carriage is over here, or another process has it. */
type End = 'over' | 'elsewhere'

interface Running {
  readonly generation: number
  readonly end: Promise<End>
}

/**
 * Registers the task that moves the bytes of flows which this data plane carries itself: a push from its source, a pull
 * to its destination. When all have arrived the flow is COMPLETED and its control plane is told (DPS-11); when it fails
 * for good the control plane is told of the error, and the state stays (DPS-12).
 */
export function handleCarrying(options: CarryingOptions): Carrying {
  const { database, processes, streams, clock } = options
  const self = randomUUID()
  const running = new Map<string, Running>()
  const stopping = new AbortController()

  /** Takes the carriage of a flow that still is what the task was made for. */
  const take = (task: Task): Promise<DataFlow | End> =>
    database.tenant(task.participantContextId, async (tx) => {
      const flow = await readFlow(tx, task.processId, true)
      if (flow?.state !== 'STARTED' || flow.generation !== task.payload.generation) return 'over'
      const at = clock()
      return (await takeCarriage(tx, flow.id, self, new Date(at), new Date(at + leaseMs))) ? flow : 'elsewhere'
    })

  const keepTaking = (flow: DataFlow): (() => void) => {
    const timer = setInterval(() => {
      const at = clock()
      database
        .tenant(flow.participantContextId, (tx) =>
          takeCarriage(tx, flow.id, self, new Date(at), new Date(at + leaseMs)),
        )
        .catch((error: unknown) => logFault(options, flow, error))
    }, renewEveryMs).unref()
    return () => clearInterval(timer)
  }

  const release = async (flow: DataFlow): Promise<void> => {
    const past = new Date(0)
    await database.tenant(flow.participantContextId, (tx) => takeCarriage(tx, flow.id, self, new Date(clock()), past))
  }

  const carry = async (task: Task): Promise<End> => {
    const { participantContextId: contextId, processId } = task
    const cut = new AbortController()
    // Entered before the state is read: see OpenStreams.
    const leave = streams.enter(contextId, processId, Number(task.payload.generation), () =>
      cut.abort(new WeftError(dataPlaneErrors['flow-not-started'])),
    )
    try {
      const flow = await take(task)
      if (typeof flow === 'string') return flow
      const stopTaking = keepTaking(flow)
      try {
        const signal = AbortSignal.any([cut.signal, stopping.signal])
        const bytes = await withoutHanging(signal, carriageOf(options, flow, signal))
        await finish(options, flow, bytes)
      } catch (error) {
        // A flow that was suspended or ended has nothing left to carry, whatever broke by it.
        if (!cut.signal.aborted) throw error
      } finally {
        stopTaking()
        await release(flow)
      }
      return 'over'
    } finally {
      leave()
    }
  }

  const begin = (task: Task): Running => {
    const key = keyOf(task)
    const end = carry(task)
    const one: Running = { generation: Number(task.payload.generation), end }
    running.set(key, one)
    // A failure stays to be found by the task that looks after it; an end that went well needs no more looking after.
    end.then(
      () => running.get(key) === one && running.delete(key),
      () => undefined,
    )
    return one
  }

  const handle = async (task: Task): Promise<void> => {
    const known = running.get(keyOf(task))
    const isKnown = known?.generation === task.payload.generation
    const begun = Number(task.payload.begun ?? 0)
    if (!isKnown && begun >= begins) throw new WeftError(dataPlaneErrors['carriage-given-up'])
    const { end } = isKnown && known ? known : begin(task)
    try {
      if ((await endsWithin(end, watchedMs)) === 'over') return
    } catch (error) {
      running.delete(keyOf(task))
      throw error
    }
    await database.tenant(task.participantContextId, async (tx) => {
      const flow = await readFlow(tx, task.processId)
      if (flow) {
        const payload = { generation: task.payload.generation, begun: isKnown ? begun : begun + 1 }
        const tasks = [{ name: flowTasks.carry, dueInMs: watchedMs, payload }]
        await noteOfFlow(options, tx, flow, 'the data is being moved', tasks)
      }
      await task.complete(tx)
    })
  }

  const policy = { limit: tries, baseMs: 1_000, maxMs: 60_000, exhausted: giveUp(options) }
  processes.handle(flowTasks.carry, policy, handle)
  return { stop: () => stopping.abort(new WeftError(dataPlaneErrors['carriage-interrupted'])) }
}

function carriageOf(options: CarryingOptions, flow: DataFlow, signal: AbortSignal): Promise<number> {
  const transport = options.transports.find(flow.profile)
  if (!transport) throw new WeftError(dataPlaneErrors['carriage-given-up'], { detail: 'no transport' })
  const ownHeaders = () => options.placeSecrets.headers(flow.participantContextId, flow.ownEndSecret)
  return transport.carry({ flow, ownHeaders, peer: options.peers.of(flow), signal })
}

/** DPS-11: the last byte has arrived. A flow that was suspended in this moment stays as it is. */
async function finish(options: CarryingOptions, flow: DataFlow, bytes: number): Promise<void> {
  await options.database.tenant(flow.participantContextId, async (tx) => {
    const current = await readFlow(tx, flow.id, true)
    if (current?.state !== 'STARTED' || current.generation !== flow.generation) return
    await addDeliveredBytes(tx, flow.id, bytes)
    const tasks = [reportTask('completed', { state: 'COMPLETED' })]
    await moveFlow(options, tx, current, { signal: 'complete', reason: 'all data has been moved', tasks })
  })
}

/** DPS-12: the state stays; the control plane and the history say why nothing moves. */
function giveUp(options: CarryingOptions) {
  return async (task: Task, error: Error): Promise<void> => {
    const { code, message } = toWeftError(error)
    await options.database.tenant(task.participantContextId, async (tx) => {
      const flow = await readFlow(tx, task.processId, true)
      if (flow?.state === 'STARTED' && flow.generation === task.payload.generation) {
        const reason = `${code}: ${message}`
        await noteOfFlow(options, tx, flow, reason, [reportTask('errored', flow, reason)])
      }
      await task.complete(tx)
    })
  }
}

/** A transport that does not look at its signal is left behind. */
async function withoutHanging<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** How the work ends, or undefined when it does not in this time. @throws what the work throws */
async function endsWithin<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), milliseconds)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function keyOf({ participantContextId, processId }: Task): string {
  return JSON.stringify([participantContextId, processId])
}

function logFault({ logger }: CarryingOptions, flow: DataFlow, error: unknown): void {
  logger.warn('the carriage of a data flow could not be kept', {
    category: 'dps',
    action: flowTasks.carry,
    participantContextId: flow.participantContextId,
    dataFlowId: flow.id,
    retryable: isRetryable(error),
    error,
  })
}
