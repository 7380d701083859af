import { describe, expect, it } from 'vitest'
import { citationsOf } from './citations.ts'
import { rulesPage, rulesWithoutTest } from './rules-page.ts'

const source = (title: string) => new Map([['a/b.test.ts', `it(${JSON.stringify(title)}, () => {})`]])

describe('the table of rules', () => {
  it('finds the rules that the title of a test cites', () => {
    expect([...citationsOf(source('DSP-27, DCP-10: a thing holds (X-07)')).keys()]).toEqual([
      'DSP-27',
      'DCP-10',
      'X-07',
    ])
  })

  it('takes a range for all of its rules', () => {
    expect([...citationsOf(source('DSP-27 to DSP-29: things hold')).keys()]).toEqual(['DSP-27', 'DSP-28', 'DSP-29'])
  })

  it('does not count what is no title, and no file that is no test', () => {
    const text = "// it('DSP-01' is named in a comment\nexpect('DSP-02')"
    expect(citationsOf(new Map([['a.test.ts', text]])).size).toBe(0)
    expect(citationsOf(new Map([['a.ts', "it('DSP-01: x', () => {})"]])).size).toBe(0)
  })

  it('says of a rule without a test that it has none', () => {
    const sources = source('DSP-27: a thing holds')
    expect(rulesWithoutTest(sources)).toContain('DSP-26')
    expect(rulesWithoutTest(sources)).not.toContain('DSP-27')
    expect(rulesPage(sources)).toMatch(/\| DSP-26 .*\*\*no test\*\*/)
    expect(rulesPage(sources)).toMatch(/\| DSP-27 .*a thing holds.*tested/)
  })
})
