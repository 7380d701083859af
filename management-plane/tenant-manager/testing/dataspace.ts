import type { RunningTenantManager } from './running-tenant-manager.ts'

/** A cell, a dataspace profile that is deployed to it, and a tenant. */
export interface Dataspace {
  readonly cellId: string
  readonly dataspaceProfileId: string
  readonly tenantId: string
}

/** Sets up through the API what a participant needs to be deployed. */
export async function setUpDataspace(manager: RunningTenantManager): Promise<Dataspace> {
  const cell = await manager.call('POST', '/cells', { state: 'ACTIVE', stateTimestamp: '2026-01-01T00:00:00Z' })
  const credential = { issuer: 'did:web:issuer.example', format: 'VC1_0_JWT' }
  const profile = await manager.call('POST', '/dataspace-profiles', {
    dataspaceSpec: {
      protocolStack: ['dsp-2025-1'],
      credentialSpecs: [
        { id: 'participant-def', type: 'ParticipantCredential', ...credential },
        { id: 'membership-def', type: 'MembershipCredential', role: 'member', ...credential },
      ],
    },
    artifacts: [],
    properties: { name: 'demo' },
  })
  await manager.call('POST', `/dataspace-profiles/${profile.body.id}/deployments`, { cellId: cell.body.id })
  const tenant = await manager.call('POST', '/tenants', { properties: { name: 'Acme' } })
  return { cellId: cell.body.id, dataspaceProfileId: profile.body.id, tenantId: tenant.body.id }
}
