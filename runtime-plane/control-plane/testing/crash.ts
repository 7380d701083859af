import type { OutboundClient, OutboundRequest } from '@weft/foundation/http'

/** A place where the process ends: around the first call of this purpose. */
export interface CrashPoint {
  readonly purpose: string
  readonly when: 'before the call' | 'after the call'
}

export interface Crash {
  readonly intercept: (outbound: OutboundClient) => OutboundClient
  /** Resolves when the place is reached: nothing of the instance goes on from there. */
  readonly reached: Promise<void>
  /** Bodies of all calls of the purpose, those of later instances too. */
  readonly bodies: readonly unknown[]
}

/** Holds the first call of a purpose for ever: what its handler would have committed is never committed. */
export function crashAt(point: CrashPoint): Crash {
  let reach = (): void => undefined
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const bodies: unknown[] = []
  let spent = false
  return {
    reached,
    bodies,
    intercept: (outbound) => ({
      ...outbound,
      send: async (request: OutboundRequest) => {
        if (request.purpose !== point.purpose) return outbound.send(request)
        bodies.push(request.body)
        if (spent) return outbound.send(request)
        spent = true
        if (point.when === 'after the call') await outbound.send(request)
        reach()
        return new Promise(() => undefined)
      },
    }),
  }
}
