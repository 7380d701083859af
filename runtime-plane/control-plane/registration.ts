import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { AuthorizationEntry, DataPlaneRegistrationMessage } from '@weft/protocols/dps'
import {
  type DataPlane,
  type DataPlaneAuthorization,
  endpointBase,
  isDataPlane,
  ownKeysCaller,
} from './domain/data-plane.ts'
import { catalogueErrors } from './errors.ts'
import type { Parts } from './parts.ts'
import { findDataPlane, putDataPlane } from './store/data-planes.ts'

/** Who registers a data plane. */
export type Registrant =
  /** The data plane itself, as a workload of the deployment or by keys of its own. */
  | { readonly kind: 'data-plane'; readonly subject: string; readonly clientId: string }
  /** Somebody at the management API. */
  | { readonly kind: 'participant' | 'operator' }

/**
 * Registers a data plane for a context, or replaces what is known of it (DPS-13). Its client secret goes into the vault.
 * A data plane that registers itself is replaced by itself only.
 * @throws `management.authorization-unsupported`, `management.exists` when another client has registered the id
 */
export async function registerDataPlane(
  parts: Parts,
  contextId: ParticipantContextId,
  message: DataPlaneRegistrationMessage,
  by: Registrant,
): Promise<void> {
  const { authorization: entry } = message
  requireFitting(message, by)
  const partition = parts.vault.partition(contextId)
  const secretRef = `control-plane/data-plane/${randomUUID()}`
  const hasSecret = entry?.type === 'oauth2_client_credentials'
  if (hasSecret) await partition.put(secretRef, entry.clientSecret)
  let obsolete: string | null = hasSecret ? secretRef : null
  try {
    obsolete = await parts.database.tenant(contextId, async (tx) => {
      const before = await findDataPlane(tx, message.dataplaneId)
      if (before && !mayReplace(before, by)) throw new WeftError(catalogueErrors.exists, { field: '/dataplaneId' })
      const registeredBy = by.kind === 'data-plane' ? by.clientId : null
      await putDataPlane(tx, {
        id: message.dataplaneId,
        endpoint: endpointBase(message.endpoint),
        profiles: message.profiles,
        labels: message.labels,
        authorization: authorizationOf(entry, secretRef),
        // By its own keys it proves to be what it was registered as: whose it is stays.
        registeredBy: isOwnKeys(message, by) ? (before?.registeredBy ?? null) : registeredBy,
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

/** What may be asked for depends on who asks, since our own token goes to the data plane or to its broker. */
function requireFitting(message: DataPlaneRegistrationMessage, by: Registrant): void {
  const { authorization: entry } = message
  const ofDeployment =
    by.kind === 'operator' || (by.kind === 'data-plane' && !by.clientId.startsWith(ownKeysCaller('')))
  // By its own keys a data plane speaks for itself alone, and stays one that has keys.
  const staysItself =
    by.kind !== 'data-plane' ||
    ofDeployment ||
    (isOwnKeys(message, by) &&
      entry?.type === 'oauth2_client_credentials' &&
      (entry.jwks !== undefined || entry.jwksUri !== undefined))
  const needsOurToken = entry === undefined || entry.type === 'oauth2_token_exchange'
  if (staysItself && (ofDeployment || !needsOurToken)) return
  throw new WeftError(catalogueErrors['authorization-unsupported'], { field: '/authorization' })
}

function isOwnKeys(message: DataPlaneRegistrationMessage, by: Registrant): boolean {
  return by.kind === 'data-plane' && by.clientId === ownKeysCaller(message.dataplaneId)
}

function mayReplace(before: DataPlane, by: Registrant): boolean {
  return by.kind !== 'data-plane' || before.registeredBy === null || isDataPlane(before, by)
}

function authorizationOf(entry: AuthorizationEntry | undefined, secretRef: string): DataPlaneAuthorization {
  if (entry === undefined) return { type: 'workload' }
  if (entry.type === 'oauth2_token_exchange') return entry
  const { clientSecret: _kept, ...rest } = entry
  return { ...rest, secretRef }
}
