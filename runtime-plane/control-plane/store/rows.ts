import type { ParticipantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'

/** The context of a tenant transaction. @throws WeftError in a system transaction, where tenant rows cannot be written */
export function contextOf(tx: Transaction): ParticipantContextId {
  if (tx.contextId === null)
    throw new WeftError(requestErrors.internal, { detail: 'a tenant row outside a tenant transaction' })
  return tx.contextId
}
