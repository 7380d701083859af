import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { WeftError } from '@weft/foundation/errors'
import { trustErrors } from './errors.ts'
import type { StatusListKind } from './status-entry.ts'

/** A shorter list would tell too much about whose entry is read (DCP-43). */
export const minimumStatusListEntries = 131_072
/** Of a list that somebody else published: stops a gzip bomb (DCP-44). */
const maxInflatedBytes = 16 * 1024 * 1024

const inflate = promisify(gunzip)
const deflate = promisify(gzip)

/** An empty list. @throws RangeError with fewer than 131,072 entries, or a number that fills no bytes */
export function createStatusBits(entries: number = minimumStatusListEntries): Uint8Array {
  if (!Number.isSafeInteger(entries) || entries < minimumStatusListEntries || entries % 8 !== 0) {
    throw new RangeError(`a status list has at least ${minimumStatusListEntries} entries and fills whole bytes`)
  }
  return new Uint8Array(entries / 8)
}

/** Whether an entry is set. Entry 0 is the most significant bit of byte 0 (DCP-43). @throws `trust.status-index-out-of-range` */
export function readStatusBit(bits: Uint8Array, index: number): boolean {
  return (byteAt(bits, index) & maskOf(index)) !== 0
}

/** Whether any bit of an entry is set, where each entry takes `size` bits. @throws `trust.status-index-out-of-range` */
export function readStatusEntry(bits: Uint8Array, index: number, size = 1): boolean {
  const first = index * size
  // The last bit first: an entry that the list holds only in part is not in it.
  const positions = Array.from({ length: size }, (_, at) => first + size - 1 - at)
  return positions.map((position) => readStatusBit(bits, position)).some((isSet) => isSet)
}

/** Sets or clears an entry in place. @throws `trust.status-index-out-of-range` */
export function writeStatusBit(bits: Uint8Array, index: number, value: boolean): void {
  const byte = byteAt(bits, index)
  bits[index >> 3] = value ? byte | maskOf(index) : byte & ~maskOf(index)
}

/** `encodedList`: gzip, then multibase base64url for BitstringStatusList, plain base64 for StatusList2021 (section 3.10). */
export async function encodeStatusBits(kind: StatusListKind, bits: Uint8Array): Promise<string> {
  const compressed = await deflate(bits)
  return kind === 'BitstringStatusList' ? `u${compressed.toString('base64url')}` : compressed.toString('base64')
}

/** Reads `encodedList` in any of the spellings in use. @throws `trust.status-list-invalid`, also above 16 MiB */
export async function decodeStatusBits(encoded: string): Promise<Uint8Array> {
  try {
    return await inflate(decodeText(encoded), { maxOutputLength: maxInflatedBytes })
  } catch (cause) {
    throw new WeftError(trustErrors['status-list-invalid'], { cause })
  }
}

/** gzip starts with 1F 8B, base64 of which is `H4s`: a leading `u` is always the multibase prefix. */
function decodeText(encoded: string): Buffer {
  const text = encoded.startsWith('u') ? encoded.slice(1) : encoded
  if (!/^([A-Za-z0-9_-]+|[A-Za-z0-9+/]+)={0,2}$/.test(text)) throw new SyntaxError('neither base64url nor base64')
  return Buffer.from(text, 'base64')
}

function byteAt(bits: Uint8Array, index: number): number {
  const byte = Number.isSafeInteger(index) && index >= 0 ? bits[Math.floor(index / 8)] : undefined
  if (byte === undefined) throw new WeftError(trustErrors['status-index-out-of-range'])
  return byte
}

function maskOf(index: number): number {
  return 0x80 >> (index & 7)
}
