import { randomBytes } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { toWeftError } from '@weft/foundation/errors'
import { secretErrors, type Vault } from '@weft/foundation/secrets'
import { LRUCache } from 'lru-cache'

/** The key of each participant context under which access tokens to its flows are made. */
export interface TokenKeys {
  /** Makes the context's key where it has none. @throws `secrets.partition-closed` */
  create(contextId: ParticipantContextId): Promise<void>
  /** The key, or undefined where the context has none. */
  find(contextId: ParticipantContextId): Promise<Uint8Array | undefined>
  /** Deletes the key, which ends every token of the context. */
  delete(contextId: ParticipantContextId): Promise<void>
}

const secretName = 'data-plane/token-key'

/** Keys in the vault, remembered for a minute so that a request for data needs no decryption. */
export function createTokenKeys(vault: Vault): TokenKeys {
  const known = new LRUCache<ParticipantContextId, Uint8Array>({ max: 10_000, ttl: 60_000 })
  const read = async (contextId: ParticipantContextId): Promise<Uint8Array | undefined> => {
    const text = await vault.partition(contextId).get(secretName)
    return text === undefined ? undefined : Buffer.from(text, 'base64url')
  }
  return {
    create: async (contextId) => {
      if (await read(contextId)) return
      await vault.partition(contextId).put(secretName, randomBytes(32).toString('base64url'))
    },
    find: async (contextId) => {
      const cached = known.get(contextId)
      if (cached) return cached
      const key = await unlessClosed(() => read(contextId))
      if (key) known.set(contextId, key)
      return key
    },
    delete: async (contextId) => {
      known.delete(contextId)
      await unlessClosed(() => vault.partition(contextId).delete(secretName))
    },
  }
}

/** Runs a call to a partition; one that is closed holds nothing. */
export async function unlessClosed<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (toWeftError(error).code === secretErrors['partition-closed'].code) return undefined
    throw error
  }
}
