import { WeftError } from '@weft/foundation/errors'
import type { Message } from '@weft/foundation/messaging'
import { agentErrors } from './errors.ts'

export type JsonObject = { readonly [name: string]: unknown }

/** The one kind of orchestration that agents do so far. */
export const deployType = 'cfm.orchestration.vpa.deploy'

/** An activity that the provision manager asks for. */
export interface Activity {
  readonly orchestrationId: string
  readonly activityId: string
  /** The orchestration's type: what shall be done. */
  readonly discriminator: string
  /** The participant profile. */
  readonly correlationId: string
  /** The manifest's payload and the outputs of earlier activities. */
  readonly data: JsonObject
  /** When the activity was first asked for, milliseconds since the epoch. */
  readonly startedAt: number
  /** 1 for the first run. */
  readonly attempt: number
}

/** How a run of an activity ended. Outputs hold ids only, never a secret: they travel and are shown. */
export type Outcome =
  | { readonly kind: 'complete'; readonly outputs: JsonObject }
  /** The target has begun and is not done: look again. */
  | { readonly kind: 'schedule'; readonly afterMs: number; readonly waitingFor: string }
  /** A fault that may pass. */
  | { readonly kind: 'retry'; readonly code: string; readonly message: string }
  | { readonly kind: 'fatal'; readonly code: string; readonly message: string }

/** Reads an activity from a message; undefined when it is none. */
export function readActivity({ body, delivery }: Message): Activity | undefined {
  const { orchestrationID, correlationId, activity, processingData, startedAt } = body
  if (typeof orchestrationID !== 'string' || !isJsonObject(activity) || typeof activity.id !== 'string')
    return undefined
  return {
    orchestrationId: orchestrationID,
    activityId: activity.id,
    discriminator: typeof activity.discriminator === 'string' ? activity.discriminator : '',
    correlationId: typeof correlationId === 'string' ? correlationId : '',
    data: isJsonObject(processingData) ? processingData : {},
    startedAt: typeof startedAt === 'string' ? Date.parse(startedAt) || 0 : 0,
    attempt: delivery,
  }
}

/** A text that earlier steps provided. @throws `agents.missing-input` */
function inputText(activity: Activity, name: string): string {
  const value = activity.data[name]
  if (typeof value === 'string' && value !== '') return value
  throw new WeftError(agentErrors['missing-input'], {
    field: name,
    message: `The processing data have no "${name}"; the orchestration definition lacks the activity that provides it.`,
  })
}

/** The participant's DID. @throws `agents.missing-input` */
export function participantDid(activity: Activity): string {
  return inputText(activity, 'cfm.participant.id')
}

/** The participant context, which the access agent named. @throws `agents.missing-input` */
export function participantContext(activity: Activity): string {
  return inputText(activity, 'participantContextId')
}

/** A virtual participant agent of the participant, as the tenant manager described it. */
export interface VpaData {
  readonly id: string
  readonly properties: JsonObject
}

/** The VPA of a type; undefined when the participant has none. */
export function vpaOf(activity: Activity, vpaType: string): VpaData | undefined {
  const all = activity.data['cfm.vpa.data']
  if (!Array.isArray(all)) return undefined
  const found = all.filter(isJsonObject).find((vpa) => vpa.vpaType === vpaType)
  if (!found || typeof found.id !== 'string') return undefined
  return { id: found.id, properties: isJsonObject(found.properties) ? found.properties : {} }
}

/**
 * Opaque ids that a runtime keeps with the participant context and writes into its log lines: tenant, and the VPA of the type.
 */
export function fabricIds(activity: Activity, vpaType: string): JsonObject {
  const tenantId = activity.data['cfm.tenant.id']
  const vpa = vpaOf(activity, vpaType)
  return { ...(typeof tenantId === 'string' ? { tenantId } : {}), ...(vpa ? { vpaId: vpa.id } : {}) }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
