import { parsePolicy } from '@weft/protocols/policy'
import { describe, expect, it } from 'vitest'
import { scopesOfMessage, scopesOfProfile } from './dataspace-profile.ts'

describe('the scopes of a message', () => {
  const scopes = scopesOfProfile(
    [
      { id: '1', type: 'DEFAULT', value: 'a', profile: '*', prefixMapping: null },
      { id: '2', type: 'DEFAULT', value: 'b', profile: 'other', prefixMapping: null },
      { id: '3', type: 'POLICY', value: 'm', profile: 'mine', prefixMapping: 'Membership' },
      { id: '4', type: 'POLICY', value: 'd', profile: '*', prefixMapping: 'DataAccess.' },
    ],
    'mine',
  )
  const policy = (leftOperand: string) =>
    parsePolicy({
      '@type': 'Set',
      permission: [{ action: 'use', constraint: [{ or: [{ leftOperand, operator: 'eq', rightOperand: 'x' }] }] }],
    })

  it('are those of the profile that always apply, and those that the policies at hand need', () => {
    expect(scopesOfMessage(scopes, [])).toEqual(['a'])
    expect(scopesOfMessage(scopes, [policy('MembershipCredential.level')])).toEqual(['a', 'm'])
    expect(scopesOfMessage(scopes, [policy('dateTime'), policy('DataAccess.level')])).toEqual(['a', 'd'])
    expect(scopesOfMessage(scopes, 'all')).toEqual(['a', 'm', 'd'])
  })
})
