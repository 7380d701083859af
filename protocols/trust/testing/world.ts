import {
  buildDidDocument,
  type Clock,
  createDidResolver,
  createStatusChecker,
  type Did,
  type DidResolver,
  type DidService,
  didDocumentUrl,
  didWeb,
  type FetchDocument,
  type GeneratedAlgorithm,
  generateSigningKey,
  type JsonObject,
  type PublicJwk,
  type PublishedKey,
  type Relationship,
  type SigningKey,
  type StatusChecker,
} from '../index.ts'

/** 2026-03-01T12:00:00Z: where the clock of every test stands until it is moved. */
export const noon = Date.UTC(2026, 2, 1, 12)

export interface Party {
  readonly did: Did
  readonly key: SigningKey
  readonly publicJwk: PublicJwk
}

interface PartyOptions {
  readonly services?: readonly DidService[]
  readonly relationships?: readonly Relationship[]
  readonly algorithm?: GeneratedAlgorithm
}

/** Real keys, documents and signatures over a fake web: pages by URL, a clock that is set by hand. */
export interface World {
  readonly clock: Clock
  readonly fetch: FetchDocument
  /** URLs in the order in which they were asked for. */
  readonly fetched: readonly string[]
  readonly resolver: DidResolver
  readonly statuses: StatusChecker
  advance(milliseconds: number): void
  publish(url: string, body: string | JsonObject, status?: number): void
  /** Makes a key and publishes a DID document with it. */
  party(name: string, options?: PartyOptions): Promise<Party>
  publishDocument(did: Did, keys: readonly PublishedKey[], services?: readonly DidService[]): void
}

export function createWorld(): World {
  const pages = new Map<string, { status: number; body: string }>()
  const fetched: string[] = []
  let now = noon
  const clock = () => now
  const fetch: FetchDocument = async (url) => {
    fetched.push(url)
    const page = pages.get(url)
    if (page?.status === 0) throw new Error('connection refused')
    return page ?? { status: 404, body: '' }
  }
  const resolver = createDidResolver({ fetchDocument: fetch, clock })
  const world: World = {
    clock,
    fetch,
    fetched,
    resolver,
    statuses: createStatusChecker({ fetchStatusList: fetch, resolver, clock }),
    advance: (milliseconds) => {
      now += milliseconds
    },
    publish: (url, body, status = 200) => {
      pages.set(url, { status, body: typeof body === 'string' ? body : JSON.stringify(body) })
    },
    party: async (name, options = {}) => {
      const did = didWeb('https://parties.example', name)
      const { publicJwk, privateJwk } = await generateSigningKey(options.algorithm)
      const key = { kid: `${did}#key-1`, privateJwk }
      const { relationships } = options
      world.publishDocument(
        did,
        [{ kid: key.kid, publicJwk, ...(relationships ? { relationships } : {}) }],
        options.services,
      )
      return { did, key, publicJwk }
    },
    publishDocument: (did, keys, services = []) =>
      world.publish(didDocumentUrl(did), buildDidDocument({ did, keys, services })),
  }
  return world
}

/** The code of the error that a promise ends with, or `no error`. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work)
    return 'no error'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `undeclared: ${String(error)}`
  }
}
