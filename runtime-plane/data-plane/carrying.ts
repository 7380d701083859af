import { randomUUID } from 'node:crypto'
import { isRetryable, toWeftError, WeftError } from '@weft/foundation/errors'
import type { JsonObject, Task, TaskRequest } from '@weft/foundation/processes'
import type { DataFlow } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import { type FlowParts, flowTasks, moveFlow, noteOfFlow, reportTask } from './flow-steps.ts'
import type { PeerAccess } from './peer-access.ts'
import type { PlaceSecrets } from './place-secrets.ts'
import { addDeliveredBytes, isCarried, readFlow, releaseCarriage, takeCarriage } from './store/data-flows.ts'

export interface CarryingOptions extends FlowParts {
  readonly placeSecrets: PlaceSecrets
  readonly peers: PeerAccess
}

export interface Carrying {
  /** Interrupts what this process carries and resolves when that is written down; it begins again at the next start. */
  stop(): Promise<void>
}

/** Tries of a carriage that fails in its first moments, and begins of one that fails later. */
const tries = 8
const begins = 8
/** A task waits that long for the end of its carriage; then it makes room for others, and the carriage goes on by itself. */
const watchedMs = 1_000
/** Somebody looks that often whether a carriage that goes on by itself has lost its process. */
const lookedAfterMs = 5 * 60_000
/** Without its process a carriage may be taken over after that. */
const leaseMs = 90_000
const renewEveryMs = 30_000
/** Flows that one process carries at a time; others wait for their turn. */
const mostCarriages = 64
const turnMs = 15_000

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
  const aftermaths = new Set<Promise<void>>()
  const stopping = new AbortController()

  const carrier = () => ({ by: self, now: new Date(clock()), until: new Date(clock() + leaseMs) })

  /** Takes the carriage of a flow that still is what the task was made for. */
  const take = (task: Task): Promise<DataFlow | End> =>
    database.tenant(task.participantContextId, async (tx) => {
      const flow = await readFlow(tx, task.processId, true)
      if (!flow || !isCurrent(flow, task)) return 'over'
      const onlyLost = task.payload.looksAfter === true
      if (await takeCarriage(tx, flow.id, carrier(), onlyLost)) return flow
      // What was let go has ended, and how it ended was written down.
      return (await isCarried(tx, flow.id)) ? 'elsewhere' : 'over'
    })

  const keepTaking = (flow: DataFlow): (() => void) => {
    const keep = () => database.tenant(flow.participantContextId, (tx) => takeCarriage(tx, flow.id, carrier()))
    const timer = setInterval(() => {
      keep().catch((error: unknown) => logFault(options, flow, error))
    }, renewEveryMs).unref()
    return () => clearInterval(timer)
  }

  const release = (task: Task): Promise<void> =>
    database.tenant(task.participantContextId, (tx) => releaseCarriage(tx, task.processId, self))

  /** Keeps the carriage when it fails: whoever writes the failure down lets go of it. */
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
      }
      await release(task)
      return 'over'
    } finally {
      leave()
    }
  }

  const begin = (task: Task): Running => {
    const key = keyOf(task)
    const one: Running = { generation: Number(task.payload.generation), end: carry(task) }
    running.set(key, one)
    const forget = (): void => {
      if (running.get(key) === one) running.delete(key)
    }
    one.end.then(forget, forget)
    return one
  }

  /** Completes a task and leaves the next one of the same flow. */
  const goOn = (task: Task, reason: string, next: TaskRequest): Promise<void> =>
    database.tenant(task.participantContextId, async (tx) => {
      const flow = await readFlow(tx, task.processId)
      if (flow && isCurrent(flow, task)) await noteOfFlow(options, tx, flow, reason, [next])
      await task.complete(tx)
    })
  const lookAfter = (task: Task): Promise<void> =>
    goOn(task, 'the data is being moved', carryTask(task, lookedAfterMs, { looksAfter: true }))

  const handle = async (task: Task): Promise<void> => {
    if (running.get(keyOf(task))?.generation === task.payload.generation) return lookAfter(task)
    if (running.size >= mostCarriages) return goOn(task, 'the data waits for its turn', carryTask(task, turnMs))
    const one = begin(task)
    const end = await endsWithin(one.end, watchedMs).catch(async (error: unknown): Promise<End> => {
      // A task that looks after a carriage is not repeated: it would take what was let go for ended.
      if (task.payload.looksAfter !== true) {
        await release(task)
        throw error
      }
      await writeDown(options, task, toWeftError(error), self)
      return 'over'
    })
    if (end === 'over') return
    await lookAfter(task)
    if (end === 'elsewhere') return
    // Nothing waits for its end any more, so what becomes of it is written down here.
    const aftermath = one.end.then(
      () => undefined,
      (error: unknown) => writeDown(options, task, toWeftError(error), self),
    )
    aftermaths.add(aftermath)
    void aftermath.then(() => aftermaths.delete(aftermath))
  }

  const policy = { limit: tries, baseMs: 1_000, maxMs: 60_000, exhausted: giveUp(options) }
  processes.handle(flowTasks.carry, policy, handle)
  return {
    stop: async () => {
      stopping.abort(new WeftError(dataPlaneErrors['carriage-interrupted']))
      await Promise.allSettled([...running.values()].map(({ end }) => end))
      await Promise.allSettled([...aftermaths])
    },
  }
}

function isCurrent(flow: DataFlow, task: Task): boolean {
  return flow.state === 'STARTED' && flow.generation === task.payload.generation
}

function carryTask(task: Task, dueInMs: number, more: JsonObject = {}): TaskRequest {
  return { name: flowTasks.carry, dueInMs, payload: { ...task.payload, ...more } }
}

/** A carriage that no task waited for has failed: it begins again after a while, some times, or the flow is given up. */
async function writeDown(options: CarryingOptions, task: Task, error: WeftError, self: string): Promise<void> {
  const begun = Number(task.payload.begun ?? 0)
  const again = error.entry.retryable && begun < begins
  try {
    await options.database.tenant(task.participantContextId, async (tx) => {
      const flow = await readFlow(tx, task.processId, true)
      await releaseCarriage(tx, task.processId, self)
      if (!flow || !isCurrent(flow, task)) return
      const reason = `${error.code}: ${error.message}`
      const next = again
        ? carryTask(task, 1_000 * 2 ** begun, { begun: begun + 1, looksAfter: false })
        : reportTask('errored', flow, reason)
      await noteOfFlow(options, tx, flow, reason, [next])
    })
  } catch (fault) {
    // Whoever looks after it finds it without a process.
    logFault(options, { participantContextId: task.participantContextId, id: task.processId }, fault)
  }
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
      if (flow && isCurrent(flow, task)) {
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

function logFault(
  { logger }: CarryingOptions,
  flow: Pick<DataFlow, 'participantContextId' | 'id'>,
  error: unknown,
): void {
  logger.warn('the carriage of a data flow could not be kept', {
    category: 'dps',
    action: flowTasks.carry,
    participantContextId: flow.participantContextId,
    dataFlowId: flow.id,
    retryable: isRetryable(error),
    error,
  })
}
