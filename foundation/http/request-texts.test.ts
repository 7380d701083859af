import * as fc from 'fast-check'
import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { readTexts } from './request-texts.ts'

const schema = Type.Intersect([
  Type.Object({ limit: Type.Optional(Type.Integer()), ratio: Type.Number() }),
  Type.Object({ active: Type.Boolean(), name: Type.String() }),
])

describe('X-09: texts of a query or path', () => {
  test('become numbers and booleans where the schema has them, in parts of it too', () => {
    const texts = { limit: '-12', ratio: '0.5', active: 'false', name: '7', other: 'true' }
    expect(readTexts(schema, texts)).toEqual({ limit: -12, ratio: 0.5, active: false, name: '7', other: 'true' })
  })

  test('stay as they are when their notation is not plain, so that the check refuses them', () => {
    for (const text of ['1.5', '1e3', '0x10', 'true', '', ' 5', '5 ', '+5', '05', '1_0', '٣', 'NaN', '9'.repeat(16)]) {
      expect(readTexts(schema, { limit: text }), text).toEqual({ limit: text })
    }
    for (const text of ['1', '0', 'TRUE', 'yes', ''])
      expect(readTexts(schema, { active: text })).toEqual({ active: text })
    expect(readTexts(schema, { limit: ['1', '2'] })).toEqual({ limit: ['1', '2'] })
    expect(readTexts(schema, null)).toBe(null)
  })

  test('are read to the integer that they say, and to nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (text) => {
        const { limit } = readTexts(schema, { limit: text }) as { limit: unknown }
        expect(typeof limit === 'number' ? String(limit) : limit).toBe(text === '-0' ? '0' : text)
      }),
    )
  })
})
