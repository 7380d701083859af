import { setTimeout } from 'node:timers/promises'
import { WeftError } from '@weft/foundation/errors'
import { serviceErrors } from '../../errors.ts'

/** Long enough for a call of ours to be answered, short enough for the counterparty's patience. */
const patienceMs = 3000
const firstPauseMs = 5
const longestPauseMs = 50

/** The processes for which a message waits here: one each, since whoever sends many gets no patience for all of them. */
const waiting = new Set<string>()

/**
 * Handles a message that may have to wait until the answer to a message of ours has been stored (DSP-50): `attempt` throws
 * `control-plane.step-under-way` while that is so, which undoes its transaction.
 *
 * @param process the process that the message is about
 * @param attempt told whether it may wait still; when it may not, it judges by what ours implies
 */
export async function afterOurs<T>(process: string, attempt: (mayWait: boolean) => Promise<T>): Promise<T> {
  if (waiting.has(process)) return attempt(false)
  const first = await unlessUnderWay(() => attempt(true))
  if (first) return first.result
  if (waiting.has(process)) return attempt(false)
  waiting.add(process)
  try {
    const until = performance.now() + patienceMs
    for (let pauseMs = firstPauseMs; performance.now() < until; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      await setTimeout(pauseMs)
      const next = await unlessUnderWay(() => attempt(true))
      if (next) return next.result
    }
    return await attempt(false)
  } finally {
    waiting.delete(process)
  }
}

async function unlessUnderWay<T>(attempt: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
  try {
    return { result: await attempt() }
  } catch (error) {
    if (error instanceof WeftError && error.entry === serviceErrors['step-under-way']) return undefined
    throw error
  }
}
