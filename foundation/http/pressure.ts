import { type EventLoopUtilization, performance } from 'node:perf_hooks'

const sampleMs = 100
const busy = 0.9

/** Tells whether this process had hardly any time to spare of late. Looks when asked, so an idle process does nothing. */
export function createPressureGauge(): () => boolean {
  let last: EventLoopUtilization = performance.eventLoopUtilization()
  let at = performance.now()
  let pressed = false
  return () => {
    const now = performance.now()
    if (now - at < sampleMs) return pressed
    const current = performance.eventLoopUtilization()
    pressed = performance.eventLoopUtilization(current, last).utilization > busy
    last = current
    at = now
    return pressed
  }
}
