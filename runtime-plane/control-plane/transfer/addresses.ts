import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import type { Vault } from '@weft/foundation/secrets'
import { buildDataAddress, type DataAddress, parseDataAddress } from '@weft/protocols/dsp'

/**
 * Keeps a data address in the vault under a name of its own and gives the name back. The row that names it decides which
 * address counts, so that a refused message leaves the address before it untouched.
 */
export async function keepAddress(
  vault: Vault,
  contextId: ParticipantContextId,
  transferId: string,
  address: DataAddress,
): Promise<string> {
  const ref = `control-plane/edr/${transferId}/${randomUUID()}`
  await vault.partition(contextId).put(ref, JSON.stringify(buildDataAddress(address)))
  return ref
}

/** A kept data address; undefined when none is named, or it was let go. */
export async function readAddress(
  vault: Vault,
  contextId: ParticipantContextId,
  ref: string | null,
): Promise<DataAddress | undefined> {
  const text = ref === null ? undefined : await vault.partition(contextId).get(ref)
  return text === undefined ? undefined : parseDataAddress(JSON.parse(text))
}

/** Lets go of an address that nobody may use any more. */
export async function forgetAddress(vault: Vault, contextId: ParticipantContextId, ref: string | null): Promise<void> {
  if (ref !== null) await vault.partition(contextId).delete(ref)
}
