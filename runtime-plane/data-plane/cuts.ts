import type { ServiceDatabase } from '@weft/foundation/database'
import type { Logger } from '@weft/foundation/telemetry'
import type { OpenStreams } from './domain/open-streams.ts'
import { cutChannel, readFlowStates } from './store/data-flows.ts'

/**
 * Cuts streams of this process when any replica ends their flow. Returns the way to stop. A notification that was
 * lost with the connection is made up for: after each reconnect the states of all running streams are read.
 */
export function listenForCuts(options: {
  readonly database: ServiceDatabase
  readonly streams: OpenStreams
  readonly logger: Logger
}): Promise<() => Promise<void>> {
  const { database, streams, logger } = options
  const recheck = async (): Promise<void> => {
    const running = streams.flows()
    if (running.length === 0) return
    const states = await database.system('data-plane.stream-recheck', (tx) => readFlowStates(tx, running))
    for (const { participantContextId, dataFlowId } of running) {
      const found = states.find(
        (one) => one.participantContextId === participantContextId && one.dataFlowId === dataFlowId,
      )
      // The consumer of a push receives from PREPARED on.
      const isOpen = found?.state === 'STARTED' || found?.state === 'PREPARED'
      const live = isOpen ? found.generation : Number.POSITIVE_INFINITY
      streams.cut(participantContextId, dataFlowId, live)
    }
  }
  return database.listen(cutChannel, (payload) => {
    const named = readPayload(payload)
    if (named) {
      streams.cut(...named)
      return
    }
    recheck().catch((error: unknown) => {
      logger.error('running streams could not be compared with their flows', {
        category: 'dps',
        action: 'data-flow.cut',
        error,
      })
    })
  })
}

/** The flow that a notification names; undefined for the one after a reconnect, which names none. */
function readPayload(
  payload: string,
): [participantContextId: string, dataFlowId: string, generation: number] | undefined {
  if (payload === '') return undefined
  return JSON.parse(payload) as [string, string, number]
}
