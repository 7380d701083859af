import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import {
  buildStatusListCredential,
  type Clock,
  issueStatusListCredential,
  type StatusListContent,
  type StatusListKind,
} from '@weft/protocols/trust'
import { LRUCache } from 'lru-cache'
import { issuerErrors } from './domain/errors.ts'
import type { IssuerUrls } from './domain/issuer.ts'
import type { Issuers } from './issuers.ts'
import { findListVersion, readList } from './store/status-lists.ts'

/** The two forms of a published list. */
export type StatusListForm = 'jwt' | 'json'

interface PublishedList {
  readonly kind: StatusListKind
  readonly text: string
}

/** Publishes status lists; a change is visible to the next reader. */
export interface StatusLists {
  /** The list as text of the form. @throws `issuer.status-list-unknown` */
  publish(id: string, form: StatusListForm): Promise<PublishedList>
}

const validForMs = 3_600_000
/** A list is made anew while it is still valid for that long, so that no reader gets one on its last legs. */
const renewBeforeMs = 600_000

/**
 * Each reading asks the database for the list's version and takes the kept form when that has not changed; so a
 * revocation shows at once on every replica, and a signature is made once a change.
 */
export function createStatusLists(options: {
  readonly database: ServiceDatabase
  readonly issuers: Issuers
  readonly urls: IssuerUrls
  readonly clock: Clock
}): StatusLists {
  const { database, issuers, urls, clock } = options
  const kept = new LRUCache<string, PublishedList & { version: number; renewAt: number }>({ max: 200 })

  const content = async (id: string, owner: Parameters<Issuers['read']>[0]) => {
    const issuer = await issuers.read(owner)
    const list = await database.tenant(owner, (tx) => readList(tx, id))
    if (!list) throw new WeftError(issuerErrors['status-list-unknown'])
    const now = clock()
    const described: StatusListContent = {
      kind: list.kind,
      url: urls.statusList(id),
      issuer: issuer.did,
      purpose: list.purpose,
      bits: list.bits,
      validFrom: new Date(now),
      validUntil: new Date(now + validForMs),
    }
    return { issuer, list, described, renewAt: now + validForMs - renewBeforeMs }
  }
  return {
    publish: async (id, form) => {
      const found = await findListVersion(database, id)
      if (!found) throw new WeftError(issuerErrors['status-list-unknown'])
      const key = `${form} ${id}`
      const before = kept.get(key)
      if (before?.version === found.version && clock() < before.renewAt) return before
      const { issuer, list, described, renewAt } = await content(id, found.participantContextId)
      const text =
        form === 'jwt'
          ? await issueStatusListCredential(described, await issuers.signingKey(issuer))
          : JSON.stringify(await buildStatusListCredential(described))
      const published = { kind: list.kind, text, version: list.version, renewAt }
      kept.set(key, published)
      return published
    },
  }
}
