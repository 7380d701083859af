import { describe, expect, test } from 'vitest'
import type { CellId, TenantId } from './ids.ts'
import { deployManifest, readResponse } from './messages.ts'
import { pendingProfile, withActiveVpas, withDeploymentResult } from './participant-profile.ts'

const early = new Date('2026-01-01T00:00:00Z')
const later = new Date('2026-01-01T00:00:01Z')

const target = {
  tenantId: 'tenant-1' as TenantId,
  cell: { id: 'cell-1' as CellId, externalId: null },
  dataspaceProfileIds: [],
}
const pending = pendingProfile(
  { identifier: 'did:web:cell.example:acme', vpaProperties: { 'cfm.issuer': { since: '2026' } }, properties: { a: 1 } },
  target,
  early,
)

const states = (profile: typeof pending) => Object.fromEntries(profile.vpas.map(({ type, state }) => [type, state]))

describe('a participant profile', () => {
  test('begins with four pending VPAs in the order of the fabric', () => {
    expect(pending.vpas.map(({ type, state }) => `${type} ${state}`)).toEqual([
      'cfm.connector pending',
      'cfm.credentialservice pending',
      'cfm.dataplane pending',
      'cfm.issuer pending',
    ])
    expect(pending.vpas[3]?.properties).toEqual({ since: '2026' })
  })

  test('a VPA that becomes active takes the time, the others keep theirs', () => {
    const after = withActiveVpas(pending, ['cfm.connector'], later)
    expect(after.vpas.map(({ stateTimestamp }) => stateTimestamp)).toEqual([
      later.toISOString(),
      early.toISOString(),
      early.toISOString(),
      early.toISOString(),
    ])
  })

  test('the same progress again changes nothing', () => {
    const once = withActiveVpas(pending, ['cfm.connector'], early)
    expect(withActiveVpas(once, ['cfm.connector'], later)).toBe(once)
    expect(withActiveVpas(pending, ['cfm.unknown'], later)).toBe(pending)
  })

  test('success makes all VPAs active and keeps the outputs beside the own properties', () => {
    const after = withDeploymentResult(pending, { success: true, properties: { participantContextId: 'pc' } }, later)
    expect(new Set(after.vpas.map(({ state }) => state))).toEqual(new Set(['active']))
    expect(after.properties).toEqual({ a: 1, 'cfm.vpa.state': { participantContextId: 'pc' } })
    expect(after.error).toBe(false)
  })

  test('a failure marks what was pending and leaves what is active', () => {
    const partly = withActiveVpas(pending, ['cfm.connector'], early)
    const failure = { success: false, properties: {}, errorCode: 'issuer.refused', errorDetail: 'no' } as const
    const after = withDeploymentResult(partly, failure, later)
    expect(states(after)).toEqual({
      'cfm.connector': 'active',
      'cfm.credentialservice': 'error',
      'cfm.dataplane': 'error',
      'cfm.issuer': 'error',
    })
    expect(after).toMatchObject({ error: true, errorCode: 'issuer.refused', errorDetail: 'no' })
  })
})

describe('messages', () => {
  test('the manifest carries what agents need, and not the properties of the profile', () => {
    const spec = { id: 'def', type: 'Membership', issuer: 'did:web:issuer.example', format: 'VC1_0_JWT' }
    const manifest = deployManifest(pending, [spec])
    expect(manifest).toMatchObject({
      correlationId: pending.id,
      orchestrationType: 'cfm.orchestration.vpa.deploy',
      payload: {
        'cfm.participant.id': 'did:web:cell.example:acme',
        'cfm.tenant.id': 'tenant-1',
        'cfm.vpa.credentials': [{ ...spec, role: '' }],
      },
    })
    expect(Object.keys(manifest.payload).sort()).toEqual([
      'cfm.participant.id',
      'cfm.tenant.id',
      'cfm.vpa.credentials',
      'cfm.vpa.data',
    ])
    expect((manifest.payload['cfm.vpa.data'] as object[])[0]).toEqual({
      id: pending.vpas[0]?.id,
      vpaType: 'cfm.connector',
      cellId: 'cell-1',
      externalCellId: '',
      properties: {},
    })
  })

  test('a failure without a reason gets one', () => {
    const response = readResponse({ manifestId: 'm', success: false, errorDetail: '' })
    expect(response?.result).toMatchObject({
      success: false,
      errorCode: 'tenant-manager.deployment-failed',
      errorDetail: 'The deployment failed without a reason.',
    })
  })

  test.each([{}, { manifestId: 1, success: true }, { manifestId: 'm' }])('%j is no response', (body) => {
    expect(readResponse(body)).toBeUndefined()
  })
})
