import { measureCatalog } from './catalog/catalog.ts'
import { measureMainJob } from './main-job/main-job.ts'
import { measureNegotiation } from './negotiation/negotiation.ts'
import { type BenchResult, printResult } from './result.ts'

/** `npm run bench -- NAME [--json]`. */
const benches: Readonly<Record<string, () => Promise<BenchResult>>> = {
  'main-job': measureMainJob,
  negotiation: measureNegotiation,
  catalog: measureCatalog,
}

const [name = '', ...options] = process.argv.slice(2)
const bench = benches[name]
if (bench) {
  const result = await bench()
  printResult(result, options.includes('--json'))
  if (result.figures.some((figure) => !figure.holds)) process.exitCode = 1
} else {
  console.error(`Name a bench: ${Object.keys(benches).join(', ')}`)
  process.exitCode = 2
}
