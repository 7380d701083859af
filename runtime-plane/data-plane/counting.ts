import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import type { Logger } from '@weft/foundation/telemetry'
import { addDeliveredBytes } from './store/data-flows.ts'

/** Adds bytes to the count of a flow; after the fact, and never at the cost of an answer. */
export async function countBytes(
  { database, logger }: { readonly database: ServiceDatabase; readonly logger: Logger },
  flow: { readonly contextId: ParticipantContextId; readonly dataFlowId: string },
  bytes: number,
): Promise<void> {
  if (bytes === 0) return
  const { contextId, dataFlowId } = flow
  try {
    await database.tenant(contextId, (tx) => addDeliveredBytes(tx, dataFlowId, bytes))
  } catch (error) {
    logger.warn('the bytes of a data flow could not be counted', {
      category: 'dps',
      action: 'data-flow.count',
      participantContextId: contextId,
      dataFlowId,
      error,
    })
  }
}
