import { setTimeout } from 'node:timers/promises'
import { WeftError } from '@weft/foundation/errors'
import { serviceErrors } from '../../errors.ts'

/** Long enough for a call of ours to be answered, short enough for the counterparty's patience. */
const patienceMs = 3000
const firstPauseMs = 5
const longestPauseMs = 50

/**
 * Handles a message that may have to wait until the answer to a message of ours has been stored (DSP-50): `attempt` throws
 * `control-plane.step-under-way` while that is so, which undoes its transaction.
 *
 * @param attempt told whether it may wait still; when it may not, it judges by what ours implies
 */
export async function afterOurs<T>(attempt: (mayWait: boolean) => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const mayWait = performance.now() < until
    try {
      return await attempt(mayWait)
    } catch (error) {
      if (!(mayWait && error instanceof WeftError && error.entry === serviceErrors['step-under-way'])) throw error
    }
    await setTimeout(pauseMs)
  }
}
