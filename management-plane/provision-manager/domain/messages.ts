import { randomUUID } from 'node:crypto'
import { isJsonObject, type JsonObject } from '@weft/protocols/policy'
import type { Activity } from './activity-graph.ts'
import {
  type ActivityResult,
  type Advance,
  type Orchestration,
  type OrchestrationManifest,
  orchestrationState,
} from './orchestration.ts'

/** Subjects of the provision manager. */
export const subjects = {
  request: 'fabric.orchestration.request',
  progress: 'fabric.orchestration.progress',
  response: 'fabric.orchestration.response',
  result: 'fabric.activity.result',
  activity: (type: string) => `fabric.activity.${type}`,
} as const

export interface OutgoingMessage {
  readonly subject: string
  readonly body: JsonObject
}

/** An orchestration id becomes part of keys and subjects, so it has their letters only. */
export const orchestrationIdShape = /^[A-Za-z0-9_=.-]{1,128}$/

/** Everything that a step of an orchestration sends, in this order: new work, progress, the end. */
export function messagesOf(advance: Advance, at: Date): OutgoingMessage[] {
  const { orchestration } = advance
  const messages = advance.start.map((activity) => activityMessage(orchestration, activity, at))
  if (advance.completed && orchestration.state !== orchestrationState.errored) {
    messages.push(progressMessage(orchestration, advance.completed, advance.vpaTypes))
  }
  if (advance.ended) messages.push(responseMessage(orchestration))
  return messages
}

/** Asks the agents of a type to do an activity. `orchestrationID` is spelled as the fabric's agents know it. */
function activityMessage(orchestration: Orchestration, activity: Activity, at: Date): OutgoingMessage {
  const { id, type, dependsOn } = activity
  return {
    subject: subjects.activity(type),
    body: {
      orchestrationID: orchestration.id,
      correlationId: orchestration.correlationId,
      activity: { id, type, discriminator: orchestration.orchestrationType, dependsOn },
      processingData: orchestration.processingData,
      startedAt: at.toISOString(),
    },
  }
}

function progressMessage(
  orchestration: Orchestration,
  activity: Activity,
  vpaTypes: readonly string[],
): OutgoingMessage {
  const { id, correlationId, orchestrationType } = orchestration
  return {
    subject: subjects.progress,
    body: { manifestId: id, correlationId, orchestrationType, activityId: activity.id, vpaTypes },
  }
}

function responseMessage(orchestration: Orchestration): OutgoingMessage {
  const { id, correlationId, orchestrationType, outputData, errorCode, errorDetail } = orchestration
  const end = errorCode === null ? { success: true } : { success: false, errorCode, errorDetail }
  return {
    subject: subjects.response,
    body: { id: randomUUID(), manifestId: id, correlationId, orchestrationType, ...end, properties: outputData },
  }
}

/** Answers a manifest that cannot be run. */
export function refusalMessage(
  manifest: OrchestrationManifest,
  errorCode: string,
  errorDetail: string,
): OutgoingMessage {
  const { id, correlationId, orchestrationType } = manifest
  return {
    subject: subjects.response,
    body: {
      id: randomUUID(),
      manifestId: id,
      correlationId,
      orchestrationType,
      success: false,
      errorCode,
      errorDetail,
      properties: {},
    },
  }
}

/** Reads a manifest from a message; undefined when it is none. */
export function readManifest(body: JsonObject): OrchestrationManifest | undefined {
  const { id, correlationId, orchestrationType, payload } = body
  if (typeof id !== 'string' || !orchestrationIdShape.test(id)) return undefined
  if (typeof correlationId !== 'string' || typeof orchestrationType !== 'string') return undefined
  return { id, correlationId, orchestrationType, payload: isJsonObject(payload) ? payload : {} }
}

export interface ReceivedResult {
  readonly orchestrationId: string
  readonly result: ActivityResult
}

/** Reads an activity's result from a message; undefined when it is none. */
export function readResult(body: JsonObject): ReceivedResult | undefined {
  const { orchestrationId, activityId, outcome, outputs, errorCode, errorDetail } = body
  if (typeof orchestrationId !== 'string' || typeof activityId !== 'string' || !isJsonObject(outputs)) return undefined
  if (outcome === 'complete') return { orchestrationId, result: { outcome, activityId, outputs } }
  if (outcome !== 'fatal' || typeof errorCode !== 'string' || typeof errorDetail !== 'string') return undefined
  return { orchestrationId, result: { outcome, activityId, outputs, errorCode, errorDetail } }
}
