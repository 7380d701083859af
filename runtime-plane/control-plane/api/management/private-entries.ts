import type { ParticipantContextId } from '@weft/foundation/access'
import { toWeftError } from '@weft/foundation/errors'
import { secretErrors } from '@weft/foundation/secrets'
import type { Parts } from '../../parts.ts'
import { findConfig } from '../../store/participants.ts'
import { secretRefs } from '../../store/secret-refs.ts'

/** Where a private setting of a context is kept; its value never leaves the vault by this API. */
export function privateEntryName(entry: string): string {
  return `control-plane/config/${entry}`
}

/** Deletes every secret of this service that belongs to the context; a partition that is closed already has none. */
export async function deleteContextSecrets(parts: Parts, contextId: ParticipantContextId): Promise<void> {
  const names = await parts.database.tenant(contextId, async (tx) => {
    const { privateNames } = await findConfig(tx)
    return [...privateNames.map(privateEntryName), ...(await secretRefs(tx))]
  })
  const partition = parts.vault.partition(contextId)
  try {
    for (const name of names) await partition.delete(name)
  } catch (error) {
    if (toWeftError(error).entry !== secretErrors['partition-closed']) throw error
  }
}
