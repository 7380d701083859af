import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { Vault } from '@weft/foundation/secrets'
import type { SourceHeaders } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import { unlessClosed } from './token-keys.ts'

/** Headers for sources, which may be credentials: in the vault, never in a row. */
export interface SourceSecrets {
  /** Keeps the headers and returns their name; null where there are none to keep. */
  keep(contextId: ParticipantContextId, headers: SourceHeaders): Promise<string | null>
  read(contextId: ParticipantContextId, name: string | null): Promise<SourceHeaders>
  /** Deletes them; unknown names are fine. */
  forget(contextId: ParticipantContextId, name: string | null): Promise<void>
}

/** Source headers in each context's own partition. */
export function createSourceSecrets(vault: Vault): SourceSecrets {
  return {
    keep: async (contextId, headers) => {
      if (Object.keys(headers).length === 0) return null
      const name = `data-plane/source/${randomUUID()}`
      await vault.partition(contextId).put(name, JSON.stringify(headers))
      return name
    },
    read: async (contextId, name) => {
      if (name === null) return {}
      const text = await vault.partition(contextId).get(name)
      // Asking the source without its credentials would only hide what is missing.
      if (text === undefined)
        throw new WeftError(dataPlaneErrors['source-refused'], { detail: 'headers not in the vault' })
      return JSON.parse(text) as SourceHeaders
    },
    forget: async (contextId, name) => {
      if (name !== null) await unlessClosed(() => vault.partition(contextId).delete(name))
    },
  }
}
