import { isPortFree } from '../http/index.ts'

const lowest = 10_240
const highest = 20_000
const tries = 100
const given = new Set<number>()

/**
 * A loopback port that nothing listens on, for what must know its address before it opens, or open it again. It is none of
 * those that a system gives to outgoing calls, nor one that was given before: who asks for any port may get it meanwhile.
 * @throws Error when none is found
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (given.has(port) || !(await isPortFree(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`no free port was found in ${tries} tries`)
}
