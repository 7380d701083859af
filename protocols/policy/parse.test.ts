import { WeftError } from '@weft/foundation/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { policyErrors } from './errors.ts'
import { parsePolicy, policyLimits } from './parse.ts'
import { serialisePolicy } from './serialise.ts'
import { anyPolicy } from './testing/arbitrary-policies.ts'
import { atomic, permit } from './testing/builders.ts'

function refusalOf(json: unknown): { code: string; field: string | undefined } {
  try {
    parsePolicy(json)
  } catch (thrown) {
    if (thrown instanceof WeftError) return { code: thrown.code, field: thrown.field }
    throw thrown
  }
  throw new Error('the policy was accepted')
}

describe('reading policies', () => {
  it('gives back what was serialised', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(parsePolicy(serialisePolicy(policy))).toEqual(policy)
      }),
    )
  })

  it('throws nothing but WeftError for arbitrary JSON', () => {
    const nearly = fc.record(
      {
        '@type': fc.constantFrom('Set', 'Offer', 'Agreement', 'odrl:Offer', 7),
        '@id': fc.jsonValue(),
        permission: fc.oneof(
          fc.jsonValue(),
          fc.array(fc.record({ action: fc.jsonValue(), constraint: fc.jsonValue() }, { requiredKeys: [] })),
          fc.array(
            fc.record({
              action: fc.constant('use'),
              constraint: fc.array(
                fc.dictionary(
                  fc.constantFrom('leftOperand', 'operator', 'rightOperand', 'and', 'or', '__proto__', 'unit'),
                  fc.jsonValue(),
                ),
              ),
            }),
          ),
        ),
        prohibition: fc.jsonValue(),
        profile: fc.jsonValue(),
      },
      { requiredKeys: ['@type'] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), nearly), (json) => {
        try {
          parsePolicy(json)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WeftError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes terms with the odrl prefix and as full IRIs for the bare term (7.2)', () => {
    const odrl = 'http://www.w3.org/ns/odrl/2/'
    const policy = parsePolicy({
      '@type': `${odrl}Set`,
      permission: {
        action: { '@id': 'odrl:use' },
        constraint: {
          leftOperand: { '@id': `${odrl}dateTime` },
          operator: { '@id': 'odrl:lt' },
          rightOperand: '2030-01-01',
        },
      },
    })
    expect(policy).toEqual(permit(atomic('dateTime', 'lt', '2030-01-01')))
  })

  it('reads numbers and booleans as value objects, which DSP can carry', () => {
    const policy = permit(atomic('A', 'eq', 5), atomic('B', 'eq', [true, 'x', { '@value': 'y' }]))
    expect(serialisePolicy(policy).permission).toEqual([
      {
        action: 'use',
        constraint: [atomic('A', 'eq', { '@value': 5 }), atomic('B', 'eq', [{ '@value': true }, 'x', 'y'])],
      },
    ])
  })

  it('reads the leftover operator term-lteq as lteq and never writes it (7.2)', () => {
    expect(JSON.stringify(serialisePolicy(permit(atomic('A', 'term-lteq', '5'))))).toContain('"lteq"')
  })

  it.each([
    [null, '/'],
    [[], '/'],
    [{ '@type': 'Wish' }, '/@type'],
    [{ '@type': 'Offer' }, '/@id'],
    [{ '@type': 'Agreement', '@id': 'a', assigner: 'x', assignee: 'y' }, '/target'],
    [{ '@type': 'Set', permission: [{}] }, '/permission/0/action'],
    [{ '@type': 'Set', permission: ['use'] }, '/permission/0'],
    [
      { '@type': 'Set', prohibition: [{ action: 'use', constraint: [{ leftOperand: 'a' }] }] },
      '/prohibition/0/constraint/0/operator',
    ],
    [{ '@type': 'Set', permission: [{ action: 'use', constraint: [{ and: [] }] }] }, '/permission/0/constraint/0/and'],
    [
      { '@type': 'Set', permission: [{ action: 'use', constraint: [atomic('a', 'eq', null)] }] },
      '/permission/0/constraint/0/rightOperand',
    ],
    [
      { '@type': 'Set', permission: [{ action: 'use', constraint: [atomic('a', 'eq', [['x']])] }] },
      '/permission/0/constraint/0/rightOperand/0',
    ],
  ])('names the JSON pointer of what is wrong: %j', (json, pointer) => {
    expect(refusalOf(json)).toEqual({ code: policyErrors.malformed.code, field: pointer })
  })

  it('refuses a constraint that is two things at once', () => {
    const both = { and: [atomic('a', 'eq', 'b')], or: [atomic('a', 'eq', 'b')] }
    const mixed = { ...atomic('a', 'eq', 'b'), xone: [atomic('a', 'eq', 'b')] }
    for (const constraint of [both, mixed]) expect(() => permit(constraint)).toThrow(/exactly one of/)
  })

  it('DSP-21, DSP-25: refuses a target of a rule, and other parts of ODRL that would narrow it unseen', () => {
    for (const name of ['target', 'odrl:assignee', 'http://www.w3.org/ns/odrl/2/refinement', 'remedy']) {
      const refused = refusalOf({ '@type': 'Set', permission: [{ action: 'use', [name]: 'x' }] })
      expect(refused.code).toBe(policyErrors.unsupported.code)
    }
    const unit = refusalOf({
      '@type': 'Set',
      permission: [{ action: 'use', constraint: [{ ...atomic('a', 'lt', '1'), unit: 'm' }] }],
    })
    expect(unit).toEqual({ code: policyErrors.unsupported.code, field: '/permission/0/constraint/0/unit' })
    expect(refusalOf({ '@type': 'Set', conflict: 'perm' }).code).toBe(policyErrors.unsupported.code)
    expect(() => parsePolicy({ '@type': 'Set', conflict: 'odrl:prohibit' })).not.toThrow()
  })

  it('ignores members without a meaning in ODRL', () => {
    const policy = parsePolicy({
      '@type': 'Set',
      permission: [{ action: 'use', 'ex:note': 1, constraint: [] }],
      'ex:x': {},
    })
    expect(policy).toEqual(permit())
  })

  it('X-09: bounds rules, constraints, depth, items and text', () => {
    const nested = (depth: number): unknown => (depth === 0 ? atomic('a', 'eq', 'b') : { and: [nested(depth - 1)] })
    const withConstraint = (...constraint: readonly unknown[]) => ({
      '@type': 'Set',
      permission: [{ action: 'use', constraint }],
    })
    expect(() => parsePolicy(withConstraint(nested(policyLimits.depth - 1)))).not.toThrow()
    const tooMuch = [
      withConstraint(nested(policyLimits.depth)),
      withConstraint({ or: Array(policyLimits.constraints).fill(atomic('a', 'eq', 'b')) }),
      withConstraint(atomic('a', 'isAnyOf', Array(policyLimits.rightOperands + 1).fill('x'))),
      withConstraint(atomic('a', 'eq', 'x'.repeat(policyLimits.text + 1))),
      { '@type': 'Set', permission: Array(policyLimits.rules + 1).fill({ action: 'use' }) },
    ]
    for (const json of tooMuch) expect(refusalOf(json).code).toBe(policyErrors['too-large'].code)
  })

  it('X-09: members of the prototype are not seen', () => {
    const json: unknown = JSON.parse('{"__proto__":{"@type":"Set"},"permission":[{"action":"use"}]}')
    expect(refusalOf(json).field).toBe('/@type')
    expect(refusalOf(Object.create({ '@type': 'Set' })).field).toBe('/@type')
  })
})
