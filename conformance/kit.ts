import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One test of a kit as it ended. */
export interface KitTest {
  /** `CN:01-01`, or the name of the test method. */
  readonly id: string
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly message: string
}

/** Settings of a kit, as its properties file has them. */
export type KitProperties = Readonly<Record<string, string>>

/**
 * Runs an official kit against what listens already. Its own lines, one a test, go to standard error as they come.
 * @throws Error when the kit cannot be resolved or does not run
 */
export async function runKit(
  kind: 'dsp' | 'dcp' | 'dps',
  name: string,
  folder: string,
  properties: KitProperties,
): Promise<readonly KitTest[]> {
  const out = join(folder, name)
  mkdirSync(out, { recursive: true })
  const config = join(out, 'kit.properties')
  writeFileSync(config, Object.entries(properties).map(line).join(''))
  const code = await run('bash', [join(import.meta.dirname, 'kit', 'run-tck.sh'), kind, config, out])
  const results = join(out, 'results.json')
  if (!existsSync(results)) throw new Error(`the ${kind} kit did not run (exit code ${code})`)
  return testsOf(JSON.parse(readFileSync(results, 'utf8')))
}

function line([key, value]: readonly [string, string]): string {
  return `${key}=${value.replaceAll('\\', '\\\\')}\n`
}

function testsOf(results: { readonly tests: readonly KitTest[] }): readonly KitTest[] {
  return results.tests.map(({ id, status, message }) => ({
    id,
    status: status === 'passed' || status === 'skipped' ? status : 'failed',
    message,
  }))
}

function run(command: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.pipe(process.stderr, { end: false })
    child.once('error', reject)
    child.once('exit', resolve)
  })
}
