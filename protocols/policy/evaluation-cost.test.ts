import { describe, expect, it } from 'vitest'
import { evaluatePolicy, operandRegistry, parsePolicy, policyLimits, samePolicy } from './index.ts'

const operands = operandRegistry()
const texts = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

function offer(constraints: number, rightOperands: number, operator: string) {
  const constraint = Array.from({ length: constraints }, () => ({
    leftOperand: 'MembershipCredential.roles',
    operator,
    rightOperand: texts(rightOperands, 'r'),
  }))
  return { '@type': 'Offer', '@id': 'o', target: 'a', permission: [{ action: 'use', constraint }] }
}

function factsWith(roles: number) {
  const subjects = [{ id: 'did:web:consumer.example', roles: texts(roles, 'role') }]
  const credential = {
    types: ['MembershipCredential'],
    issuer: 'did:web:issuer.example',
    subjects,
    validFrom: new Date(0),
  }
  return { now: new Date(), counterparty: 'did:web:consumer.example', credentials: [credential] }
}

function timed<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const began = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(began)
  return { result, ms: (user + system) / 1000 }
}

describe('a policy that is made to cost much', () => {
  it('is refused beyond so many right operands in all', () => {
    expect(() => parsePolicy(offer(11, 1000, 'isAnyOf'))).toThrowError(
      expect.objectContaining({ code: 'policy.too-large' }),
    )
  })

  it.each(['isAnyOf', 'isAllOf', 'isNoneOf', 'isPartOf', 'hasPart'])(
    'is decided in bounded time, against whoever wrote it: %s',
    (operator) => {
      const policy = parsePolicy(offer(10, policyLimits.allRightOperands / 10, operator))
      const evaluation = { phase: 'negotiation', action: 'use', operands, facts: factsWith(5000) } as const
      const { result, ms } = timed(() => evaluatePolicy(policy, evaluation))
      expect(result.allowed).toBe(false)
      expect(JSON.stringify(result)).toContain('too many comparisons')
      expect(ms).toBeLessThan(1000)
      expect(timed(() => samePolicy(policy, policy)).ms).toBeLessThan(2000)
    },
  )

  it('costs nobody who writes a policy for people', () => {
    const policy = parsePolicy(offer(20, 100, 'isNoneOf'))
    const evaluation = { phase: 'negotiation', action: 'use', operands, facts: factsWith(20) } as const
    expect(evaluatePolicy(policy, evaluation).allowed).toBe(true)
  })
})
