import { describe, expect, it } from 'vitest'
import { instantsOf } from './instants.ts'
import { parsePolicy } from './parse.ts'

const until = (rightOperand: unknown, leftOperand = 'dateTime') => ({ leftOperand, operator: 'lteq', rightOperand })

describe('the instants of a policy', () => {
  it('are those of its constraints on the time, wherever they stand, in their order', () => {
    const policy = parsePolicy({
      '@type': 'Set',
      permission: [
        {
          action: 'use',
          constraint: [
            { or: [until('2031-01-01T00:00:00Z'), { and: [until({ '@value': '2030-01-01T00:00:00+01:00' })] }] },
            until('2032-01-01T00:00:00Z', 'MembershipCredential.since'),
            until('whenever'),
          ],
        },
      ],
      prohibition: [{ action: 'use', constraint: [until('2031-01-01T00:00:00Z'), until('2029-06-01T12:00:00Z')] }],
    })
    expect(instantsOf(policy).map((instant) => instant.toISOString())).toEqual([
      '2029-06-01T12:00:00.000Z',
      '2029-12-31T23:00:00.000Z',
      '2031-01-01T00:00:00.000Z',
    ])
  })

  it('are none without a constraint on the time', () => {
    expect(instantsOf(parsePolicy({ '@type': 'Set', permission: [{ action: 'use' }] }))).toEqual([])
  })
})
