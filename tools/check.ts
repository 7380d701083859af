import { spawnSync } from 'node:child_process'
import { checkLayering } from './layering/layering.ts'
import { sourceFiles } from './source-files.ts'

/** `npm run check`: what can be said of the code without running it. Every check runs, then the first failure decides. */
const checks: readonly { readonly name: string; readonly passes: () => boolean }[] = [
  { name: 'format and lint', passes: () => runs('biome', 'check', '--error-on-warnings', '.') },
  { name: 'types', passes: () => runs('tsc', '-p', '.') },
  { name: 'layering', passes: layering },
  { name: 'generated files', passes: () => runs('node', 'tools/generate.ts', '--check') },
  { name: 'dead code', passes: () => runs('knip') },
]

function runs(command: string, ...args: string[]): boolean {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error) console.error(`${error.message}: run the checks with "npm run check"`)
  return status === 0
}

function layering(): boolean {
  const files = sourceFiles()
  const violations = checkLayering(files)
  for (const { file, line, rule, message } of violations) console.error(`${file}:${line}  ${rule}: ${message}`)
  if (violations.length === 0) console.log(`Layering holds over ${files.size} modules.`)
  return violations.length === 0
}

const failed = checks.filter(({ name, passes }) => {
  console.log(`\n— ${name}`)
  return !passes()
})
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.map((check) => check.name).join(', ')}`)
  process.exitCode = 1
}
