import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, readDuration, readInstant, readRightTerm } from './values.ts'

describe('instants', () => {
  it('are read as ECMAScript writes them', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(readInstant(date.toISOString())).toBe(date.getTime())
        },
      ),
    )
  })

  it.each([
    ['2023-12-31T06:00Z', '2023-12-31T06:00:00Z'],
    ['2023-12-31T06:00', '2023-12-31T06:00:00Z'],
    ['2023-12-31', '2023-12-31T00:00:00Z'],
    ['2023-12-31T24:00:00Z', '2024-01-01T00:00:00Z'],
    ['2023-12-31T06:00:00.1234567-05:30', '2023-12-31T11:30:00.123Z'],
  ])('are read tolerantly (7.2): %s', (text, same) => {
    expect(readInstant(text)).toBe(Date.parse(same))
  })

  it.each([
    '2023-13-01',
    '2023-02-29',
    '2023-01-01T25:00Z',
    '2023-01-01T10:60Z',
    '2023-01-01T10:00+15:00',
    '23-01-01',
    '2023-01-01 10:00',
    '1700000000',
    '',
  ])('are not read from %s', (text) => expect(readInstant(text)).toBeUndefined())
})

describe('durations', () => {
  it('are read when their length is fixed', () => {
    expect(readDuration('P1DT2H3M4.5S')).toBe(((26 * 60 + 3) * 60 + 4.5) * 1000)
    expect(readDuration('-PT1M')).toBe(-60_000)
    for (const text of ['P1M', 'P1Y', 'P', 'PT', 'P1DT', '1D', '-P']) expect(readDuration(text)).toBeUndefined()
  })
})

describe('comparing', () => {
  const right = (term: Parameters<typeof readRightTerm>[0]) => {
    const value = readRightTerm(term)
    if (!value) throw new Error('unreadable')
    return value
  }

  it('takes the type of the right operand, else of the left', () => {
    expect(compare('5', right({ '@value': '5.0', '@type': 'xsd:decimal' }), undefined, false)).toEqual({ order: 0 })
    expect(compare('5', right('5.0'), undefined, false)).toEqual({ order: -1 })
    expect(compare(5, right('5.0'), undefined, false)).toEqual({ order: 0 })
    expect(compare(true, right('true'), undefined, false)).toEqual({ order: 0 })
    expect(compare(5, right('five'), undefined, false)).toEqual({ unreadable: 'right', type: 'number' })
    expect(compare('five', right({ '@value': 5 }), undefined, true)).toEqual({ unreadable: 'left', type: 'number' })
  })

  it('orders numbers as numbers and refuses to order words', () => {
    expect(compare('9', right('10'), undefined, true)).toEqual({ order: -1 })
    expect(compare('PT1H', right('PT90M'), undefined, true)).toEqual({ order: -1 })
    expect(compare('b', right('a'), undefined, true)).toHaveProperty('unreadable')
  })

  it('takes two ways to write the same instant for equal', () => {
    expect(compare('2026-01-01T00:00:00Z', right('2026-01-01T01:00:00+01:00'), undefined, false)).toEqual({ order: 0 })
  })

  it('refuses what has no plain meaning', () => {
    for (const term of [
      {},
      { '@value': null },
      { '@value': {} },
      { '@value': 'x', '@type': 'ex:y' },
      { '@value': 'x', '@type': 5 },
    ]) {
      expect(readRightTerm(term)).toBeUndefined()
    }
    expect(readRightTerm({ '@id': 'urn:x' })).toEqual({ value: 'urn:x', type: 'text' })
  })

  it('is antisymmetric on numbers', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(number, number, (a, b) => {
        const forth = compare(a, { value: b, type: 'number' }, undefined, true)
        const back = compare(b, { value: a, type: 'number' }, undefined, true)
        if (!('order' in forth) || !('order' in back)) throw new Error('unreadable')
        expect(forth.order + back.order).toBe(0)
      }),
    )
  })
})
