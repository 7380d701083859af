import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Did, PublicJwk } from '@weft/protocols/trust'
import { LRUCache } from 'lru-cache'
import { isPublished, type KeyPair } from './domain/key-pair.ts'
import type { Participant } from './domain/participant.ts'
import { hubErrors } from './errors.ts'
import { findContextOfDid, findParticipantWithKeys } from './store/participants.ts'

/** What the hot path needs to know of a participant context. */
export interface OwnContext {
  readonly participant: Participant
  /** In the order of their making. */
  readonly keyPairs: readonly KeyPair[]
}

/** The participant contexts of this hub as the protocol endpoints see them, read at most once a second each. */
export interface OwnContexts {
  /** An active context. @throws `identity-hub.context-unknown`, the same for unknown and inactive ones */
  active(id: ParticipantContextId): Promise<OwnContext>
  /** The active context that has a DID, or undefined. */
  activeByDid(did: Did): Promise<OwnContext | undefined>
  /**
   * The public key of that DID URL, if signatures of it are to be believed (DCP-45). A key that is not known yet may
   * have been made by another replica just now: the context is read anew.
   */
  publishedKey(id: ParticipantContextId, kid: string): Promise<PublicJwk | undefined>
  /** Makes this process read the context anew. Other replicas see a change within a second. */
  forget(id: ParticipantContextId): void
}

/** How long a deactivated context may go on in another replica. */
const ttlMs = 1000
const maxCached = 2000

export function createOwnContexts(database: ServiceDatabase, clock: () => number): OwnContexts {
  const contexts = new LRUCache<ParticipantContextId, Promise<OwnContext | undefined>>({ max: maxCached, ttl: ttlMs })
  // Outlives a second: what it says is checked against the context itself.
  const idsByDid = new LRUCache<Did, ParticipantContextId>({ max: maxCached })

  const read = (id: ParticipantContextId): Promise<OwnContext | undefined> => {
    const known = contexts.get(id)
    if (known) return known
    const reading = database.tenantAtOnce(id, (tx) => findParticipantWithKeys(tx, id))
    contexts.set(id, reading)
    reading.catch(() => contexts.delete(id))
    return reading
  }
  const idOf = async (did: Did): Promise<ParticipantContextId | undefined> =>
    await database.system('identity-hub.context-of-did', (tx) => findContextOfDid(tx, did))

  return {
    active: async (id) => {
      const context = await read(id)
      if (!context?.participant.active) throw new WeftError(hubErrors['context-unknown'])
      return context
    },
    activeByDid: async (did) => {
      const cached = idsByDid.get(did)
      const known = cached && (await read(cached))
      if (known?.participant.did === did) return known.participant.active ? known : undefined
      const id = await idOf(did)
      if (id === undefined) return undefined
      idsByDid.set(did, id)
      const context = await read(id)
      return context?.participant.did === did && context.participant.active ? context : undefined
    },
    publishedKey: async (id, kid) => {
      const known = (await read(id))?.keyPairs.find((pair) => pair.kid === kid)
      if (!known) contexts.delete(id)
      const pair = known ?? (await read(id))?.keyPairs.find((one) => one.kid === kid)
      return pair && isPublished(pair, clock()) ? pair.publicJwk : undefined
    },
    forget: (id) => {
      contexts.delete(id)
    },
  }
}
