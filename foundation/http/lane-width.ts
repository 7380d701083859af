import { performance } from 'node:perf_hooks'

const sampleMs = 100
/** A process that is busy for more of its time than this has none to spare. */
const busy = 0.95

/** What the width follows; a test hands its own. */
export interface Load {
  /** Share of the time since the last call in which the process was busy. */
  readonly utilization: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** The event loop of this process. */
export function ownLoad(): Load {
  let last = performance.eventLoopUtilization()
  return {
    utilization: () => {
      const current = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(current, last)
      last = current
      return utilization
    },
    now: () => performance.now(),
  }
}

/**
 * How many requests of one tenant run at a time: down to one as soon as the process has no time to spare, and up again step
 * by step while it has. Looks when asked, so an idle process does nothing.
 */
export function createLaneWidth(most: number, load: Load): () => number {
  let width = most
  let at = load.now()
  return () => {
    const samples = Math.floor((load.now() - at) / sampleMs)
    if (samples < 1) return width
    at = load.now()
    width = load.utilization() > busy ? 1 : widened(width, most, samples)
    return width
  }
}

function widened(width: number, most: number, samples: number): number {
  let wide = width
  for (let sample = 0; sample < samples && wide < most; sample++) wide += Math.max(1, Math.floor(wide / 4))
  return Math.min(most, wide)
}
