import { WeftError } from '@weft/foundation/errors'
import { LRUCache } from 'lru-cache'
import { type Did, didDocumentUrl } from './did.ts'
import { absoluteKeyId, type DidDocument, parseDidDocument } from './did-document.ts'
import { trustErrors } from './errors.ts'
import { parseJsonStrictly } from './json.ts'
import type { Clock, FetchDocument, FetchedDocument } from './ports.ts'

/** Resolves did:web documents through a bounded cache; many askers for one DID share one request. */
export interface DidResolver {
  /** @throws `trust.did-not-found`, `trust.did-unresolvable`, `trust.did-document-invalid` */
  resolve(did: Did): Promise<DidDocument>
  /**
   * Like `resolve`; when a cached document lacks the key, fetches it anew, at most once a second for each DID, so that
   * a key that was just added is found and an invented one costs little.
   */
  resolveForKey(did: Did, kid: string | undefined): Promise<DidDocument>
}

export interface DidResolverOptions {
  readonly fetchDocument: FetchDocument
  readonly clock: Clock
  /** How long a document is used, in milliseconds: default and most 10,000, so that a removed key is soon refused (DCP-45). */
  readonly ttlMs?: number
  /** Cached documents; default 1,000. */
  readonly max?: number
}

interface Entry {
  readonly fetchedAt: number
  readonly outcome: { readonly document: DidDocument } | { readonly failure: unknown }
}

const maxTtlMs = 10_000
/** A failure is remembered just long enough to take a burst; a document that appears is seen at once for people. */
const failureTtlMs = 500
const refetchAfterMs = 1_000
const accept = 'application/did+json, application/did+ld+json;q=0.9, application/json;q=0.8'
const absentStatuses: ReadonlySet<number> = new Set([204, 404, 410])

export function createDidResolver(options: DidResolverOptions): DidResolver {
  const { clock, fetchDocument } = options
  const ttlMs = Math.min(options.ttlMs ?? maxTtlMs, maxTtlMs)
  const documents = new LRUCache<Did, Entry>({ max: options.max ?? 1_000 })
  // Apart, so that a flood of invented DIDs does not drive out the documents of those who are really there.
  const failures = new LRUCache<Did, Entry>({ max: 200 })
  const inFlight = new Map<Did, Promise<Entry>>()

  const load = async (did: Did): Promise<Entry> => {
    const fetchedAt = clock()
    const outcome = await fetchDid(did, fetchDocument).then(
      (document) => ({ document }),
      (failure: unknown) => ({ failure }),
    )
    const entry = { fetchedAt, outcome }
    const [kept, other] = 'failure' in outcome ? [failures, documents] : [documents, failures]
    kept.set(did, entry)
    other.delete(did)
    return entry
  }

  const fetchShared = (did: Did): Promise<Entry> => {
    const running = inFlight.get(did)
    if (running) return running
    const started = load(did).finally(() => inFlight.delete(did))
    inFlight.set(did, started)
    return started
  }

  const entryOf = async (did: Did, isUsable: (entry: Entry, ageMs: number) => boolean): Promise<DidDocument> => {
    const cached = documents.get(did) ?? failures.get(did)
    const entry = cached && isUsable(cached, clock() - cached.fetchedAt) ? cached : await fetchShared(did)
    if ('failure' in entry.outcome) throw entry.outcome.failure
    return entry.outcome.document
  }

  const isFresh = ({ outcome }: Entry, ageMs: number) =>
    ageMs >= 0 && ageMs < ('failure' in outcome ? failureTtlMs : ttlMs)

  return {
    resolve: (did) => entryOf(did, isFresh),
    resolveForKey: (did, kid) =>
      entryOf(did, (entry, ageMs) => {
        if (!isFresh(entry, ageMs)) return false
        return ageMs < refetchAfterMs || 'failure' in entry.outcome || holdsKey(entry.outcome.document, kid)
      }),
  }
}

function holdsKey(document: DidDocument, kid: string | undefined): boolean {
  if (kid === undefined) return true
  const id = absoluteKeyId(kid, document.id)
  // Another DID's key is not in any edition of this document.
  return id === undefined || document.verificationMethods.some((method) => method.id === id)
}

async function fetchDid(did: Did, fetchDocument: FetchDocument): Promise<DidDocument> {
  const { status, body } = await answerOf(did, fetchDocument)
  // Some hubs answer 204 for a name that they do not know (section 10).
  if (absentStatuses.has(status)) {
    throw new WeftError(trustErrors['did-not-found'], { message: `There is no DID document for ${did}.` })
  }
  if (status !== 200) throw unresolvable(did, { detail: { status } })
  try {
    return parseDidDocument(parseJsonStrictly(body), did)
  } catch (cause) {
    throw new WeftError(trustErrors['did-document-invalid'], {
      message: `The DID document of ${did} is not valid.`,
      cause,
    })
  }
}

async function answerOf(did: Did, fetchDocument: FetchDocument): Promise<FetchedDocument> {
  try {
    return await fetchDocument(didDocumentUrl(did), accept)
  } catch (cause) {
    throw unresolvable(did, { cause })
  }
}

function unresolvable(did: Did, options: { readonly cause?: unknown; readonly detail?: unknown }): WeftError {
  return new WeftError(trustErrors['did-unresolvable'], {
    message: `The DID document of ${did} cannot be fetched at the moment.`,
    ...options,
  })
}
