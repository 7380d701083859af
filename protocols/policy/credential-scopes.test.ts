import { expect, it } from 'vitest'
import { credentialTypesOf } from './credential-scopes.ts'
import { parsePolicy } from './parse.ts'
import { atomic } from './testing/builders.ts'

it('a policy needs the scopes whose prefix one of its left operands has, wherever it stands', () => {
  const policy = parsePolicy({
    '@type': 'Set',
    permission: [
      {
        action: 'use',
        constraint: [
          { or: [{ and: [atomic('MembershipCredential', 'eq', 'active')] }, atomic('dateTime', 'lt', '2030-01-01')] },
        ],
        duty: [{ action: 'use', constraint: [atomic('DataAccess.level', 'eq', 'x')] }],
      },
    ],
    prohibition: [{ action: 'use', constraint: [atomic('MembershipCredential.level', 'eq', 'none')] }],
    obligation: [{ action: 'use', constraint: [atomic('AuditCredential', 'eq', 'active')] }],
  })
  const mapping = ['AuditCredential', 'MembershipCredential', 'DataAccess.', 'OtherCredential', 'Membership'].map(
    (prefix) => ({ prefix, scope: prefix === 'Membership' ? 'read:MembershipCredential' : `read:${prefix}` }),
  )
  expect(credentialTypesOf(policy, mapping)).toEqual([
    'read:AuditCredential',
    'read:MembershipCredential',
    'read:DataAccess.',
  ])
  expect(credentialTypesOf(policy, [])).toEqual([])
})
