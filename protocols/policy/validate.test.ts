import { WeftError } from '@weft/foundation/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluatePolicy } from './evaluate.ts'
import { credentialClaims, operandRegistry } from './operands.ts'
import { parsePolicy } from './parse.ts'
import { anyPolicy } from './testing/arbitrary-policies.ts'
import { atomic, evaluation, permit } from './testing/builders.ts'
import { requireValidPolicy, validatePolicy } from './validate.ts'

const operands = operandRegistry()

describe('a policy that is to be stored', () => {
  it.each([
    [atomic('spatial', 'eq', 'EU'), 'policy.unknown-operand'],
    [atomic('dateTime', 'hasPart', '2026-01-01'), 'policy.unknown-operator'],
    [atomic('dateTime', 'before', '2026-01-01'), 'policy.unknown-operator'],
    [atomic('MembershipCredential', 'eq', 'revoked'), 'policy.invalid-right-operand'],
    [atomic('dateTime', 'lt', 'tomorrow'), 'policy.invalid-right-operand'],
    [atomic('dateTime', 'lt', '2026-02-30'), 'policy.invalid-right-operand'],
  ])('is refused for %j', (constraint, code) => {
    const policy = permit({ or: [atomic('MembershipCredential', 'eq', 'active'), constraint] })
    expect(validatePolicy(policy, operands)).toMatchObject([{ pointer: '/permission/0/constraint/0/or/1', code }])
    expect(() => requireValidPolicy(policy, operands)).toThrow(
      expect.objectContaining({ code, field: '/permission/0/constraint/0/or/1' }),
    )
  })

  it('is accepted when every constraint can be decided', () => {
    const policy = permit(atomic('MembershipCredential', 'eq', 'active'), atomic('dateTime', 'lt', '2030-01-01T00:00Z'))
    expect(validatePolicy(policy, operands)).toEqual([])
    expect(() => requireValidPolicy(policy, operands)).not.toThrow()
  })

  it('DSP-05: is refused without a permission or prohibition, since it could not be offered', () => {
    const empty = parsePolicy({ '@type': 'Set', obligation: [{ action: 'use' }] })
    expect(validatePolicy(empty, operands)).toMatchObject([{ pointer: '', code: 'policy.no-rule' }])
    expect(() => requireValidPolicy(empty, operands)).toThrow(WeftError)
  })

  it('is refused with a duty that nobody can verify', () => {
    const policy = parsePolicy({ '@type': 'Set', permission: [{ action: 'use', duty: [{ action: 'inform' }] }] })
    expect(validatePolicy(policy, operands)).toMatchObject([
      { pointer: '/permission/0/duty/0/action', code: 'policy.unknown-duty' },
    ])
  })

  it('is refused when an operand has no value in a phase in which it will be evaluated', () => {
    const bound = operandRegistry({ 'Access.*': { ...credentialClaims('X'), phases: ['catalog'] } })
    const policy = permit(atomic('Access.level', 'eq', 'a'))
    expect(validatePolicy(policy, bound, ['catalog'])).toEqual([])
    expect(validatePolicy(policy, bound, ['catalog', 'transfer'])).toMatchObject([
      { code: 'policy.operand-unavailable' },
    ])
  })

  it('lists every problem, and what it lists is never decided at evaluation', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const problems = validatePolicy(policy, operands).filter(({ code }) => code !== 'policy.no-rule')
        const text = JSON.stringify(evaluatePolicy(policy, evaluation()).explanation)
        for (const { pointer } of problems) expect(text).toContain(JSON.stringify(pointer.replace(/\/action$/, '')))
        if (problems.length > 0) expect(text).toContain('"satisfied":null')
      }),
    )
  })
})
