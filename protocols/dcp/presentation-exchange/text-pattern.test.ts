import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTextPattern } from './text-pattern.ts'

describe('patterns of presentation definitions', () => {
  it.each([
    ['Membership', 'MembershipCredential', true],
    ['^Membership', 'OtherMembership', false],
    ['Credential$', 'MembershipCredential', true],
    ['^MembershipCredential$', 'MembershipCredential', true],
    ['^MembershipCredential$', 'MembershipCredentials', false],
    ['^Membership.*$', 'MembershipCredential', true],
    ['^(MembershipCredential|DataCredential)$', 'DataCredential', true],
    ['^(?:MembershipCredential|DataCredential)$', 'MyDataCredential', false],
    ['^A$|^B$', 'B', true],
    ['a.c', 'xabcx', true],
    ['a\\.c', 'abc', false],
    ['https:\\/\\/example\\.com\\/.*\\/x', 'https://example.com/a/b/x', true],
    ['a\\|b', 'a|b', true],
    ['', 'anything', true],
    ['^$', '', true],
    ['^.*$', '', true],
  ])('%s in %s: %s', (pattern, text, expected) => {
    expect(parseTextPattern(pattern)?.(text)).toBe(expected)
    expect(new RegExp(pattern, 'u').test(text)).toBe(expected)
  })

  it.each(['(a+)+$', 'a*', 'a+', 'a?', '[a-z]', 'a{2}', '(a)(b)', '(?=a)', '\\d', '\\1', '(a', 'a)', 'a\\', '(?<n>a)'])(
    'does not take %s, which needs more',
    (pattern) => {
      expect(parseTextPattern(pattern)).toBeUndefined()
    },
  )

  it('means what regular expressions mean by it, for whatever it takes', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '.', '|', '$'), maxLength: 12 })
    const patterns = fc
      .array(fc.constantFrom('a', 'b', '.', '.*', '\\.', '\\|', '|', '^', '$'), { maxLength: 8 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const matches = parseTextPattern(pattern)
        if (matches !== undefined) expect(matches(text)).toBe(new RegExp(pattern, 'u').test(text))
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes no longer than the lengths of pattern and text say, whatever they are', () => {
    const matches = parseTextPattern(`${'.*a'.repeat(150)}b$`)
    const started = process.cpuUsage()
    expect(matches?.('a'.repeat(4096))).toBe(false)
    expect(matches?.('a'.repeat(4097))).toBe(false)
    const { user } = process.cpuUsage(started)
    expect(user / 1000).toBeLessThan(1_000)
  })
})
