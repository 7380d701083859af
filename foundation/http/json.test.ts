import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from './index.ts'

function codeOf(text: string): string {
  try {
    parseJson(text)
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'accepted'
}

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

describe('X-09: JSON from outside', () => {
  test('reads what JSON.parse reads, to the same value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        // These keys are dropped, which another test is about.
        fc.pre(!/__proto__|constructor/.test(text))
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('refuses exactly the texts that JSON.parse refuses', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '1', 'a', '\\', ' ', '-', 'e') }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        let fine = true
        try {
          JSON.parse(text)
        } catch {
          fine = false
        }
        // A repeated key is the one thing that only we refuse.
        if (!fine) expect(codeOf(text)).toBe('request.malformed')
      }),
    )
  })

  test('refuses a key that occurs twice, wherever and however it is written', () => {
    for (const text of [
      '{"a":1,"a":2}',
      '[{"x":{"b":1,"c":{},"b":2}}]',
      '{"a":1,"\\u0061":2}',
      '{ "a" :1 , "a" : 1}',
    ]) {
      expect(codeOf(text), text).toBe('request.malformed')
    }
    for (const text of [
      '{"a":1,"b":{"a":1}}',
      '[{"a":1},{"a":1}]',
      '{"a":"a","b":"a"}',
      '{"a":["a","a"]}',
      '{"a":"\\"a\\":"}',
    ]) {
      expect(parseJson(text), text).toEqual(JSON.parse(text))
    }
  })

  test('refuses any object into which one of its keys is put a second time', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1, noNullPrototype: true })
    fc.assert(
      fc.property(object, fc.nat(), (value, at) => {
        const keys = Object.keys(value)
        const key = JSON.stringify(keys[at % keys.length])
        const text = JSON.stringify(value)
        expect(codeOf(`${text.slice(0, -1)},${key}:0}`)).toBe('request.malformed')
      }),
    )
  })

  test('refuses nesting deeper than 64 levels without exhausting the stack', () => {
    expect(codeOf(nested(64))).toBe('accepted')
    expect(codeOf(nested(65))).toBe('request.malformed')
    expect(codeOf('['.repeat(1_000_000))).toBe('request.malformed')
    expect(codeOf('{"a":'.repeat(100_000))).toBe('request.malformed')
  })

  test('makes keys that reach for a prototype inert, at any depth', () => {
    const keys = fc.constantFrom('__proto__', '\\u005f_proto__', 'constructor')
    const payload = fc.constantFrom('{"admin":true}', '{"prototype":{"admin":true}}', '[]', 'null')
    fc.assert(
      fc.property(keys, payload, fc.nat(20), (key, value, depth) => {
        const text = `${'{"a":'.repeat(depth)}{"${key}":${value}}${'}'.repeat(depth)}`
        let inner = parseJson(text) as Record<string, unknown>
        for (let level = 0; level < depth; level++) inner = inner.a as Record<string, unknown>
        const merged = Object.assign({}, inner) as { admin?: boolean; constructor?: { prototype?: unknown } }
        expect(merged.admin).toBeUndefined()
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
        expect(Object.hasOwn(inner, '__proto__')).toBe(false)
        if (Object.hasOwn(inner, 'constructor')) expect(merged.constructor?.prototype).toBeUndefined()
        expect(({} as { admin?: boolean }).admin).toBeUndefined()
      }),
    )
  })

  test('refuses numbers that nothing can hold, and takes a text that looks like one', () => {
    for (const number of ['1e999', '-1e999', '1E+400', '9'.repeat(400), '[{"a":1e309}]']) {
      expect(codeOf(number), number).toBe('request.malformed')
    }
    for (const fine of ['1e-999', '1e300', '"1e999"', `"${'9'.repeat(400)}"`, '{"a1e999":1}']) {
      expect(codeOf(fine), fine).toBe('accepted')
    }
  })

  test('keeps a harmless key named constructor', () => {
    expect(parseJson('{"constructor":"ACME"}')).toEqual({ constructor: 'ACME' })
  })

  test('says nothing of the text in its error', () => {
    expect(() => parseJson('{"clientSecret":"hunter2",}')).toThrow(/^(?!.*hunter2)/)
  })
})
