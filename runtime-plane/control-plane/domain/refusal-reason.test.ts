import { evaluatePolicy, operandRegistry, parsePolicy } from '@weft/protocols/policy'
import { describe, expect, it } from 'vitest'
import { publicRefusalReason } from './refusal-reason.ts'

describe('what a counterparty is told of a refusal', () => {
  it('names the offer’s constraint that did not hold and nothing of what was found', () => {
    const policy = parsePolicy({
      '@type': 'Set',
      permission: [
        {
          action: 'use',
          constraint: [{ leftOperand: 'MembershipCredential.level', operator: 'eq', rightOperand: 'gold' }],
        },
      ],
    })
    const decision = evaluatePolicy(policy, {
      phase: 'negotiation',
      action: 'use',
      operands: operandRegistry(),
      facts: {
        now: new Date(),
        counterparty: 'did:web:example.com',
        credentials: [
          {
            types: ['MembershipCredential'],
            issuer: 'did:web:issuer.example',
            subjects: [{ level: 'very-private-silver' }],
          },
        ],
      },
    })
    expect(decision.allowed).toBe(false)
    expect(publicRefusalReason(decision)).toContain('MembershipCredential.level eq gold')
    expect(publicRefusalReason(decision)).not.toContain('silver')
    expect(JSON.stringify(decision)).toContain('silver')
  })
})
