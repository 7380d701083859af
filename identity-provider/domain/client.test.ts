import { describe, expect, test } from 'vitest'
import { clientFrom, mayManage, seededClientFrom } from './client.ts'
import { hashOf, newClientSecret, secretMatches } from './client-secret.ts'

describe('a client', () => {
  test('has its scopes sorted and once', () => {
    const client = clientFrom({ clientId: 'a', role: 'workload', scopes: ['b:read', 'a:write', 'b:read'] })
    expect(client).toEqual({
      clientId: 'a',
      role: 'workload',
      participantContextId: null,
      scopes: ['a:write', 'b:read'],
    })
  })

  test('of the settings has a secret that nobody can guess', () => {
    const seed = { clientId: 'a', role: 'admin', scopes: [] } as const
    expect(() => seededClientFrom({ ...seed, clientSecret: 'x'.repeat(31) })).toThrow(
      expect.objectContaining({ code: 'request.invalid-field', field: 'clientSecret' }),
    )
    expect(seededClientFrom({ ...seed, clientSecret: 'x'.repeat(32) }).client.role).toBe('admin')
  })

  test('that is not a participant’s is managed by administrators only', () => {
    expect(mayManage('admin', { role: 'workload' })).toBe(true)
    expect(mayManage('workload', { role: 'participant' })).toBe(true)
    for (const role of ['admin', 'workload', 'provisioner'] as const)
      expect(mayManage('workload', { role })).toBe(false)
  })
})

describe('a client secret', () => {
  test('matches its own hash only, and only for its own client', () => {
    const secret = newClientSecret()
    const hash = hashOf('a', secret)
    expect(secretMatches('a', secret, hash)).toBe(true)
    expect(secretMatches('b', secret, hash)).toBe(false)
    for (const wrong of [newClientSecret(), `${secret}x`, '', hash]) expect(secretMatches('a', wrong, hash)).toBe(false)
    expect(secretMatches('a', '', '')).toBe(false)
  })

  test('is new each time', () => {
    expect(new Set(Array.from({ length: 100 }, newClientSecret)).size).toBe(100)
  })
})
