import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { LRUCache } from 'lru-cache'
import type { DataspaceDirectory } from './dataspace-directory.ts'
import { type Addressed, findOwnContext, type OwnContext } from './store/addressed.ts'

/**
 * The participant contexts of this control plane as the protocol endpoints see them before a message's own transaction,
 * read at most once a second each. Whoever changes something checks the context again in the same transaction.
 */
export interface OwnContexts {
  /** An active context under a profile that it takes part in; undefined alike for whatever is not there. */
  active(id: ParticipantContextId, profileName: string): Promise<Addressed | undefined>
  /** Makes this process read the context anew. Other replicas see a change within a second. */
  forget(id: ParticipantContextId): void
}

/** How long another replica may take a context for active that no longer is. */
const ttlMs = 1000
const maxCached = 2000

/** Contexts over the service's tables. */
export function createOwnContexts(database: ServiceDatabase, directory: DataspaceDirectory): OwnContexts {
  const contexts = new LRUCache<ParticipantContextId, Promise<OwnContext | undefined>>({ max: maxCached, ttl: ttlMs })

  const read = (id: ParticipantContextId): Promise<OwnContext | undefined> => {
    const reading = database.tenantAtOnce(id, findOwnContext)
    contexts.set(id, reading)
    const drop = (): void => {
      if (contexts.peek(id) === reading) contexts.delete(id)
    }
    // What is not there takes no place from what is.
    reading.then((own) => own ?? drop(), drop)
    return reading
  }
  return {
    active: async (id, profileName) => {
      const profile = directory.profile(profileName)
      if (!profile) return undefined
      const cached = contexts.get(id)
      const known = await (cached ?? read(id))
      // Only a yes is taken from memory: another replica may have activated it just now, and a refusal would be final.
      const own = cached && !takesPart(known, profileName) ? await read(id) : known
      return takesPart(own, profileName)
        ? { context: own.context, profile, scopes: directory.scopesOf(profileName) }
        : undefined
    },
    forget: (id) => {
      contexts.delete(id)
    },
  }
}

function takesPart(own: OwnContext | undefined, profileName: string): own is OwnContext {
  return own?.context.state === 'ACTIVATED' && own.profiles.includes(profileName)
}
