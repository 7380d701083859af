import type { Consumer, Messaging } from '@weft/foundation/messaging'

interface ReceivedManifest {
  readonly id: string
  readonly correlationId: string
  readonly payload: { readonly [name: string]: unknown }
}

/** Stands in for the provision manager: collects manifests, and says what a test lets it say. */
export interface FakeProvisionManager {
  readonly manifests: readonly ReceivedManifest[]
  progress(manifestId: string, vpaTypes: readonly string[]): Promise<void>
  respond(manifestId: string, end: { readonly [name: string]: unknown }): Promise<void>
  stop(): Promise<void>
}

const orchestrationType = 'cfm.orchestration.vpa.deploy'

export async function startFakeProvisionManager(messaging: Messaging): Promise<FakeProvisionManager> {
  const manifests: ReceivedManifest[] = []
  let sent = 0
  const consumer: Consumer = await messaging.consume(
    { durable: 'fake-provision-manager', subject: 'fabric.orchestration.request' },
    async ({ body }) => {
      manifests.push(body as unknown as ReceivedManifest)
      return { kind: 'ack' }
    },
  )
  const say = (subject: string, body: { readonly [name: string]: unknown }): Promise<void> =>
    messaging.publish(subject, { orchestrationType, ...body }, { dedupeKey: `fake-${sent++}-${Date.now()}` })
  return {
    manifests,
    progress: (manifestId, vpaTypes) => say('fabric.orchestration.progress', { manifestId, vpaTypes }),
    respond: (manifestId, end) => say('fabric.orchestration.response', { manifestId, ...end }),
    stop: () => consumer.stop(),
  }
}
