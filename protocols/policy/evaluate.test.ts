import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combine } from './constraint.ts'
import type { Truth } from './decision.ts'
import { policyErrors } from './errors.ts'
import { evaluatePolicy, policyNotSatisfied } from './evaluate.ts'
import { credentialClaims, operandRegistry } from './operands.ts'
import { parsePolicy } from './parse.ts'
import { anyPolicy } from './testing/arbitrary-policies.ts'
import { atomic, evaluation, facts, membership, now, permit, prohibit } from './testing/builders.ts'

const held = evaluation([membership])
const nothing = evaluation()

function allowed(policy: ReturnType<typeof permit>, where = held): boolean {
  return evaluatePolicy(policy, where).allowed
}

describe('a decision under a policy', () => {
  it('explains what was looked for and what was found', () => {
    const policy = permit(atomic('MembershipCredential', 'eq', 'active'), {
      or: [atomic('dateTime', 'lt', '2026-01-01'), atomic('MembershipCredential.level', 'eq', 'gold')],
    })
    const decision = evaluatePolicy(policy, held)
    expect(decision.allowed).toBe(true)
    expect(decision.explanation.permissions).toMatchObject([
      {
        kind: 'permission',
        pointer: '/permission/0',
        applies: true,
        satisfied: true,
        constraints: [
          {
            pointer: '/permission/0/constraint/0',
            lookedFor: 'a valid credential of type MembershipCredential',
            found: ['active'],
            satisfied: true,
          },
          {
            kind: 'or',
            satisfied: true,
            constraints: [
              { pointer: '/permission/0/constraint/1/or/0', found: [now.toISOString()], satisfied: false },
              {
                lookedFor: 'the claim level of a valid credential of type MembershipCredential',
                found: ['gold'],
                satisfied: true,
              },
            ],
          },
        ],
      },
    ])
  })

  it('names the credentials that were presented instead of the one looked for', () => {
    const other = { ...membership, types: ['VerifiableCredential', 'ParticipantCredential'] }
    const policy = permit(atomic('MembershipCredential', 'eq', 'active'))
    const { allowed, explanation } = evaluatePolicy(policy, evaluation([other]))
    expect(allowed).toBe(false)
    const [constraint] = explanation.permissions[0]?.constraints ?? []
    expect(constraint).toMatchObject({
      satisfied: false,
      found: [],
      problem: { message: 'no credential of type MembershipCredential was presented, only ParticipantCredential' },
    })
  })

  it('tells the counterparty nothing of what was looked for or found', () => {
    const decision = evaluatePolicy(permit(atomic('MembershipCredential.secretLevel', 'eq', 'x')), held)
    const error = policyNotSatisfied(decision)
    expect(error.code).toBe('policy.not-satisfied')
    expect(error.message).not.toContain('Level')
    expect(error.detail).toBe(decision)
  })

  it('a credential counts only while it is valid', () => {
    const policy = permit(atomic('MembershipCredential', 'eq', 'active'))
    const at = (validFrom: Date, validUntil: Date) =>
      allowed(policy, evaluation([{ ...membership, validFrom, validUntil }]))
    const [before, after] = [new Date(now.getTime() - 1), new Date(now.getTime() + 1)]
    expect(at(before, after)).toBe(true)
    expect(at(now, after)).toBe(true)
    expect(at(before, now)).toBe(false)
    expect(at(after, after)).toBe(false)
  })

  it.each([
    [atomic('MembershipCredential.level', 'eq', 'gold'), true],
    [atomic('MembershipCredential.level', 'neq', 'gold'), false],
    [atomic('MembershipCredential.level', 'isAnyOf', ['silver', 'gold']), true],
    [atomic('MembershipCredential.level', 'isNoneOf', ['silver']), true],
    [atomic('MembershipCredential.level', 'gt', 'a'), false],
    [atomic('MembershipCredential.address.country', 'eq', 'DE'), true],
    [atomic('MembershipCredential.address', 'eq', 'DE'), false],
    [atomic('MembershipCredential.constructor', 'neq', 'x'), false],
    [atomic('MembershipCredential.since', 'eq', '2020'), true],
    [atomic('MembershipCredential.since', 'gteq', '2020.0'), true],
    [atomic('MembershipCredential.since', 'lt', '2020'), false],
    [atomic('MembershipCredential.since', 'lt', 'soon'), false],
    [atomic('MembershipCredential.roles', 'hasPart', 'b'), true],
    [atomic('MembershipCredential.roles', 'isAllOf', ['a', 'b']), true],
    [atomic('MembershipCredential.roles', 'isAllOf', ['a', 'c']), false],
    [atomic('MembershipCredential.roles', 'isPartOf', ['a', 'b', 'c']), true],
    [atomic('MembershipCredential.roles', 'isPartOf', ['a']), false],
    [atomic('MembershipCredential.roles', 'isAnyOf', ['a']), true],
    [atomic('MembershipCredential.roles', 'isNoneOf', ['a']), false],
    [atomic('MembershipCredential.roles', 'eq', 'a'), false],
    [atomic('dateTime', 'lteq', '2026-03-01T12:00Z'), true],
    [atomic('dateTime', 'lt', '2026-03-01T13:00:00+01:00'), false],
    [atomic('dateTime', 'eq', { '@value': '2026-03-01T12:00:00.000Z', '@type': 'xsd:dateTime' }), true],
    [atomic('odrl:dateTime', 'gt', '2026-03-01T11:59:59'), true],
  ])('compares typed (7.2): %j is %s', (constraint, expected) => {
    expect(allowed(permit(constraint))).toBe(expected)
  })

  it.each([
    ['an unknown left operand', atomic('spatial', 'eq', 'EU')],
    ['an unknown operator', atomic('dateTime', 'resembles', '2026-01-01')],
    ['an operator that the operand does not take', atomic('MembershipCredential', 'neq', 'active')],
    ['a right operand that is no instant', atomic('dateTime', 'lt', 'tomorrow')],
    ['a right operand of an unknown type', atomic('dateTime', 'lt', { '@value': '2030-01-01', '@type': 'ex:epoch' })],
    ['a right operand that is an unknown object', atomic('MembershipCredential.level', 'eq', { name: 'gold' })],
    ['no right operand at all', atomic('MembershipCredential.level', 'isAnyOf', [])],
    ['several right operands for an operator of one', atomic('dateTime', 'lt', ['2030-01-01', '2031-01-01'])],
    ['a claim that the credential does not have', atomic('MembershipCredential.colour', 'eq', 'red')],
    ['a claim of a credential that was not presented', atomic('OtherCredential.level', 'eq', 'gold')],
    ['several values that do not agree', atomic('MembershipCredential.roles', 'eq', 'a')],
  ])('fails closed for permissions and prohibitions: %s (7.1)', (_what, constraint) => {
    expect(allowed(permit(constraint))).toBe(false)
    expect(allowed(prohibit(constraint))).toBe(false)
    // Undecided is not false: xone with a constraint that holds must not turn it into a permission.
    expect(allowed(permit({ xone: [constraint, atomic('MembershipCredential', 'eq', 'active')] }))).toBe(false)
  })

  it('a prohibition wins over a permission, and only when all its constraints hold', () => {
    const gold = atomic('MembershipCredential.level', 'eq', 'gold')
    expect(allowed(prohibit())).toBe(false)
    expect(allowed(prohibit(gold))).toBe(false)
    expect(allowed(prohibit(gold, atomic('dateTime', 'gt', '2030-01-01')))).toBe(true)
  })

  it('not holding a credential is certain, so a prohibition about holding it does not apply', () => {
    expect(allowed(prohibit(atomic('SuspendedCredential', 'eq', 'active')))).toBe(true)
  })

  it('permissions are alternatives', () => {
    const action = 'use'
    const policy = parsePolicy({
      '@type': 'Set',
      permission: [
        { action, constraint: [atomic('MembershipCredential.level', 'eq', 'silver')] },
        { action, constraint: [atomic('MembershipCredential.level', 'eq', 'gold')] },
      ],
    })
    expect(evaluatePolicy(policy, held)).toMatchObject({
      allowed: true,
      summary: 'The permission /permission/1 is satisfied.',
    })
    expect(allowed(policy, nothing)).toBe(false)
  })

  it('allows with prohibitions or obligations alone what these do not deny, and nothing without any rule', () => {
    const only = (rules: object) => parsePolicy({ '@type': 'Set', ...rules })
    const gold = atomic('MembershipCredential.level', 'eq', 'gold')
    expect(allowed(only({ prohibition: [{ action: 'use', constraint: [gold] }] }))).toBe(false)
    expect(allowed(only({ prohibition: [{ action: 'display' }] }))).toBe(true)
    expect(allowed(only({ obligation: [{ action: 'use', constraint: [gold] }] }))).toBe(true)
    expect(allowed(only({ obligation: [{ action: 'use', constraint: [gold] }] }), nothing)).toBe(false)
    expect(allowed(only({}))).toBe(false)
  })

  it('a duty whose fulfilment nobody can tell denies', () => {
    const owed = parsePolicy({
      '@type': 'Set',
      permission: [{ action: 'use' }],
      obligation: [{ action: 'compensate' }],
    })
    const conditional = parsePolicy({ '@type': 'Set', permission: [{ action: 'use', duty: [{ action: 'inform' }] }] })
    expect(evaluatePolicy(owed, held)).toMatchObject({
      allowed: false,
      explanation: { obligations: [{ satisfied: null, problem: { code: policyErrors['unknown-duty'].code } }] },
    })
    expect(allowed(conditional)).toBe(false)
  })

  it('an action is covered by itself and by use, save for transfer', () => {
    const policy = (action: string) => parsePolicy({ '@type': 'Set', permission: [{ action }] })
    const asked = (action: string, permitted: string) => evaluatePolicy(policy(permitted), { ...held, action }).allowed
    expect(asked('display', 'use')).toBe(true)
    expect(asked('display', 'odrl:display')).toBe(true)
    expect(asked('use', 'display')).toBe(false)
    expect(asked('transfer', 'use')).toBe(false)
  })

  it('an operand without a value in a phase fails closed there', () => {
    const operands = operandRegistry({
      'Access.*': { ...credentialClaims('MembershipCredential'), phases: ['negotiation'] },
    })
    const policy = permit(atomic('Access.level', 'eq', 'gold'))
    const decide = (phase: 'negotiation' | 'monitor') => evaluatePolicy(policy, { ...held, phase, operands })
    expect(decide('negotiation').allowed).toBe(true)
    const [constraint] = decide('monitor').explanation.permissions[0]?.constraints ?? []
    expect(constraint).toMatchObject({ satisfied: null, problem: { code: policyErrors['operand-unavailable'].code } })
  })

  it('never throws, whatever the policy says', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const decision = evaluatePolicy(policy, held)
        expect(typeof decision.allowed).toBe('boolean')
        expect(() => JSON.stringify(decision)).not.toThrow()
      }),
    )
  })

  it('never allows less with fewer prohibitions', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        fc.pre(policy.permission.length > 0)
        const without = { ...policy, prohibition: [] }
        if (evaluatePolicy(policy, held).allowed) expect(evaluatePolicy(without, held).allowed).toBe(true)
      }),
    )
  })
})

describe('operands', () => {
  it('prefer an exact name, then the longest prefix, then the built-in credentials', () => {
    const marked = (name: string) => ({ ...credentialClaims('X'), lookedFor: () => name })
    const operands = operandRegistry({
      'MembershipCredential.*': marked('prefix'),
      'MembershipCredential.a*': marked('longer prefix'),
      'MembershipCredential.ab': marked('exact'),
    })
    const found = (name: string) => operands.find(name)?.lookedFor(name)
    expect(found('MembershipCredential.x')).toBe('prefix')
    expect(found('MembershipCredential.a')).toBe('longer prefix')
    expect(found('MembershipCredential.ab')).toBe('exact')
    expect(found('MembershipCredential')).toBe('a valid credential of type MembershipCredential')
    expect(found('dateTime')).toBe('the time of the evaluation')
    for (const unknown of ['spatial', 'Credentials', 'MembershipCredential.', 'toString', '__proto__']) {
      expect(operandRegistry().find(unknown)).toBeUndefined()
    }
  })

  it('cannot redefine dateTime', () => {
    expect(() => operandRegistry({ dateTime: credentialClaims('X') })).toThrow(/built in/)
  })

  it('follow claims into every subject and every item of a list', () => {
    const credential = {
      ...membership,
      subjects: [{ sites: [{ country: 'DE' }, { country: 'FR' }] }, { sites: { country: { '@value': 'PL' } } }],
    }
    const found = credentialClaims('MembershipCredential').resolve(
      'MembershipCredential.sites.country',
      facts([credential]),
    )
    expect(found).toEqual({ kind: 'found', values: ['DE', 'FR', 'PL'] })
  })
})

describe('logic with unknowns', () => {
  const truth = fc.constantFrom<Truth>(true, false, null)
  const truths = fc.array(truth, { minLength: 1, maxLength: 6 })

  it('xone holds when exactly one of its parts holds and the others do not', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (parts) => {
        expect(combine('xone', parts)).toBe(parts.filter(Boolean).length === 1)
        expect(combine('and', parts)).toBe(parts.every(Boolean))
        expect(combine('or', parts)).toBe(parts.some(Boolean))
      }),
    )
  })

  it('what is decided despite unknowns stays so however they turn out', () => {
    fc.assert(
      fc.property(
        truths,
        fc.constantFrom('and', 'or', 'xone', 'andSequence'),
        fc.infiniteStream(fc.boolean()),
        (parts, kind, outcomes) => {
          const before = combine(kind, parts)
          const known = parts.map((part) => part ?? (outcomes.next().value as boolean))
          const after = combine(kind, known)
          if (before !== null) expect(after).toBe(before)
          expect(after).not.toBeNull()
        },
      ),
    )
  })

  it('does not depend on the order of the parts', () => {
    fc.assert(
      fc.property(truths, fc.constantFrom('and', 'or', 'xone', 'andSequence'), (parts, kind) => {
        expect(combine(kind, [...parts].reverse())).toBe(combine(kind, parts))
      }),
    )
  })

  it('obeys De Morgan', () => {
    const not = (part: Truth) => (part === null ? null : !part)
    fc.assert(
      fc.property(truths, (parts) => {
        expect(not(combine('and', parts))).toBe(combine('or', parts.map(not)))
      }),
    )
  })
})
