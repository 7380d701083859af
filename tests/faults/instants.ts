/** When within a step the platform dies: after a time, or within an answer to one of its own calls outside. */
type Moment = { readonly kind: 'time'; readonly afterMs: number } | { readonly kind: 'answered'; readonly nth: number }

export interface Instant {
  readonly step: string
  readonly moment: Moment
}

/** The demo's steps: how long each takes about, and how many calls outside the platform makes in it. */
export const demoSteps: readonly { readonly name: string; readonly ms: number; readonly calls: number }[] = [
  { name: 'set up the dataspace', ms: 200, calls: 2 },
  { name: 'onboard the provider', ms: 400, calls: 20 },
  { name: 'onboard the consumer', ms: 220, calls: 14 },
  { name: 'publish the file', ms: 25, calls: 0 },
  { name: 'find the offer', ms: 70, calls: 7 },
  { name: 'negotiate the contract', ms: 200, calls: 16 },
  { name: 'transfer', ms: 160, calls: 10 },
  { name: 'download and compare', ms: 35, calls: 1 },
  { name: 'refuse who has no membership', ms: 400, calls: 24 },
  { name: 'refuse a revoked membership', ms: 9400, calls: 300 },
  { name: 'refuse the old token after termination', ms: 50, calls: 6 },
  { name: 'stop the fabric manager', ms: 10, calls: 0 },
  { name: 'trade without the fabric manager', ms: 200, calls: 30 },
]

/** Of one run of the demo; with the stride of three steps, a run's instants are never in neighbouring steps. */
const instantsOfARun = 4
const stride = 3

/**
 * Plans `count` instants, grouped by the run of the demo that they are in. Thirteen of them touch every step once.
 * The same seed gives the same plan.
 */
export function planInstants(seed: number, count: number): Instant[][] {
  const random = randomNumbers(seed)
  const first = Math.floor(random() * demoSteps.length)
  const instants = Array.from({ length: count }, (_, index): Instant => {
    const step = demoSteps[(first + index * stride) % demoSteps.length] as (typeof demoSteps)[number]
    const within = random()
    const moment: Moment =
      random() < 0.6 && step.calls > 0
        ? { kind: 'answered', nth: 1 + Math.floor(within * step.calls) }
        : { kind: 'time', afterMs: Math.floor(within * step.ms) }
    return { step: step.name, moment }
  })
  return Array.from({ length: Math.ceil(count / instantsOfARun) }, (_, run) =>
    instants.slice(run * instantsOfARun, (run + 1) * instantsOfARun),
  )
}

/** Mulberry32: numbers spread evenly in [0, 1) from a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
