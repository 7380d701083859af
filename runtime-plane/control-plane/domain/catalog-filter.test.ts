import { describe, expect, it } from 'vitest'
import { readRequestedCriteria } from './catalog-filter.ts'

const filter = (left: string, operator: string, right: string | readonly string[]) =>
  readRequestedCriteria([{ left, operator, right }])

describe('criteria of a catalog request', () => {
  it('DSP-09: are those of EDC over ids and public properties', () => {
    expect(filter('id', '=', 'a')).toEqual([{ field: 'id', operator: '=', values: ['a'] }])
    expect(filter('name', 'in', ['a', 'b'])).toEqual([{ field: 'name', operator: 'in', values: ['a', 'b'] }])
    expect(filter("'https://w3id.org/edc/v0.0.1/ns/name'", 'LIKE', 'A%')).toEqual([
      { field: 'name', operator: 'like', values: ['A%'] },
    ])
  })

  it.each([
    ['name', '<', '1'],
    ['name', 'in', 'a'],
    ['name', '=', ['a']],
  ])('DSP-09: are refused when they are not understood: %s %s %j', (left, operator, right) => {
    expect(() => filter(left, operator, right)).toThrowError(
      expect.objectContaining({ code: 'dsp.unsupported-filter' }),
    )
  })

  it.each([
    'privateProperties.price',
    "'privateProperties.price'",
    'edc:privateProperties.price',
    ' privateProperties.a',
  ])('do not reach what the owner keeps to itself: %s', (left) => {
    expect(() => filter(left, '=', 'a')).toThrowError(expect.objectContaining({ code: 'dsp.unsupported-filter' }))
  })

  it('are refused when a pattern would keep the database busy', () => {
    expect(() => filter('name', 'like', '%a%a%a%a%a%a%a')).toThrow()
    expect(() => filter('name', 'ilike', 'a'.repeat(1000))).toThrow()
  })
})
