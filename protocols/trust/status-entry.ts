import { WeftError } from '@weft/foundation/errors'
import { isSecureUrl } from './did.ts'
import { trustErrors } from './errors.ts'
import { isObject, type JsonObject } from './json.ts'

/** Purposes that make a credential not valid when the bit is set. */
export type StatusPurpose = 'revocation' | 'suspension'
export type StatusListKind = 'BitstringStatusList' | 'StatusList2021'

/** Where the status of one credential is found. */
export interface StatusEntry {
  readonly kind: StatusListKind
  readonly purpose: StatusPurpose
  /** Position in the list, from 0. */
  readonly index: number
  /** Bits that each entry of the list takes; one when absent. Any of them set is a set entry. */
  readonly size?: number
  /** URL of the status list credential. */
  readonly listUrl: string
}

const entryTypes: ReadonlyMap<unknown, StatusListKind> = new Map([
  ['BitstringStatusListEntry', 'BitstringStatusList'],
  ['StatusList2021Entry', 'StatusList2021'],
])
/** Purposes of a BitstringStatusList that say something about a credential without making it invalid. */
const harmlessPurposes: ReadonlySet<unknown> = new Set(['refresh', 'message'])

/** Bits of the widest entry that is read. */
const maxSize = 32

/** The `credentialStatus` member of a credential. */
export function statusEntryJson({ kind, purpose, index, listUrl }: Omit<StatusEntry, 'size'>): JsonObject {
  return {
    id: `${listUrl}#${index}`,
    type: `${kind}Entry`,
    statusPurpose: purpose,
    statusListIndex: String(index),
    statusListCredential: listUrl,
  }
}

/**
 * Reads a `credentialStatus` member. Undefined for an entry that cannot make the credential invalid; every other entry
 * that is not understood is an error, since it might (DCP-44).
 * @throws `trust.status-entry-unsupported`, `trust.status-index-out-of-range`
 */
export function parseStatusEntry(json: unknown): StatusEntry | undefined {
  if (!isObject(json)) throw unsupported()
  const kind = entryTypes.get(json.type)
  if (kind === undefined) throw unsupported()
  if (kind === 'BitstringStatusList' && harmlessPurposes.has(json.statusPurpose)) return undefined
  const { statusPurpose: purpose, statusListCredential: listUrl } = json
  if (purpose !== 'revocation' && purpose !== 'suspension') throw unsupported()
  if (typeof listUrl !== 'string' || !isSecureUrl(listUrl)) throw unsupported()
  return { kind, purpose, index: parseIndex(json.statusListIndex), size: parseSize(json.statusSize), listUrl }
}

function parseSize(value: unknown): number {
  if (value === undefined) return 1
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > maxSize) throw unsupported()
  return value
}

/** A text by the specification; some issuers send a number. */
function parseIndex(value: unknown): number {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !/^(0|[1-9][0-9]{0,9})$/.test(text)) {
    throw new WeftError(trustErrors['status-index-out-of-range'])
  }
  return Number(text)
}

function unsupported(): WeftError {
  return new WeftError(trustErrors['status-entry-unsupported'])
}
