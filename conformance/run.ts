import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runDcpKit } from './dcp/dcp-kit.ts'
import { runDspKit } from './dsp/dsp-kit.ts'
import type { KitTest } from './kit.ts'
import { closingLine, type SuiteResult, summarise } from './summary.ts'

/** `npm run conformance -- dsp|dcp [--json]`. */
const suites: Readonly<Record<string, (folder: string) => Promise<readonly KitTest[]>>> = {
  dsp: runDspKit,
  dcp: runDcpKit,
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

async function runSuite(suiteName: string, run: (folder: string) => Promise<readonly KitTest[]>): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), `weft-conformance-${suiteName}-`))
  let result: SuiteResult | undefined
  try {
    result = summarise(suiteName, await run(folder))
    return result
  } finally {
    if (result?.failed === 0) rmSync(folder, { recursive: true, force: true })
    else console.error(`Logs and reports are kept in ${folder}.`)
  }
}
