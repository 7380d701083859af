import { describe, expect, it } from 'vitest'
import type { KitTest } from './kit.ts'
import { closingLine, summarise } from './summary.ts'

const test = (id: string, status: KitTest['status']): KitTest => ({ id, status, message: `${id} ${status}` })

describe('the summary of a run', () => {
  it('counts, and names what failed', () => {
    const result = summarise('dsp', [test('a', 'passed'), test('b', 'failed'), test('c', 'skipped')])
    expect(result).toEqual({
      suite: 'dsp',
      passed: 1,
      failed: 1,
      skipped: 1,
      failures: [{ id: 'b', message: 'b failed' }],
    })
    expect(closingLine(result)).toBe('1 passed, 1 failed, 1 skipped')
  })

  it('takes a failure that is expected for a pass, and its pass for a failure', () => {
    expect(summarise('dcp', [test('a', 'failed')], ['a'])).toMatchObject({ passed: 1, failed: 0 })
    expect(summarise('dcp', [test('a', 'passed')], ['a'])).toMatchObject({ passed: 0, failed: 1 })
  })

  it('fails when a test that is expected to fail did not run', () => {
    expect(summarise('dcp', [test('b', 'passed')], ['a'])).toMatchObject({ passed: 1, failed: 1 })
  })
})
