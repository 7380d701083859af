import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { samePolicy } from './equality.ts'
import type { AtomicConstraint, Constraint, Duty, Policy, PolicyRules } from './model.ts'
import { parsePolicy } from './parse.ts'
import { serialisePolicy, toAgreement, toOffer } from './serialise.ts'
import { anyAtomic, anyConstraint, anyPolicy, anyText } from './testing/arbitrary-policies.ts'
import { atomic, permit } from './testing/builders.ts'

/** Everything that is a set, the other way round; andSequence and the parts of an unknown object keep their order. */
function reversed(policy: Policy): Policy {
  const constraint = (c: Constraint): Constraint => {
    if (c.kind === 'atomic') {
      const right = c.rightOperand
      return { ...c, rightOperand: Array.isArray(right) ? [...right].reverse() : right }
    }
    const parts = c.constraints.map(constraint)
    return { ...c, constraints: c.kind === 'andSequence' ? parts : parts.reverse() }
  }
  const rule = <R extends Duty>(r: R): R => ({ ...r, constraint: r.constraint.map(constraint).reverse() })
  return {
    ...policy,
    permission: policy.permission.map((p) => ({ ...rule(p), duty: p.duty.map(rule).reverse() })).reverse(),
    prohibition: policy.prohibition.map(rule).reverse(),
    obligation: policy.obligation.map(rule).reverse(),
  }
}

describe('policies with the same rules', () => {
  it('are found whatever the order of what is a set (7.1)', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(samePolicy(policy, reversed(policy))).toBe(true)
      }),
    )
  })

  it('are found whatever ids, kind, profile, target, parties and timestamp they have (7.1)', () => {
    fc.assert(
      fc.property(anyPolicy, anyText, anyText, (policy, id, target) => {
        const offer = toOffer(policy, id, target)
        const agreement = toAgreement(policy, {
          id: target,
          target: id,
          assigner: id,
          assignee: target,
          signedAt: new Date(0),
        })
        expect(samePolicy(offer, agreement)).toBe(true)
        const profiled = { ...offer, profile: [target] }
        expect(samePolicy(policy, profiled)).toBe(true)
      }),
    )
  })

  it('are found after a way over the wire', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const sent: unknown = JSON.parse(JSON.stringify(serialisePolicy(policy)))
        expect(samePolicy(policy, parsePolicy(sent))).toBe(true)
      }),
    )
  })

  it('differ with any change of an operand, however deep', () => {
    const withConstraint = (constraint: Constraint, siblings: readonly Constraint[]): PolicyRules => ({
      permission: [{ action: 'use', constraint: [{ kind: 'or', constraints: [...siblings, constraint] }], duty: [] }],
      prohibition: [],
      obligation: [],
    })
    const changes: readonly ((c: AtomicConstraint, text: string) => AtomicConstraint)[] = [
      (c, text) => ({ ...c, leftOperand: `${c.leftOperand}${text}` }),
      (c, text) => ({ ...c, operator: `${c.operator}${text}` }),
      (c, text) => ({
        ...c,
        rightOperand: [...(Array.isArray(c.rightOperand) ? c.rightOperand : [c.rightOperand]), text],
      }),
      (c, text) => ({ ...c, rightOperand: `${JSON.stringify(c.rightOperand)}${text}` }),
    ]
    fc.assert(
      fc.property(
        anyAtomic,
        fc.array(anyConstraint, { maxLength: 2 }),
        fc.constantFrom(...changes),
        anyText,
        (constraint, siblings, change, text) => {
          const before = withConstraint(constraint, siblings)
          expect(samePolicy(before, withConstraint(change(constraint, text), siblings))).toBe(false)
        },
      ),
    )
  })

  it('differ when a rule is added, moved to another kind, or has another action', () => {
    const base = permit(atomic('MembershipCredential', 'eq', 'active'))
    const [rule] = base.permission
    if (!rule) throw new Error('no rule')
    const others: PolicyRules[] = [
      { ...base, permission: [rule, { action: 'use', constraint: [], duty: [] }] },
      { ...base, permission: [rule, rule] },
      { ...base, permission: [{ ...rule, action: 'display' }] },
      { ...base, permission: [{ ...rule, duty: [{ action: 'inform', constraint: [] }] }] },
      { ...base, permission: [], prohibition: [rule] },
      { ...base, obligation: [rule] },
    ]
    for (const other of others) expect(samePolicy(base, other)).toBe(false)
  })

  it('tell the order of andSequence and the kind of a combination', () => {
    const [a, b] = [atomic('a', 'eq', '1'), atomic('b', 'eq', '2')]
    expect(samePolicy(permit({ andSequence: [a, b] }), permit({ andSequence: [b, a] }))).toBe(false)
    expect(samePolicy(permit({ and: [a, b] }), permit({ andSequence: [a, b] }))).toBe(false)
    expect(samePolicy(permit({ xone: [a, b] }), permit({ xone: [b, a] }))).toBe(true)
  })

  it('take a list of one for its item, as JSON-LD compaction writes it', () => {
    expect(samePolicy(permit(atomic('a', 'isAnyOf', ['x'])), permit(atomic('a', 'isAnyOf', 'x')))).toBe(true)
    expect(samePolicy(permit(atomic('a', 'isAnyOf', [])), permit(atomic('a', 'isAnyOf', [])))).toBe(true)
    expect(samePolicy(permit(atomic('a', 'eq', '5')), permit(atomic('a', 'eq', 5)))).toBe(false)
  })
})
