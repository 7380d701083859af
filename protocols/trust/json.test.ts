import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonStrictly } from './json.ts'

describe('strict JSON (X-09)', () => {
  it.each([
    ['a duplicate key', '{"a":1,"a":2}'],
    ['a duplicate key further in', '[{"b":{"a":1,"c":2,"a":3}}]'],
    ['a duplicate key in another spelling', '{"a":1,"\\u0061":2}'],
    ['a duplicate key after white space', '{"a" : 1 ,\n "a"\t:2}'],
    ['a key __proto__', '{"__proto__":{"admin":true}}'],
    ['nesting deeper than 32', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['what is no JSON', '{a:1}'],
  ])('refuses %s', (_what, text) => {
    expect(() => parseJsonStrictly(text)).toThrow(SyntaxError)
  })

  it.each([
    ['the same key in different objects', '[{"a":1},{"a":2},{"b":{"a":3},"a":4}]'],
    ['a value that looks like a key', '{"a":"a","b":["a","a"]}'],
    ['quotes and braces in strings', '{"a":"\\"{[,:\\\\","b":"}"}'],
    ['nesting of 32', `${'['.repeat(32)}${']'.repeat(32)}`],
  ])('takes %s', (_what, text) => {
    expect(parseJsonStrictly(text)).toEqual(JSON.parse(text))
  })

  it('takes whatever was written by JSON.stringify', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        fc.pre(!text.includes('__proto__'))
        expect(parseJsonStrictly(text)).toEqual(JSON.parse(text))
      }),
    )
  })
})
