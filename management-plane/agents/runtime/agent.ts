import type { Consumer, Message, Messaging, Verdict } from '@weft/foundation/messaging'
import { type Logger, withCorrelation } from '@weft/foundation/telemetry'
import { type Activity, deployType, type JsonObject, type Outcome, readActivity } from './activity.ts'
import { outcomeOfFailure } from './api-failure.ts'
import { agentErrors } from './errors.ts'

/** Does the activities of one type. It knows one system, and nothing of orchestrations. */
export interface Agent {
  readonly activityType: string
  /** Must bear repetition: a run may have had its effect before. What it throws is judged by `outcomeOfFailure`. */
  deploy(activity: Activity): Promise<Outcome>
}

/** When an activity that does not get done is given up: tried that often and older than that. */
export interface Patience {
  readonly tries: number
  readonly deadlineMs: number
}

export interface AgentSurroundings {
  readonly messaging: Messaging
  readonly logger: Logger
  readonly clock: () => number
  readonly patience: Patience
}

export const defaultPatience: Patience = { tries: 10, deadlineMs: 120_000 }

const resultSubject = 'fabric.activity.result'
/** Activities of one type that are done side by side, for different participants. */
const concurrency = 8
/** Longer than all calls of a run together. */
const ackWaitMs = 60_000
/** Far beyond what patience allows: a message is given up here by its result, not by the messaging. */
const maxDeliveries = 1000
const retryBaseMs = 200
const retryMaxMs = 10_000

/** Lets an agent take the activities of its type until the consumer is stopped. */
export function runAgent(surroundings: AgentSurroundings, agent: Agent): Promise<Consumer> {
  const { activityType } = agent
  const options = {
    durable: `agent-${activityType}`,
    subject: `fabric.activity.${activityType}`,
    concurrency,
    ackWaitMs,
    maxDeliveries,
  }
  return surroundings.messaging.consume(options, (message) => handle(surroundings, agent, message))
}

async function handle(surroundings: AgentSurroundings, agent: Agent, message: Message): Promise<Verdict> {
  const activity = readActivity(message)
  if (!activity) return { kind: 'reject', reason: 'not an activity message' }
  const outcome = await withCorrelation(activity.orchestrationId, () => perform(agent, activity))
  if (outcome.kind === 'complete' || outcome.kind === 'fatal') return answer(surroundings, agent, activity, outcome)
  if (isExhausted(surroundings, activity)) return answer(surroundings, agent, activity, givenUp(outcome))
  const afterMs = outcome.kind === 'schedule' ? outcome.afterMs : retryDelay(activity.attempt)
  if (outcome.kind === 'retry') {
    const { code, message: reason } = outcome
    surroundings.logger.warn('an activity failed and is tried again', {
      ...about(agent, activity),
      code,
      reason,
      afterMs,
    })
  }
  return { kind: 'retry', afterMs }
}

async function perform(agent: Agent, activity: Activity): Promise<Outcome> {
  if (activity.discriminator !== deployType) {
    const { code, title } = agentErrors['unsupported-orchestration']
    return { kind: 'fatal', code, message: `${title} (${activity.discriminator || 'no discriminator'})` }
  }
  try {
    return await agent.deploy(activity)
  } catch (error) {
    return outcomeOfFailure(error)
  }
}

/** Durable before the activity's message is acknowledged; a repeat is dropped here, or by the provision manager. */
async function answer(
  { messaging, logger }: AgentSurroundings,
  agent: Agent,
  activity: Activity,
  outcome: Extract<Outcome, { kind: 'complete' | 'fatal' }>,
): Promise<Verdict> {
  const { orchestrationId, activityId } = activity
  if (outcome.kind === 'fatal') {
    const { code, message: reason } = outcome
    logger.error('an activity failed for good', { ...about(agent, activity), code, reason })
  }
  const result: JsonObject =
    outcome.kind === 'complete'
      ? { outcome: 'complete', outputs: outcome.outputs }
      : { outcome: 'fatal', outputs: {}, errorCode: outcome.code, errorDetail: outcome.message }
  const dedupeKey = `${orchestrationId}/${activityId}/result`
  await messaging.publish(resultSubject, { orchestrationId, activityId, ...result }, { dedupeKey })
  return { kind: 'ack' }
}

function isExhausted({ clock, patience }: AgentSurroundings, activity: Activity): boolean {
  return activity.attempt >= patience.tries && clock() - activity.startedAt >= patience.deadlineMs
}

function givenUp(outcome: Extract<Outcome, { kind: 'retry' | 'schedule' }>): Extract<Outcome, { kind: 'fatal' }> {
  if (outcome.kind === 'retry') return { ...outcome, kind: 'fatal' }
  const { code, title } = agentErrors['not-finished']
  return { kind: 'fatal', code, message: `${title} Waited for: ${outcome.waitingFor}.` }
}

function retryDelay(attempt: number): number {
  return Math.min(retryBaseMs * 2 ** Math.min(attempt - 1, 16), retryMaxMs)
}

function about(agent: Agent, { orchestrationId, activityId, attempt }: Activity): Record<string, unknown> {
  return { action: `activity.${agent.activityType}`, orchestrationId, activityId, attempt }
}
