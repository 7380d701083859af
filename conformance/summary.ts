import type { KitTest } from './kit.ts'

/** What `--json` prints of a run. */
export interface SuiteResult {
  readonly suite: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly { readonly id: string; readonly message: string }[]
}

/**
 * Counts a run. A test that is expected to fail counts as passed when it fails and as failed when it passes: either the
 * kit or the software has changed then, and the argument for the exception has to be looked at again.
 * @param expectedToFail ids of tests that contradict the version of the specification that is implemented
 */
export function summarise(
  suite: string,
  tests: readonly KitTest[],
  expectedToFail: readonly string[] = [],
): SuiteResult {
  const missing = expectedToFail.filter((id) => !tests.some((test) => test.id === id))
  const judged = [
    ...tests.map((test) => (expectedToFail.includes(test.id) ? asExpected(test) : test)),
    ...missing.map(
      (id): KitTest => ({ id, status: 'failed', message: 'This test was expected to fail, and did not run.' }),
    ),
  ]
  const count = (status: KitTest['status']): number => judged.filter((test) => test.status === status).length
  return {
    suite,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    failures: judged.filter(({ status }) => status === 'failed').map(({ id, message }) => ({ id, message })),
  }
}

/** `65 passed, 0 failed, 2 skipped` */
export function closingLine({ passed, failed, skipped }: SuiteResult): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

function asExpected(test: KitTest): KitTest {
  if (test.status === 'failed') return { ...test, status: 'passed' }
  return {
    ...test,
    status: 'failed',
    message: 'This test was expected to fail, and did not: see conformance/README.md.',
  }
}
