import { setTimeout as pause } from 'node:timers/promises'
import { WeftError } from '@weft/foundation/errors'
import { demoErrors } from './errors.ts'

const firstPauseMs = 10
const longestPauseMs = 250

/**
 * Asks again and again, at growing distances, until `probe` gives something.
 * @throws `demo.took-too-long` after `deadlineMs`, naming `what`
 */
export async function until<T>(what: string, deadlineMs: number, probe: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + deadlineMs
  for (let distance = firstPauseMs; ; distance = Math.min(distance * 1.5, longestPauseMs)) {
    const found = await probe()
    if (found !== undefined) return found
    if (Date.now() > end) {
      throw new WeftError(demoErrors['took-too-long'], { message: `${what} took longer than ${deadlineMs / 1000} s` })
    }
    await pause(distance)
  }
}
