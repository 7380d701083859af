import { describe, expect, it } from 'vitest'
import { type DataPlane, endpointBase, formatsFor, isDataPlane, selectDataPlane } from './data-plane.ts'

describe('data planes', () => {
  const plane = (id: string, profiles: string[], labels: string[] = []): DataPlane => ({
    id,
    endpoint: 'https://plane.example',
    profiles,
    labels,
    authorization: { type: 'workload' },
    registeredBy: 'client',
    createdAt: new Date(0),
  })

  it('are chosen by transfer type and by every label', () => {
    const all = [plane('a', ['P-PULL']), plane('b', ['P-PULL', 'Q-PULL'], ['eu', 'fast'])]
    expect(selectDataPlane(all, 'P-PULL', [])?.id).toBe('a')
    expect(selectDataPlane(all, 'P-PULL', ['eu'])?.id).toBe('b')
    expect(selectDataPlane(all, 'P-PULL', ['eu', 'cheap'])).toBeUndefined()
    expect(formatsFor(all, [])).toEqual(['P-PULL', 'Q-PULL'])
    expect(formatsFor(all, ['fast'])).toEqual(['P-PULL', 'Q-PULL'])
  })

  it('are known by the client that registered them', () => {
    expect(isDataPlane(plane('a', []), { subject: 'a', clientId: 'client' })).toBe(true)
    expect(isDataPlane(plane('a', []), { subject: 'a', clientId: 'a' })).toBe(false)
    expect(isDataPlane({ ...plane('a', []), registeredBy: null }, { subject: 'a', clientId: 'x' })).toBe(false)
  })

  it('may register the address of their flows or the base above it', () => {
    for (const endpoint of [
      'https://p.example/x',
      'https://p.example/x/',
      'https://p.example/x/dataflows',
      'https://p.example/x/dataflows/',
    ]) {
      expect(endpointBase(endpoint)).toBe('https://p.example/x')
    }
  })
})
