import { randomUUID } from 'node:crypto'
import type { Messaging } from '@weft/foundation/messaging'

type JsonObject = { readonly [name: string]: unknown }

export interface FakeProvisionManager {
  /** Every result that came, in order. */
  readonly results: readonly JsonObject[]
  /** Asks for an activity and returns the orchestration's id. */
  ask(type: string, more?: JsonObject): Promise<string>
  /** Waits for the result of the one activity of an orchestration. */
  resultOf(orchestrationId: string): Promise<JsonObject>
  stop(): Promise<void>
}

/** The participant profile whose deployment the fake asks for, and what it would be deployed with. */
export const participant = {
  profileId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  contextId: '3f2504e04f8941d39a0c0305e82c3301',
  did: 'did:web:cell.example:acme',
  tenantId: 'tenant-1',
} as const

export const processingData: JsonObject = {
  'cfm.participant.id': participant.did,
  'cfm.tenant.id': participant.tenantId,
  'cfm.vpa.data': [
    { id: 'vpa-1', vpaType: 'cfm.connector', cellId: 'cell-1', externalCellId: '', properties: {} },
    {
      id: 'vpa-4',
      vpaType: 'cfm.issuer',
      cellId: 'cell-1',
      externalCellId: '',
      properties: { name: 'Acme', since: '2026' },
    },
  ],
  'cfm.vpa.credentials': [
    { id: 'def-1', type: 'ParticipantCredential', issuer: 'did:web:issuer.example', format: 'VC1_0_JWT', role: '' },
    {
      id: 'def-2',
      type: 'MembershipCredential',
      issuer: 'did:web:issuer.example',
      format: 'VC1_0_JWT',
      role: 'member',
    },
  ],
  participantContextId: participant.contextId,
}

/** Stands in for the provision manager: asks for single activities and collects results. */
export async function startFakeProvisionManager(messaging: Messaging): Promise<FakeProvisionManager> {
  const results: JsonObject[] = []
  const consumer = await messaging.consume(
    { durable: 'fake-provision-manager', subject: 'fabric.activity.result', concurrency: 8 },
    async ({ body }) => {
      results.push(body)
      return { kind: 'ack' }
    },
  )
  return {
    results,
    ask: async (type, more = {}) => {
      const orchestrationID = randomUUID()
      const activity = { id: type, type, discriminator: 'cfm.orchestration.vpa.deploy', dependsOn: [] }
      const body = {
        orchestrationID,
        correlationId: participant.profileId,
        activity,
        processingData,
        startedAt: new Date().toISOString(),
        ...more,
      }
      await messaging.publish(`fabric.activity.${type}`, body, { dedupeKey: orchestrationID })
      return orchestrationID
    },
    resultOf: async (orchestrationId) => {
      const end = Date.now() + 20_000
      for (;;) {
        const result = results.find((one) => one.orchestrationId === orchestrationId)
        if (result) return result
        if (Date.now() > end) throw new Error('the activity was not answered')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    stop: () => consumer.stop(),
  }
}
