import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contradictingTests, runDcpKit } from './dcp/dcp-kit.ts'
import { runDpsSuite } from './dps/dps-suite.ts'
import { runDspKit } from './dsp/dsp-kit.ts'
import { runEdcTrial } from './interoperability/edc-suite.ts'
import type { KitTest } from './kit.ts'
import { closingLine, type SuiteResult, summarise } from './summary.ts'

interface Suite {
  readonly run: (folder: string) => Promise<readonly KitTest[]>
  readonly expectedToFail: readonly string[]
}

/** `npm run conformance -- dsp|dcp|dps|edc [--json]`. */
const suites: Readonly<Record<string, Suite>> = {
  dsp: { run: runDspKit, expectedToFail: [] },
  dcp: { run: runDcpKit, expectedToFail: contradictingTests },
  dps: { run: runDpsSuite, expectedToFail: [] },
  edc: { run: runEdcTrial, expectedToFail: [] },
}

const [name = '', ...options] = process.argv.slice(2)
const suite = suites[name]
if (suite) {
  const result = await runSuite(name, suite)
  console.log(options.includes('--json') ? JSON.stringify(result) : closingLine(result))
  process.exit(result.failed > 0 || result.passed === 0 ? 1 : 0)
} else {
  console.error(`Name a suite: ${Object.keys(suites).join(', ')}`)
  process.exitCode = 2
}

async function runSuite(suiteName: string, { run, expectedToFail }: Suite): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), `weft-conformance-${suiteName}-`))
  let result: SuiteResult | undefined
  try {
    result = summarise(suiteName, await run(folder), expectedToFail)
    return result
  } finally {
    if (result?.failed === 0) rmSync(folder, { recursive: true, force: true })
    else console.error(`Logs and reports are kept in ${folder}.`)
  }
}
