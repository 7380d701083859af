import { describe, expect, test } from 'vitest'
import type { Cell } from './cell.ts'
import type { DataspaceProfile } from './dataspace-profile.ts'
import { type DeploymentPlan, planDeployment } from './deployment-plan.ts'
import type { CellId, DataspaceProfileId } from './ids.ts'

function cell(id: string, state: Cell['state'] = 'active'): Cell {
  return { id: id as CellId, version: 0, externalId: null, state, stateTimestamp: new Date(0), properties: {} }
}

function dataspace(id: string, cells: readonly string[]): DataspaceProfile {
  const credential = (name: string, role?: string) => ({
    id: `${id}-${name}`,
    type: name,
    issuer: 'did:web:issuer.example',
    format: 'VC1_0_JWT',
    ...(role === undefined ? {} : { role }),
  })
  return {
    id: id as DataspaceProfileId,
    version: 0,
    dataspaceSpec: { credentialSpecs: [credential('Participant'), credential('Membership', 'member')] },
    artifacts: [],
    deployments: cells.map((cellId) => ({
      id: `${id}-${cellId}`,
      version: 0,
      state: 'active',
      stateTimestamp: '2026-01-01T00:00:00Z',
      cellId: cellId as CellId,
      externalCellId: '',
    })),
    properties: {},
  }
}

const identifier = 'did:web:cell.example:acme'

function plan(...args: Parameters<typeof planDeployment>): DeploymentPlan {
  const result = planDeployment(...args)
  if ('fault' in result) throw new Error(JSON.stringify(result.fault))
  return result
}

describe('planning a deployment', () => {
  test('takes the first active cell that a chosen dataspace is deployed to', () => {
    const cells = [cell('offline', 'offline'), cell('elsewhere'), cell('here')]
    expect(plan({ identifier }, cells, [dataspace('d', ['offline', 'here'])]).cell.id).toBe('here')
  })

  test('goes to the cell that is asked for, not to the first that fits', () => {
    const cells = [cell('first'), cell('second')]
    const both = [dataspace('d', ['first', 'second'])]
    expect(plan({ identifier, cellId: 'second' }, cells, both).cell.id).toBe('second')
  })

  test('refuses a cell that does not exist, is not active or does not serve the dataspace', () => {
    const cells = [cell('idle', 'offline'), cell('foreign'), cell('fine')]
    const profiles = [dataspace('d', ['idle', 'fine'])]
    const faultOf = (cellId: string) => planDeployment({ identifier, cellId }, cells, profiles)
    expect(faultOf('nowhere')).toEqual({ fault: { kind: 'unknown-cell', id: 'nowhere' } })
    expect(faultOf('idle')).toEqual({ fault: { kind: 'no-active-cell', id: 'idle' } })
    expect(faultOf('foreign')).toEqual({ fault: { kind: 'no-active-cell', id: 'foreign' } })
  })

  test('names the unknown dataspace profile', () => {
    const profiles = [dataspace('a', ['c']), dataspace('b', ['c'])]
    expect(planDeployment({ identifier, dataspaceProfileIds: ['a', 'x'] }, [cell('c')], profiles)).toEqual({
      fault: { kind: 'unknown-dataspace-profile', field: '/dataspaceProfileIds/1', id: 'x' },
    })
    const roles = { participantRoles: { b: ['member'] }, dataspaceProfileIds: ['a'] }
    expect(planDeployment({ identifier, ...roles }, [cell('c')], profiles)).toEqual({
      fault: { kind: 'unknown-dataspace-profile', field: '/participantRoles/b', id: 'b' },
    })
  })

  test('without any dataspace profile there is nothing to join', () => {
    expect(planDeployment({ identifier }, [cell('c')], [])).toEqual({ fault: { kind: 'no-dataspace-profile' } })
  })

  test('asks for the credentials of everybody and of the roles, dataspace by dataspace', () => {
    const profiles = [dataspace('a', ['c']), dataspace('b', ['c'])]
    const { credentials } = plan({ identifier, participantRoles: { b: ['member'] } }, [cell('c')], profiles)
    expect(credentials.map(({ id }) => id)).toEqual(['a-Participant', 'b-Participant', 'b-Membership'])
  })
})
