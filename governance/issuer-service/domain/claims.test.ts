import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimAt, isClaimPath, mapClaims, type Rule, ruleHolds } from './claims.ts'

const claims = { name: 'ACME', properties: { level: 3, since: '2026-01-01', partner: true } }
const rule = (claim: string, operator: Rule['operator'], value: unknown): Rule => ({
  type: 'expression',
  claim,
  operator,
  value,
})

describe('a rule', () => {
  test.each([
    [rule('name', 'EQ', 'ACME'), true],
    [rule('name', 'EQ', 'acme'), false],
    [rule('name', 'NEQ', 'Other'), true],
    [rule('properties.level', 'GT', 2), true],
    [rule('properties.level', 'GT', 3), false],
    [rule('properties.level', 'GEQ', 3), true],
    [rule('properties.level', 'LT', 3), false],
    [rule('properties.level', 'LEQ', 3), true],
    [rule('properties.since', 'LT', '2026-06-01'), true],
    [rule('properties.partner', 'EQ', true), true],
  ])('%j holds: %s', (candidate, expected) => {
    expect(ruleHolds(candidate, claims)).toBe(expected)
  })

  test('is not met by a claim that is missing, whatever the operator', () => {
    for (const operator of ['EQ', 'NEQ', 'GT', 'GEQ', 'LT', 'LEQ'] as const) {
      expect(ruleHolds(rule('properties.none', operator, 'x'), claims)).toBe(false)
    }
  })

  test('orders numbers with numbers and texts with texts only', () => {
    expect(ruleHolds(rule('properties.level', 'GT', '2'), claims)).toBe(false)
    expect(ruleHolds(rule('name', 'GT', 1), claims)).toBe(false)
  })
})

describe('a mapping', () => {
  test('copies claims to where the definition says', () => {
    const result = mapClaims(
      [
        { input: 'name', output: 'legalName', required: true },
        { input: 'properties.level', output: 'membership.level', required: true },
        { input: 'properties.since', output: 'membership.since', required: false },
        { input: 'properties.none', output: 'none', required: false },
      ],
      claims,
    )
    expect(result).toEqual({ subject: { legalName: 'ACME', membership: { level: 3, since: '2026-01-01' } } })
  })

  test('names the required claim that is missing', () => {
    expect(mapClaims([{ input: 'properties.none', output: 'none', required: true }], claims)).toEqual({
      missing: 'properties.none',
    })
  })
})

describe('a claim path', () => {
  test('reads own members only, for every path that is accepted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }), (names) => {
        const path = names.join('.')
        fc.pre(isClaimPath(path))
        expect(claimAt({}, path)).toBeUndefined()
        const { subject } = mapClaims([{ input: 'name', output: path, required: true }], claims) as { subject: object }
        expect(claimAt(subject as Record<string, unknown>, path)).toBe('ACME')
        expect(Object.getPrototypeOf(subject)).toBe(Object.prototype)
      }),
    )
  })

  test('is refused where a name has a meaning of its own in JavaScript', () => {
    for (const path of ['__proto__.x', 'a.constructor', 'prototype', '', 'a..b', 'a b']) {
      expect(isClaimPath(path)).toBe(false)
    }
  })
})
