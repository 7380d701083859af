import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPredicate } from './predicate.ts'

function fault(text: string): string {
  const reading = readPredicate(text)
  if (!reading.fault) throw new Error(`${text} was read`)
  return `${reading.fault.kind}: ${reading.fault.message}`
}

function conditions(text: string) {
  const reading = readPredicate(text)
  if (reading.fault) throw new Error(reading.fault.message)
  return reading.predicate.map(({ path, value }) => [
    path.join('.'),
    value.kind === 'boolean' ? value.value : value.text,
  ])
}

describe('the predicate language', () => {
  test('reads conditions joined by AND in either case', () => {
    expect(conditions("properties.region = 'eu' AND version=3 and error = FALSE")).toEqual([
      ['properties.region', 'eu'],
      ['version', '3'],
      ['error', false],
    ])
  })

  test('true alone holds always', () => {
    expect(conditions(' true ')).toEqual([])
    expect(conditions('TRUE')).toEqual([])
  })

  test('false alone is a syntax error', () => {
    expect(fault('false')).toContain('syntax')
  })

  test('a name after a dot may be a UUID', () => {
    expect(conditions("participantRoles.7d1c0f2a-93b1-4c53-8f6e-0a5b1c2d3e4f = 'member'")).toEqual([
      ['participantRoles.7d1c0f2a-93b1-4c53-8f6e-0a5b1c2d3e4f', 'member'],
    ])
  })

  test('quotes in strings are written doubled or behind a backslash', () => {
    expect(conditions("a = 'it''s' AND b = 'it\\'s' AND c = 'back\\\\slash'")).toEqual([
      ['a', "it's"],
      ['b', "it's"],
      ['c', 'back\\slash'],
    ])
  })

  test.each([
    "a != 'b'",
    'a > 1',
    "a LIKE '%b'",
    "identifier like '%b%'",
    "a IN ('b')",
    'a IS NULL',
    "a = 'b' OR c = 'd'",
    "(a = 'b')",
    'a = NULL',
    "a NOT IN ('b')",
  ])('says that %s is not supported', (text) => {
    expect(fault(text)).toMatch(/^unsupported: line 1:\d+ .* is not supported; only = and AND are$/)
  })

  test.each([
    ['', 'line 1:1 the predicate ends where a field is expected'],
    ['a =', "line 1:4 the predicate ends where a 'string', a number, TRUE or FALSE is expected"],
    ["a = 'b' c = 'd'", 'line 1:9 there is "c" where AND or the end is expected'],
    ["a = 'b' AND", 'line 1:12 the predicate ends where a field is expected'],
    ["a = 'b", 'line 1:5 nothing of a predicate begins with "\'"'],
    ["a = 'b'; drop table tenant", 'line 1:8 nothing of a predicate begins with ";"'],
    ['= 1', 'line 1:1 there is "=" where a field is expected'],
    ["a = 'two\nlines'", 'line 1:5 nothing of a predicate begins with "\'"'],
  ])('points at the fault in %j', (text, message) => {
    expect(fault(text)).toBe(`syntax: parse error: ${message}`)
  })

  test('bounds length and number of conditions', () => {
    expect(fault(`a = '${'x'.repeat(5000)}'`)).toContain('at most 4096 characters')
    expect(fault(Array(40).fill('a=1').join(' AND '))).toContain('at most 32 conditions')
  })

  test('every string survives quoting', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((value) => !/[\r\n]/.test(value))
    fc.assert(
      fc.property(text, (value) => {
        const quoted = value.replaceAll('\\', '\\\\').replaceAll("'", "''")
        expect(conditions(`a = '${quoted}'`)).toEqual([['a', value]])
      }),
    )
  })

  test('no text makes it throw', () => {
    const pieces = fc.constantFrom(
      "'",
      'a',
      '.',
      '=',
      ' ',
      'AND',
      '\\',
      '1',
      '-',
      '(',
      'true',
      "''",
      '\n',
      ';',
      '$1',
      '--',
    )
    fc.assert(fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => void readPredicate(parts.join(''))))
  })
})
