import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { DataPlaneRegistrationMessage } from '@weft/protocols/dps'
import { type DataPlane, endpointBase } from './domain/data-plane.ts'
import { catalogueErrors } from './errors.ts'
import type { Parts } from './parts.ts'
import { findDataPlane, putDataPlane } from './store/data-planes.ts'

/**
 * Registers a data plane for a context, or replaces what is known of it (DPS-13). Its client secret goes into the vault.
 * @param registeredBy client id of the data plane when it registers itself; only this client may replace it then
 * @throws `management.authorization-unsupported`, `management.exists` when another client has registered the id
 */
export async function registerDataPlane(
  parts: Parts,
  contextId: ParticipantContextId,
  message: DataPlaneRegistrationMessage,
  registeredBy: string | null,
): Promise<void> {
  const { authorization } = message
  if (authorization?.type === 'oauth2_token_exchange') throw new WeftError(catalogueErrors['authorization-unsupported'])
  const partition = parts.vault.partition(contextId)
  const secretRef = `control-plane/data-plane/${randomUUID()}`
  if (authorization) await partition.put(secretRef, authorization.clientSecret)
  let obsolete: string | null = authorization ? secretRef : null
  try {
    obsolete = await parts.database.tenant(contextId, async (tx) => {
      const before = await findDataPlane(tx, message.dataplaneId)
      if (before && registeredBy !== null && before.registeredBy !== null && before.registeredBy !== registeredBy) {
        throw new WeftError(catalogueErrors.exists, { field: '/dataplaneId' })
      }
      await putDataPlane(tx, {
        id: message.dataplaneId,
        endpoint: endpointBase(message.endpoint),
        profiles: message.profiles,
        labels: message.labels,
        authorization: authorization
          ? {
              type: 'oauth2_client_credentials',
              tokenEndpoint: authorization.tokenEndpoint,
              clientId: authorization.clientId,
              secretRef,
            }
          : { type: 'workload' },
        registeredBy,
      })
      return secretRefOf(before)
    })
  } finally {
    if (obsolete !== null) await partition.delete(obsolete)
  }
}

/** Name of the vault secret of a registration, which goes with it. */
export function secretRefOf(plane: DataPlane | undefined): string | null {
  return plane?.authorization.type === 'oauth2_client_credentials' ? plane.authorization.secretRef : null
}
