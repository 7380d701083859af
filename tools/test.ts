import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endedAfter } from './suite/bounded.ts'
import { startPostgresql } from './suite/postgresql.ts'
import { installMissing, kitRequirement, postgresqlRequirement } from './suite/requirements.ts'

/** `npm test`: the checks, the suites over PGlite and over PostgreSQL, the end-to-end suites, the conformance kits. One closing line counts all. */
interface Count {
  passed: number
  failed: number
  skipped: number
}

/**
 * The folders with suites that use a database. Each group has a server of its own: on one server for all of them,
 * PostgreSQL 15.18 ended up spinning in statements that meet rows locked by several transactions.
 */
const onPostgresql: readonly (readonly string[])[] = [
  ['foundation'],
  ['runtime-plane/control-plane'],
  ['runtime-plane/identity-hub', 'runtime-plane/data-plane'],
  ['governance', 'identity-provider'],
  ['management-plane'],
]

/** The one file that has nothing to say without a server. */
const serverOnly = 'foundation/database/postgresql.test.ts'

/** No step takes half of this. One that hangs is ended, and counts as failed, so that the others still have their say. */
const bounded = endedAfter(15 * 60_000)

const inCi = process.env.CI === 'true'
const reports = mkdtempSync(join(tmpdir(), 'weft-reports-'))
const total: Count = { passed: 0, failed: 0, skipped: 0 }
/** What failed, told once more at the end: the place where a log is read first. */
const failures: string[] = []
let running = ''

const missing = installMissing([postgresqlRequirement, kitRequirement])
if (inCi && missing.length > 0) {
  console.error(
    `Nothing may be left out in CI, and ${missing.map((requirement) => requirement.name).join(', ')} is missing.`,
  )
  process.exit(1)
}

step('npm run check', () => count(spawnSync('node', ['tools/check.ts'], { stdio: 'inherit', ...bounded }).status === 0))
step('suites over PGlite', () => vitest('pglite', ['--exclude', serverOnly], { WEFT_TEST_ENGINE: 'pglite' }))
if (!missing.includes(postgresqlRequirement)) {
  for (const folders of onPostgresql) {
    await overPostgresql((url) =>
      step(`suites over PostgreSQL: ${folders.join(', ')}`, () =>
        vitest('postgresql', folders, { WEFT_TEST_DATABASE_URL: url }),
      ),
    )
  }
  await overPostgresql((url) =>
    step('end to end', () =>
      vitest('end-to-end', ['--config', 'tests/vitest.config.ts'], { WEFT_TEST_DATABASE_URL: url }),
    ),
  )
} else {
  step('end to end, without PostgreSQL', () => vitest('end-to-end', ['--config', 'tests/vitest.config.ts'], {}))
}
const conformance = missing.includes(kitRequirement) ? ['dps'] : ['dsp', 'dcp', 'dps']
for (const suite of conformance) step(`conformance: ${suite}`, () => conformanceSuite(suite))
rmSync(reports, { recursive: true, force: true })

if (inCi && total.skipped > 0) {
  console.error(`${total.skipped} tests were skipped: nothing may be skipped in CI.`)
  process.exitCode = 1
}
if (total.failed > 0) {
  process.exitCode = 1
  console.log(`\nFailed:\n${failures.join('\n')}`)
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)

async function overPostgresql(run: (url: string) => void): Promise<void> {
  const server = await startPostgresql()
  try {
    run(server.url)
  } finally {
    await server.stop()
  }
}

function step(name: string, run: () => void): void {
  const began = Date.now()
  console.log(`\n=== ${name}`)
  running = name
  run()
  console.log(`=== ${name}: ${((Date.now() - began) / 1000).toFixed(0)} s`)
}

/** What the kit itself has disabled is no test that was left out here. */
function conformanceSuite(suite: string): void {
  const run = spawnSync('node', ['conformance/run.ts', suite, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...bounded,
  })
  const last = run.stdout.trim().split('\n').at(-1) ?? ''
  console.log(last)
  const result = last.startsWith('{')
    ? (JSON.parse(last) as { passed: number; failed: number; failures: readonly unknown[] })
    : undefined
  total.passed += result?.passed ?? 0
  for (const failure of result?.failures ?? []) failed(JSON.stringify(failure))
  if (run.status !== 0 && !result?.failed) failed(`ended with exit code ${run.status}`)
}

function count(passed: boolean): void {
  if (passed) total.passed += 1
  else failed('see above')
}

function failed(what: string): void {
  total.failed += 1
  failures.push(`${running}: ${what}`)
}

function vitest(name: string, args: readonly string[], environment: Readonly<Record<string, string>>): void {
  const report = join(reports, `${name}.json`)
  rmSync(report, { force: true })
  const run = spawnSync(
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    {
      stdio: 'inherit',
      env: { ...process.env, ...environment },
      ...bounded,
    },
  )
  if (!existsSync(report)) {
    failed(run.error?.message ?? `ended with exit code ${run.status}, without a report`)
    return
  }
  const result = JSON.parse(readFileSync(report, 'utf8')) as Report
  total.passed += result.numPassedTests
  total.skipped += result.numPendingTests + result.numTodoTests
  for (const file of result.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'failed') failed(`${file.name}: ${test.fullName}\n${test.failureMessages.join('\n')}`)
    }
  }
  // A file that does not load has no test to count, so the exit code has its own say.
  if (run.status !== 0 && result.numFailedTests === 0) failed(`ended with exit code ${run.status}`)
}

/** What is read of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}
