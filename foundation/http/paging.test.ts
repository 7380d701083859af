import * as fc from 'fast-check'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import { linkHeader, pageOf, pageQuery } from './index.ts'

describe('paging', () => {
  test('takes offset 0 and limit 50 when nothing is asked', () => {
    expect(pageOf({})).toEqual({ offset: 0, limit: 50 })
  })

  test('refuses what is out of bounds', () => {
    for (const query of [{ limit: 0 }, { limit: 501 }, { offset: -1 }, { limit: 1.5 }]) {
      expect(Value.Check(pageQuery, query), JSON.stringify(query)).toBe(false)
    }
    expect(Value.Check(pageQuery, { offset: 10, limit: 500 })).toBe(true)
  })

  test('links to the neighbours and keeps the other parameters', () => {
    const links = linkHeader('/things?kind=a%20b&offset=20', { offset: 20, limit: 10 }, { total: 45 })
    expect(links?.split(', ')).toEqual([
      '</things?kind=a+b&offset=0&limit=10>; rel="first"',
      '</things?kind=a+b&offset=10&limit=10>; rel="prev"',
      '</things?kind=a+b&offset=30&limit=10>; rel="next"',
      '</things?kind=a+b&offset=40&limit=10>; rel="last"',
    ])
  })

  test('links nowhere when there is one page', () => {
    expect(linkHeader('/things', { offset: 0, limit: 10 }, { total: 10 })).toBeUndefined()
    expect(linkHeader('/things', { offset: 0, limit: 10 }, { more: false })).toBeUndefined()
  })

  test('leads through every element once by following next', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), (total, limit) => {
        const seen: number[] = []
        let url: string | undefined = `/things?offset=0&limit=${limit}`
        for (let hops = 0; url !== undefined && hops <= 61; hops++) {
          const query = new URLSearchParams(url.split('?')[1])
          const page = { offset: Number(query.get('offset')), limit: Number(query.get('limit')) }
          for (let i = page.offset; i < Math.min(total, page.offset + page.limit); i++) seen.push(i)
          url = /<([^>]+)>; rel="next"/.exec(linkHeader(url, page, { total }) ?? '')?.[1]
        }
        expect(seen).toEqual(Array.from({ length: total }, (_, i) => i))
      }),
    )
  })
})
