import { cpus, loadavg, totalmem } from 'node:os'

/** One measured number beside the bound that it has to keep. */
export interface Figure {
  readonly name: string
  readonly unit: 'ms' | 's' | 'MiB' | 'MiB/s' | '%' | '/s' | ''
  readonly value: number
  /** Upper bound, or lower one of rates; null for figures that are only reported. */
  readonly bound: number | null
  readonly holds: boolean
}

export interface BenchResult {
  readonly bench: string
  readonly figures: readonly Figure[]
  /** How often the bench's own unit was repeated for its medians. */
  readonly runs: number
  readonly machine: {
    readonly cores: number
    readonly memory: string
    readonly node: string
    readonly database: string
  }
  /** Load average of the machine over a minute, before and after. */
  readonly load: readonly [number, number]
}

/** A figure with an upper bound. */
export function atMost(name: string, unit: Figure['unit'], value: number, bound: number): Figure {
  const rounded = Math.round(value * 100) / 100
  return { name, unit, value: rounded, bound, holds: rounded <= bound }
}

/** A rate with a lower bound. */
export function atLeast(name: string, unit: '/s' | 'MiB/s', value: number, bound: number): Figure {
  const rounded = Math.round(value * 100) / 100
  return { name, unit, value: rounded, bound, holds: rounded >= bound }
}

/** A figure that has no bound. */
export function reported(name: string, unit: Figure['unit'], value: number): Figure {
  return { name, unit, value: Math.round(value * 100) / 100, bound: null, holds: true }
}

/** Middle of the values; the mean of the two middle ones when their number is even. @throws Error without values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  if (lower === undefined || upper === undefined) throw new Error('no values to take a median of')
  return (lower + upper) / 2
}

/** The value that this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0
}

/** Runs a bench between two looks at the machine's load. */
export async function onThisMachine(
  bench: string,
  runs: number,
  database: string,
  measure: () => Promise<readonly Figure[]>,
): Promise<BenchResult> {
  const before = loadOfMinute()
  const figures = await measure()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const machine = { cores: cpus().length, memory, node: process.versions.node, database }
  return { bench, figures, runs, machine, load: [before, loadOfMinute()] }
}

function loadOfMinute(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100
}

/** A table in a terminal; with `json` one line that holds all. */
export function printResult(result: BenchResult, json: boolean): void {
  for (const { name, unit, value, bound, holds } of result.figures) {
    const limit = bound === null ? '' : `${unit.endsWith('/s') ? '≥' : '≤'} ${bound} ${unit}`
    console.log(`${holds ? ' ' : '✗'} ${name.padEnd(56)} ${`${value} ${unit}`.padStart(16)}   ${limit}`)
  }
  const { cores, memory, node, database } = result.machine
  console.log(
    `  ${cores} cores, ${memory}, Node ${node}, ${database}; load ${result.load[0]} before, ${result.load[1]} after`,
  )
  if (json) console.log(JSON.stringify(result))
}
