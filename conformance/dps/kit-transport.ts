import { setTimeout as pause } from 'node:timers/promises'
import type { Transport } from '@weft/data-plane'
import type { FlowKind } from './data-plane-peer.ts'

/** The transfer profiles of the suite's own flows; the direction is in the name. */
export const pullProfile = 'Conformance-PULL'
export const pushProfile = 'Conformance-PUSH'

/** The HTTP profile of DPS. */
export const httpPullProfile = 'https://w3id.org/dspace-sig/profile/http-pull'

/** What a data set means: the messages do not say which flows take time and which end by themselves. */
export const datasets: Readonly<Record<FlowKind, string>> = { sync: 'sync', async: 'async', finite: 'finite' }

const getReadyMs = 300
const carryMs = 1000

/**
 * A transport that moves nothing: the messages of the sequences name no source and no destination. In everything else the
 * flows are those of the HTTP transport.
 */
export function kitTransport(http: Transport): Transport {
  return {
    ...http,
    profiles: [pullProfile, pushProfile, httpPullProfile],
    ownEnd: () => ({ place: null, headers: {} }),
    takesTime: (flow) => flow.datasetId === datasets.async,
    getReady: async () => {
      await pause(getReadyMs)
    },
    carries: (flow) => flow.datasetId === datasets.finite,
    carry: async ({ signal }) => {
      await pause(carryMs, undefined, { signal })
      return 0
    },
  }
}
