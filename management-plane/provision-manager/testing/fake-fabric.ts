import type { Consumer, Messaging } from '@weft/foundation/messaging'

type JsonObject = { readonly [name: string]: unknown }

interface AskedActivity {
  readonly orchestrationID: string
  readonly correlationId: string
  readonly activity: { readonly id: string; readonly type: string; readonly discriminator: string }
  readonly processingData: JsonObject
  readonly startedAt: string
}

/** What the fakes were sent, and what they can say. */
export interface FakeFabric {
  /** What the agents were asked for, in order. */
  readonly asked: readonly AskedActivity[]
  /** What the tenant manager was told. */
  readonly told: readonly { readonly kind: 'progress' | 'response'; readonly body: JsonObject }[]
  /** Says that an activity is done. */
  complete(orchestrationId: string, activityId: string, outputs?: JsonObject): Promise<void>
  fatal(orchestrationId: string, activityId: string, errorCode: string, errorDetail: string): Promise<void>
  /** Sends a manifest, as the tenant manager does. */
  request(manifest: JsonObject): Promise<void>
  stop(): Promise<void>
}

/** Stands in for the agents of the types and for the tenant manager. Agents answer only when a test lets them. */
export async function startFakeFabric(messaging: Messaging, types: readonly string[]): Promise<FakeFabric> {
  const asked: AskedActivity[] = []
  const told: { kind: 'progress' | 'response'; body: JsonObject }[] = []
  let sent = 0
  const consumers: Consumer[] = []
  for (const type of types) {
    const options = { durable: `fake-agent-${type}`, subject: `fabric.activity.${type}` }
    consumers.push(
      await messaging.consume(options, async ({ body }) => {
        asked.push(body as unknown as AskedActivity)
        return { kind: 'ack' }
      }),
    )
  }
  for (const kind of ['progress', 'response'] as const) {
    const options = { durable: `fake-tenant-manager-${kind}`, subject: `fabric.orchestration.${kind}` }
    consumers.push(
      await messaging.consume(options, async ({ body }) => {
        told.push({ kind, body })
        return { kind: 'ack' }
      }),
    )
  }
  const say = (subject: string, body: JsonObject): Promise<void> =>
    messaging.publish(subject, body, { dedupeKey: `fake-${sent++}-${Date.now()}` })
  return {
    asked,
    told,
    complete: (orchestrationId, activityId, outputs = {}) =>
      say('fabric.activity.result', { orchestrationId, activityId, outcome: 'complete', outputs }),
    fatal: (orchestrationId, activityId, errorCode, errorDetail) =>
      say('fabric.activity.result', {
        orchestrationId,
        activityId,
        outcome: 'fatal',
        outputs: {},
        errorCode,
        errorDetail,
      }),
    request: (manifest) => say('fabric.orchestration.request', manifest),
    stop: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
    },
  }
}
