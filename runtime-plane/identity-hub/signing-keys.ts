import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { Vault } from '@weft/foundation/secrets'
import { parsePrivateJwk, type SigningKey } from '@weft/protocols/trust'
import { LRUCache } from 'lru-cache'
import { type KeyPair, type KeyUsage, keyPairFor, secretNameOfKey } from './domain/key-pair.ts'
import { hubErrors } from './errors.ts'
import type { OwnContext } from './own-contexts.ts'

/** Private keys out of the vault, kept for a minute so that signing needs no vault each time. */
export interface SigningKeys {
  /** The key that signs for a usage. @throws `identity-hub.key-missing` */
  for(context: OwnContext, usage: KeyUsage): Promise<SigningKey>
  /** Drops the keys of a context that is gone. */
  forget(id: ParticipantContextId, keyPairs: readonly Pick<KeyPair, 'id'>[]): void
}

const ttlMs = 60_000
const maxCached = 2000

export function createSigningKeys(vault: Vault): SigningKeys {
  const keys = new LRUCache<string, Promise<SigningKey>>({ max: maxCached, ttl: ttlMs })

  const load = async (id: ParticipantContextId, pair: KeyPair): Promise<SigningKey> => {
    const text = await vault.partition(id).get(secretNameOfKey(pair.id))
    if (text === undefined) throw new WeftError(hubErrors['key-missing'], { detail: { keyPairId: pair.id } })
    return { kid: pair.kid, privateJwk: parsePrivateJwk(JSON.parse(text)) }
  }

  return {
    for: (context, usage) => {
      const pair = keyPairFor(context.keyPairs, usage)
      if (!pair) throw new WeftError(hubErrors['key-missing'], { detail: { usage } })
      const id = context.participant.participantContextId
      const name = cacheName(id, pair)
      const known = keys.get(name)
      if (known) return known
      const loading = load(id, pair)
      keys.set(name, loading)
      loading.catch(() => keys.delete(name))
      return loading
    },
    forget: (id, keyPairs) => {
      for (const pair of keyPairs) keys.delete(cacheName(id, pair))
    },
  }
}

function cacheName(id: ParticipantContextId, pair: Pick<KeyPair, 'id'>): string {
  return `${id}/${pair.id}`
}
