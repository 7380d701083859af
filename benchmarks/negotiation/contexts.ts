import { randomUUID } from 'node:crypto'
import { createWorkloadTokens } from '@weft/foundation/access'
import type { OutboundClient } from '@weft/foundation/http'
import { createApiClient, type VaultApi } from '@weft/sdk'
import { dataspaceProfile, managementContext, type Offer, type Organisation } from '@weft/sdk/demo'
import type { Deployment } from '../deployments.ts'
import { inFlight } from '../in-flight.ts'
import { residentMiB } from '../main-job/platform-process.ts'
import { atMost, type Figure, percentile, reported } from '../result.ts'
import { negotiateMany } from './negotiations.ts'

const few = 10
const many = 10_000
const limit = 16
const negotiations = 200
const warmUps = 50

/**
 * What idle participant contexts cost those that trade: the same negotiations beside ten contexts and beside ten thousand,
 * each with its rows in the control plane and its DID and keys in the identity hub.
 */
export async function measureContexts(
  deployment: Deployment,
  outbound: OutboundClient,
  consumer: Organisation,
  provider: Organisation,
  offer: Offer,
): Promise<Figure[]> {
  const add = await contextMaker(deployment, outbound)
  const look = async () => {
    await negotiateMany(consumer, provider, offer, warmUps, 1)
    const { times } = await negotiateMany(consumer, provider, offer, negotiations, 1)
    return { p95: percentile(times, 0.95), memory: residentMiB(deployment.runtimePid) }
  }
  await inFlight(few, limit, add)
  const before = await look()
  const began = Date.now()
  await inFlight(many - few, limit, add)
  const seconds = (Date.now() - began) / 1000
  const after = await look()
  return [
    reported(`beside ${few} contexts: negotiation, p95`, 'ms', before.p95),
    reported(`beside ${many} contexts: negotiation, p95`, 'ms', after.p95),
    atMost('p95, more for it', '%', (after.p95 / before.p95 - 1) * 100, 15),
    atMost('memory of the runtime, more for it', 'MiB', after.memory - before.memory, 100),
    reported('contexts added', '/s', (many - few) / seconds),
  ]
}

/** Adds contexts as the agents do it: a place for secrets, the context, its profile, its DID and key. */
async function contextMaker({ platform, operator, internalUrl }: Deployment, outbound: OutboundClient) {
  const path = { clientId: 'bench-access' }
  await operator.identityProvider.call('PUT /clients/{clientId}', {
    path,
    body: { role: 'workload', scopes: ['vault:clients:write'] },
  })
  const { body: secret } = await operator.identityProvider.call('POST /clients/{clientId}/secret', { path })
  const tokenUrl = `${platform.identityProvider.publicUrl}/token`
  const tokens = createWorkloadTokens({ ...secret, tokenUrl, outbound })
  const vault = createApiClient<VaultApi>({
    baseUrl: `${internalUrl}/vault/v1`,
    token: () => tokens.token(),
    outbound,
    timeoutMs: 30_000,
  })
  const host = new URL(platform.runtime.publicUrl).host.replace(':', '%3A')
  return async (): Promise<void> => {
    const participantContextId = randomUUID().replaceAll('-', '')
    const did = `did:web:${host}:idle-${participantContextId}`
    const context = { '@context': [managementContext] }
    await vault.call('PUT /clients/{clientId}', {
      path: { clientId: `${participantContextId}-vault` },
      body: { participantContextId },
    })
    await operator.management.call('POST /participants', {
      body: { ...context, '@type': 'ParticipantContext', '@id': participantContextId, identity: did },
    })
    await operator.management.call('PUT /participants/{participantContextId}/profiles', {
      path: { participantContextId },
      body: { ...context, '@type': 'AssociateDataspaceProfile', profiles: [dataspaceProfile] },
    })
    await operator.identity.call('POST /participants', {
      body: {
        participantContextId,
        did,
        key: { keyId: 'key-1', usage: ['sign_token', 'sign_presentation'] },
        active: true,
      },
    })
  }
}
