import type { OutboundClient, OutboundRequest } from '@weft/foundation/http'

/** A call that the control plane makes: `dps.start`, `dsp.TransferStartMessage`. */
interface Call {
  readonly purpose: string
  readonly url: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What leaves the control plane: kept in its order, and held where a test says so. */
export interface Traffic {
  readonly intercept: (outbound: OutboundClient) => OutboundClient
  readonly calls: readonly Call[]
  /** Holds the next call of this purpose before it leaves. */
  hold(purpose: string): Held
}

interface Held {
  /** Resolves when the call is about to leave. */
  readonly reached: Promise<void>
  release(): void
}

export function watchTraffic(): Traffic {
  const calls: Call[] = []
  const holds = new Map<string, { readonly reach: () => void; readonly released: Promise<void> }>()
  return {
    calls,
    hold: (purpose) => {
      const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      holds.set(purpose, { reach, released })
      return { reached, release }
    },
    intercept: (outbound) => ({
      ...outbound,
      send: async (request: OutboundRequest) => {
        const held = holds.get(request.purpose)
        holds.delete(request.purpose)
        held?.reach()
        await held?.released
        const { purpose, url } = request
        calls.push({ purpose, url, body: (request.body ?? {}) as Call['body'] })
        return outbound.send(request)
      },
    }),
  }
}
