import { isPortFree } from '@weft/foundation/http'
import { portSpan } from './deployment.ts'

const lowest = 20_000
const highest = 32_000
const tries = 50
const given = new Set<number>()

/**
 * A base port with nothing listening on any port of its span at this moment, and none that was given before: for demos and
 * tests beside a running platform, which may come back to its own.
 * @throws Error when none is found
 */
export async function freeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const base = lowest + Math.floor((Math.random() * (highest - lowest)) / portSpan) * portSpan
    if (given.has(base)) continue
    const free = await Promise.all(Array.from({ length: portSpan }, (_, offset) => isPortFree(base + offset)))
    if (!free.every(Boolean)) continue
    given.add(base)
    return base
  }
  throw new Error(`no ${portSpan} free ports in a row were found in ${tries} tries`)
}
