import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { Vault } from '@weft/foundation/secrets'
import type { PlaceHeaders } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import { unlessClosed } from './token-keys.ts'

/** What a flow needs to reach its ends and may be a credential: in the vault, never in a row. */
export interface PlaceSecrets {
  /** Keeps the headers for the participant's own end and returns their name; null where there are none to keep. */
  keepHeaders(contextId: ParticipantContextId, headers: PlaceHeaders): Promise<string | null>
  headers(contextId: ParticipantContextId, name: string | null): Promise<PlaceHeaders>
  /** Keeps any other value under a name of its own, and returns the name. */
  keep(contextId: ParticipantContextId, value: object): Promise<string>
  read(contextId: ParticipantContextId, name: string | null): Promise<unknown>
  replace(contextId: ParticipantContextId, name: string, value: object): Promise<void>
  /** Deletes an entry; unknown names are fine. */
  forget(contextId: ParticipantContextId, name: string | null): Promise<void>
}

/** Secrets of places in each context's own partition. */
export function createPlaceSecrets(vault: Vault): PlaceSecrets {
  const keep = async (contextId: ParticipantContextId, kind: string, value: object): Promise<string> => {
    const name = `data-plane/${kind}/${randomUUID()}`
    await vault.partition(contextId).put(name, JSON.stringify(value))
    return name
  }
  return {
    keepHeaders: async (contextId, headers) =>
      Object.keys(headers).length === 0 ? null : keep(contextId, 'source', headers),
    headers: async (contextId, name) => {
      if (name === null) return {}
      const text = await vault.partition(contextId).get(name)
      // Asking without credentials would only hide what is missing.
      if (text === undefined)
        throw new WeftError(dataPlaneErrors['source-refused'], { detail: 'headers not in the vault' })
      return JSON.parse(text) as PlaceHeaders
    },
    keep: (contextId, value) => keep(contextId, 'peer', value),
    read: async (contextId, name) => {
      const text = name === null ? undefined : await vault.partition(contextId).get(name)
      return text === undefined ? undefined : JSON.parse(text)
    },
    replace: (contextId, name, value) => vault.partition(contextId).put(name, JSON.stringify(value)),
    forget: async (contextId, name) => {
      if (name !== null) await unlessClosed(() => vault.partition(contextId).delete(name))
    },
  }
}
