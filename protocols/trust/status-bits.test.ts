import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createStatusBits,
  decodeStatusBits,
  encodeStatusBits,
  minimumStatusListEntries,
  readStatusBit,
  writeStatusBit,
} from './status-bits.ts'
import { codeOf } from './testing/world.ts'

describe('the bits of a status list (DCP-43)', () => {
  it('has at least 131,072 entries', () => {
    expect(createStatusBits()).toHaveLength(16_384)
    expect(() => createStatusBits(131_064)).toThrow(RangeError)
    expect(() => createStatusBits(131_073)).toThrow(RangeError)
  })

  it('counts from the most significant bit', () => {
    const bits = createStatusBits()
    writeStatusBit(bits, 0, true)
    writeStatusBit(bits, 9, true)
    expect([...bits.subarray(0, 3)]).toEqual([0b1000_0000, 0b0100_0000, 0])
  })

  it.each([-1, 0.5, Number.NaN, minimumStatusListEntries, 2 ** 32, 2 ** 53])('has no entry %s', async (index) => {
    const bits = createStatusBits()
    expect(await codeOf(() => readStatusBit(bits, index))).toBe('trust.status-index-out-of-range')
    expect(await codeOf(() => writeStatusBit(bits, index, true))).toBe('trust.status-index-out-of-range')
  })

  it('brings any set of entries through the wire, and no other entry', async () => {
    const indices = fc.uniqueArray(fc.nat(minimumStatusListEntries - 1), { maxLength: 50 })
    const kinds = fc.constantFrom('BitstringStatusList', 'StatusList2021')
    await fc.assert(
      fc.asyncProperty(kinds, indices, fc.nat(minimumStatusListEntries - 1), async (kind, set, other) => {
        const bits = createStatusBits()
        for (const index of set) writeStatusBit(bits, index, true)
        const read = await decodeStatusBits(await encodeStatusBits(kind, bits))
        expect(read.byteLength).toBe(bits.byteLength)
        for (const index of set) expect(readStatusBit(read, index)).toBe(true)
        expect(readStatusBit(read, other)).toBe(set.includes(other))
      }),
      { numRuns: 50 },
    )
  })

  it('clears an entry without touching its neighbours: a suspension can be lifted', () => {
    const bits = createStatusBits()
    for (const index of [7, 8, 9]) writeStatusBit(bits, index, true)
    writeStatusBit(bits, 8, false)
    expect([7, 8, 9].map((index) => readStatusBit(bits, index))).toEqual([true, false, true])
  })
})

describe('encodedList (section 3.10)', () => {
  const compressed = gzipSync(Buffer.alloc(16_384, 0b1010_0000))

  it.each([
    ['multibase base64url', `u${compressed.toString('base64url')}`],
    ['base64', compressed.toString('base64')],
    ['base64 without padding', compressed.toString('base64').replace(/=+$/, '')],
    ['base64url', compressed.toString('base64url')],
  ])('is read as %s', async (_how, encoded) => {
    const bits = await decodeStatusBits(encoded)
    expect([0, 1, 2, 3].map((index) => readStatusBit(bits, index))).toEqual([true, false, true, false])
  })

  it('is written as each kind of list specifies', async () => {
    expect(await encodeStatusBits('BitstringStatusList', createStatusBits())).toMatch(/^uH4s[A-Za-z0-9_-]+$/)
    expect(await encodeStatusBits('StatusList2021', createStatusBits())).toMatch(/^H4s[A-Za-z0-9+/]+={0,2}$/)
  })

  it.each([
    ['a gzip bomb', gzipSync(Buffer.alloc(17 * 1024 * 1024)).toString('base64')],
    [
      'a bomb of several members',
      Buffer.concat([gzipSync(Buffer.alloc(9_000_000)), gzipSync(Buffer.alloc(9_000_000))]).toString('base64'),
    ],
    ['what is not gzip', Buffer.from('plain').toString('base64')],
    ['a truncated list', compressed.subarray(0, 20).toString('base64')],
    ['base58', 'z3vQB7B6MrGQZaxCuFg4oh'],
    ['nothing', ''],
  ])('refuses %s (DCP-44)', async (_what, encoded) => {
    expect(await codeOf(decodeStatusBits(encoded))).toBe('trust.status-list-invalid')
  })
})
