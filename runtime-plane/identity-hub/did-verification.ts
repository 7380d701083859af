import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, toWeftError, WeftError } from '@weft/foundation/errors'
import {
  createDidResolver,
  type Did,
  type DidDocument,
  didDocumentUrl,
  type FetchDocument,
} from '@weft/protocols/trust'
import { type DidDifference, differencesOf, shows } from './domain/did-comparison.ts'
import { type KeyPair, keysToPublish } from './domain/key-pair.ts'
import type { KeyPairs } from './key-pairs.ts'
import { findParticipantWithKeys } from './store/participants.ts'

/** What a look at the published document of a participant found. */
interface DidVerification {
  readonly did: Did
  /** Where partners fetch the document. */
  readonly url: string
  /** UNREACHABLE: there is no document, or none of this DID. */
  readonly state: 'MATCHES' | 'DIFFERS' | 'UNREACHABLE'
  readonly problem: { readonly code: string; readonly reason: string } | null
  readonly differences: readonly DidDifference[]
  /** Keys that waited for this document and sign from now on. */
  readonly activatedKeyPairs: readonly string[]
}

export interface DidVerifications {
  /**
   * Fetches the document as partners do and says what differs from ours. Keys that waited to be published by the
   * customer, and are, sign from now on. @throws `request.not-found`
   */
  verify(id: ParticipantContextId): Promise<DidVerification>
}

export interface DidVerificationsOptions {
  readonly database: ServiceDatabase
  readonly keyPairs: KeyPairs
  readonly fetchDocument: FetchDocument
  readonly clock: () => number
}

export function createDidVerifications(options: DidVerificationsOptions): DidVerifications {
  const { database, keyPairs, fetchDocument, clock } = options

  /** A resolver of its own: nothing that is cached counts here. */
  const published = async (
    did: Did,
  ): Promise<{ readonly document: DidDocument } | { readonly problem: NonNullable<DidVerification['problem']> }> => {
    try {
      return { document: await createDidResolver({ fetchDocument, clock }).resolve(did) }
    } catch (caught) {
      const error = toWeftError(caught)
      if (error.entry.side === 'ours') throw error
      return { problem: { code: error.code, reason: error.message } }
    }
  }

  const activateShown = async (
    id: ParticipantContextId,
    pairs: readonly KeyPair[],
    found: DidDocument,
  ): Promise<readonly string[]> => {
    const shown = pairs.filter((pair) => pair.state === 'CREATED' && shows(found, pair)).map((pair) => pair.id)
    for (const pairId of shown) await keyPairs.activate(id, pairId)
    return shown
  }

  return {
    verify: async (id) => {
      const context = await database.tenant(id, (tx) => findParticipantWithKeys(tx, id))
      if (!context) throw new WeftError(requestErrors['not-found'])
      const { did, services } = context.participant
      const about = { did, url: didDocumentUrl(did) }
      const keys = keysToPublish(context.keyPairs, clock())
      const found = await published(did)
      if ('problem' in found) {
        return { ...about, state: 'UNREACHABLE', problem: found.problem, differences: [], activatedKeyPairs: [] }
      }
      const differences = differencesOf({ keys, services }, found.document)
      const activatedKeyPairs = await activateShown(id, keys, found.document)
      const state = differences.length === 0 ? 'MATCHES' : 'DIFFERS'
      return { ...about, state, problem: null, differences, activatedKeyPairs }
    },
  }
}
