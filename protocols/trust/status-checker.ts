import { WeftError } from '@weft/foundation/errors'
import { LRUCache } from 'lru-cache'
import type { Did } from './did.ts'
import type { DidResolver } from './did-resolver.ts'
import { trustErrors } from './errors.ts'
import { type Clock, type FetchDocument, type FetchedDocument, strictRules, type TrustRules } from './ports.ts'
import { decodeStatusBits, minimumStatusListEntries, readStatusEntry } from './status-bits.ts'
import { parseStatusEntry, type StatusEntry, type StatusListKind, type StatusPurpose } from './status-entry.ts'
import { type PublishedStatusList, parseStatusListCredential } from './status-list-credential.ts'
import type { VerifiableCredential } from './verifiable-credential.ts'
import { verifyJwt } from './verify-jwt.ts'

export type CredentialStatusResult =
  | { readonly valid: true }
  | { readonly valid: false; readonly purpose: StatusPurpose }

export interface StatusChecker {
  /**
   * Looks at every status entry of a credential whose signature has been verified. Fails closed (DCP-44): what cannot
   * be checked is an error, never a valid credential.
   * @throws `trust.status-*`, and what `verifyJwt` throws about the list's signature
   */
  check(credential: VerifiableCredential, rules?: TrustRules): Promise<CredentialStatusResult>
}

export interface StatusCheckerOptions {
  readonly fetchStatusList: FetchDocument
  readonly resolver: DidResolver
  readonly clock: Clock
  /** How long a list is used, in milliseconds: default and most 10,000, so that a revocation is soon seen. */
  readonly ttlMs?: number
}

interface VerifiedList {
  readonly kind: StatusListKind
  readonly issuer: Did
  readonly purposes: readonly string[]
  readonly bits: Uint8Array
  readonly validFrom: Date | undefined
  readonly validUntil: Date | undefined
  readonly fetchedAt: number
}

const maxTtlMs = 10_000
const clockLeewayMs = 10_000
/** All cached lists together; a list of the minimum length has 16 KiB. */
const maxCachedBytes = 64 * 1024 * 1024
const accept = 'application/vc+jwt, application/jwt;q=0.9, application/json;q=0.5'

export function createStatusChecker(options: StatusCheckerOptions): StatusChecker {
  const { clock } = options
  const ttlMs = Math.min(options.ttlMs ?? maxTtlMs, maxTtlMs)
  const lists = new LRUCache<string, VerifiedList>({
    max: 1_000,
    maxSize: maxCachedBytes,
    sizeCalculation: (list) => list.bits.byteLength + 1_024,
  })
  const inFlight = new Map<string, Promise<VerifiedList>>()

  const load = async (name: string, url: string, rules: TrustRules): Promise<VerifiedList> => {
    const fetchedAt = clock()
    const list = { ...(await fetchVerified(url, rules, options)), fetchedAt }
    lists.set(name, list)
    return list
  }

  const isFresh = (list: VerifiedList): boolean => {
    const ageMs = clock() - list.fetchedAt
    return ageMs >= 0 && ageMs < ttlMs
  }

  const listAt = (url: string, rules: TrustRules): Promise<VerifiedList> | VerifiedList => {
    // A list that was taken under relaxed rules is not there for a stricter profile.
    const name = `${rules.relationships === 'optional'} ${rules.unsignedStatusLists === true} ${url}`
    const cached = lists.get(name)
    if (cached && isFresh(cached)) return cached
    const running = inFlight.get(name)
    if (running) return running
    const started = load(name, url, rules).finally(() => inFlight.delete(name))
    inFlight.set(name, started)
    return started
  }

  const isSet = async (entry: StatusEntry, issuer: Did, rules: TrustRules): Promise<boolean> => {
    const list = await listAt(entry.listUrl, rules)
    requireSameIssuer(list, issuer)
    requireSamePurpose(list, entry)
    requireCurrent(list, clock())
    return readStatusEntry(list.bits, entry.index, entry.size)
  }

  return {
    check: async (credential, rules = strictRules) => {
      const entries = credential.status.map(parseStatusEntry).filter((entry) => entry !== undefined)
      const set = await Promise.all(entries.map((entry) => isSet(entry, credential.issuer, rules)))
      const found = entries.filter((_entry, at) => set[at])
      const worst = found.find((entry) => entry.purpose === 'revocation') ?? found[0]
      return worst === undefined ? { valid: true } : { valid: false, purpose: worst.purpose }
    },
  }
}

async function fetchVerified(
  url: string,
  rules: TrustRules,
  options: StatusCheckerOptions,
): Promise<Omit<VerifiedList, 'fetchedAt'>> {
  const published = parseStatusListCredential(await bodyOf(url, options.fetchStatusList))
  await verifyPublisher(published, rules, options.resolver)
  const bits = await decodeStatusBits(published.encodedList)
  if (published.kind === 'BitstringStatusList' && bits.byteLength * 8 < minimumStatusListEntries) {
    throw new WeftError(trustErrors['status-list-invalid'], {
      message: 'The status list is shorter than its specification allows.',
    })
  }
  const { kind, issuer, purposes, validFrom, validUntil } = published
  return { kind, issuer, purposes, bits, validFrom, validUntil }
}

async function bodyOf(url: string, fetchStatusList: FetchDocument): Promise<string> {
  let answer: FetchedDocument
  try {
    answer = await fetchStatusList(url, accept)
  } catch (cause) {
    throw new WeftError(trustErrors['status-list-unavailable'], { cause })
  }
  if (answer.status !== 200)
    throw new WeftError(trustErrors['status-list-unavailable'], { detail: { status: answer.status } })
  return answer.body
}

async function verifyPublisher(
  { jwt, issuer }: PublishedStatusList,
  rules: TrustRules,
  resolver: DidResolver,
): Promise<void> {
  if (jwt !== undefined) {
    await verifyJwt(jwt, { signer: issuer, relationship: 'assertionMethod', resolver, rules })
  } else if (rules.unsignedStatusLists !== true) {
    throw new WeftError(trustErrors['status-list-unsigned'])
  }
}

function requireSameIssuer(list: VerifiedList, issuer: Did): void {
  if (list.issuer !== issuer) throw new WeftError(trustErrors['status-list-foreign'])
}

function requireSamePurpose(list: VerifiedList, entry: StatusEntry): void {
  if (list.kind !== entry.kind || !list.purposes.includes(entry.purpose)) {
    throw new WeftError(trustErrors['status-purpose-mismatch'])
  }
}

function requireCurrent({ validFrom, validUntil }: VerifiedList, now: number): void {
  const isEarly = validFrom !== undefined && validFrom.getTime() > now + clockLeewayMs
  const isLate = validUntil !== undefined && validUntil.getTime() <= now
  if (isEarly || isLate) {
    throw new WeftError(trustErrors['status-list-invalid'], { message: 'The status list is not current.' })
  }
}
