import type { JsonObject } from '@weft/protocols/policy'
import type { Activity } from './activity-graph.ts'

/** States as clients see them: integers. 2 and 3 are final. */
export const orchestrationState = { initialized: 0, running: 1, completed: 2, errored: 3 } as const
export type OrchestrationState = (typeof orchestrationState)[keyof typeof orchestrationState]

/** A request to run the orchestration of a type. */
export interface OrchestrationManifest {
  readonly id: string
  readonly correlationId: string
  readonly orchestrationType: string
  readonly payload: JsonObject
}

export interface Orchestration {
  readonly id: string
  readonly version: number
  readonly correlationId: string
  readonly orchestrationType: string
  readonly definitionId: string
  readonly state: OrchestrationState
  readonly stateTimestamp: Date
  readonly createdTimestamp: Date
  /** A copy: a definition that changes later does not change what runs. */
  readonly activities: readonly Activity[]
  /** Ids of the activities that agents were asked for. */
  readonly started: readonly string[]
  /** Ids of the activities that are done. */
  readonly completed: readonly string[]
  /** The manifest's payload and every output so far: what agents get to see. */
  readonly processingData: JsonObject
  /** Every output so far: what the response carries. */
  readonly outputData: JsonObject
  readonly errorCode: string | null
  readonly errorDetail: string | null
}

/** What an agent says of an activity. */
export type ActivityResult =
  | { readonly outcome: 'complete'; readonly activityId: string; readonly outputs: JsonObject }
  | {
      readonly outcome: 'fatal'
      readonly activityId: string
      readonly outputs: JsonObject
      readonly errorCode: string
      readonly errorDetail: string
    }

/** What follows from a step of an orchestration. */
export interface Advance {
  readonly orchestration: Orchestration
  /** Activities that may begin now, and were not begun before. */
  readonly start: readonly Activity[]
  /** The activity that was completed by this step. */
  readonly completed: Activity | null
  /** Kinds of VPA of which this step was the last activity. */
  readonly vpaTypes: readonly string[]
  /** Whether the orchestration came to its end by this step. */
  readonly ended: boolean
}

/** An orchestration before its first step. */
export function newOrchestration(
  manifest: OrchestrationManifest,
  activities: readonly Activity[],
  at: Date,
): Orchestration {
  return {
    id: manifest.id,
    version: 0,
    correlationId: manifest.correlationId,
    orchestrationType: manifest.orchestrationType,
    definitionId: manifest.orchestrationType,
    state: orchestrationState.initialized,
    stateTimestamp: at,
    createdTimestamp: at,
    activities,
    started: [],
    completed: [],
    processingData: manifest.payload,
    outputData: {},
    errorCode: null,
    errorDetail: null,
  }
}

export function isFinal(orchestration: Orchestration): boolean {
  return orchestration.state === orchestrationState.completed || orchestration.state === orchestrationState.errored
}

/** The first step: begins what depends on nothing. */
export function begin(orchestration: Orchestration, at: Date): Advance {
  return goOn({ ...orchestration, state: orchestrationState.running, stateTimestamp: at }, null, at)
}

/**
 * Applies a result; null when it changes nothing: the activity is done already, was never begun, or the orchestration
 * failed before. A sibling that completes after a failure is still recorded, since its effect exists; nothing follows.
 */
export function applyResult(orchestration: Orchestration, result: ActivityResult, at: Date): Advance | null {
  const activity = orchestration.activities.find(({ id }) => id === result.activityId)
  if (!activity || !orchestration.started.includes(activity.id)) return null
  if (orchestration.completed.includes(activity.id)) return null
  if (isFinal(orchestration) && result.outcome === 'fatal') return null
  const known: Orchestration = {
    ...orchestration,
    processingData: { ...orchestration.processingData, ...result.outputs },
    outputData: { ...orchestration.outputData, ...result.outputs },
  }
  if (result.outcome === 'fatal') return fail(known, result.errorCode, result.errorDetail, at)
  const done = { ...known, completed: [...known.completed, activity.id] }
  if (isFinal(orchestration)) return { orchestration: done, start: [], completed: activity, vpaTypes: [], ended: false }
  return goOn(done, activity, at)
}

/** Ends an orchestration as errored. */
export function fail(orchestration: Orchestration, errorCode: string, errorDetail: string, at: Date): Advance {
  const failed = { ...orchestration, state: orchestrationState.errored, stateTimestamp: at, errorCode, errorDetail }
  return { orchestration: failed, start: [], completed: null, vpaTypes: [], ended: true }
}

function goOn(orchestration: Orchestration, completed: Activity | null, at: Date): Advance {
  const { activities, started } = orchestration
  const done = new Set(orchestration.completed)
  const start = activities.filter(
    ({ id, dependsOn }) => !started.includes(id) && dependsOn.every((one) => done.has(one)),
  )
  const ended = done.size === activities.length
  const end = ended ? { state: orchestrationState.completed, stateTimestamp: at } : {}
  return {
    orchestration: { ...orchestration, started: [...started, ...start.map(({ id }) => id)], ...end },
    start,
    completed,
    vpaTypes: completed?.vpaType === undefined ? [] : finishedVpa(activities, done, completed.vpaType),
    ended,
  }
}

function finishedVpa(activities: readonly Activity[], done: ReadonlySet<string>, vpaType: string): readonly string[] {
  return activities.every((one) => one.vpaType !== vpaType || done.has(one.id)) ? [vpaType] : []
}
