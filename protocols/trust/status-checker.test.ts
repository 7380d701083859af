import { describe, expect, it } from 'vitest'
import { issueCredential, parseCredential } from './credential.ts'
import { signJwt } from './jwt.ts'
import type { TrustRules } from './ports.ts'
import { createStatusBits, encodeStatusBits, writeStatusBit } from './status-bits.ts'
import { createStatusChecker } from './status-checker.ts'
import type { StatusEntry, StatusListKind } from './status-entry.ts'
import {
  buildStatusListCredential,
  issueStatusListCredential,
  type StatusListContent,
} from './status-list-credential.ts'
import { codeOf, createWorld, noon, type Party, type World } from './testing/world.ts'

const url = 'https://issuer.example/statuslist/1'
const entry: StatusEntry = { kind: 'BitstringStatusList', purpose: 'revocation', index: 1, listUrl: url }

async function setUp(): Promise<{ world: World; issuer: Party; holder: Party }> {
  const world = createWorld()
  return { world, issuer: await world.party('issuer'), holder: await world.party('holder') }
}

function bitsWith(...indices: number[]): Uint8Array {
  const bits = createStatusBits()
  for (const index of indices) writeStatusBit(bits, index, true)
  return bits
}

function listOf(issuer: Party, changes: Partial<StatusListContent> = {}): StatusListContent {
  return {
    kind: 'BitstringStatusList',
    url,
    issuer: issuer.did,
    purpose: 'revocation',
    bits: bitsWith(),
    validFrom: new Date(noon),
    ...changes,
  }
}

async function publish(world: World, issuer: Party, changes: Partial<StatusListContent> = {}): Promise<void> {
  world.publish(url, await issueStatusListCredential(listOf(issuer, changes), issuer.key))
}

async function credentialOf(issuer: Party, holder: Party, status: readonly StatusEntry[] = [entry]) {
  const token = await issueCredential(
    {
      profile: 'vc11-sl2021/jwt',
      id: 'urn:uuid:1',
      issuer: issuer.did,
      types: ['MembershipCredential'],
      subject: { id: holder.did, claims: {} },
      validFrom: new Date(noon),
      status,
    },
    issuer.key,
  )
  return parseCredential(token)
}

/** A credential whose `credentialStatus` is whatever is given. */
async function credentialWith(issuer: Party, holder: Party, credentialStatus: unknown) {
  const vc = {
    type: ['MembershipCredential'],
    issuanceDate: '2026-03-01T12:00:00Z',
    credentialSubject: { id: holder.did },
    credentialStatus,
  }
  return parseCredential(await signJwt({ iss: issuer.did, vc }, issuer.key))
}

describe('checking the status of a credential (DCP-28)', () => {
  it.each<[StatusListKind]>([['BitstringStatusList'], ['StatusList2021']])('reads a signed %s', async (kind) => {
    const { world, issuer, holder } = await setUp()
    await publish(world, issuer, { kind, bits: bitsWith(1) })
    const revoked = await credentialOf(issuer, holder, [{ ...entry, kind, index: 1 }])
    const clear = await credentialOf(issuer, holder, [{ ...entry, kind, index: 2 }])
    expect(await world.statuses.check(revoked)).toEqual({ valid: false, purpose: 'revocation' })
    expect(await world.statuses.check(clear)).toEqual({ valid: true })
    expect(world.fetched.filter((fetched) => fetched === url)).toHaveLength(1)
  })

  it('says which purpose it is, revocation before suspension', async () => {
    const { world, issuer, holder } = await setUp()
    await publish(world, issuer, { bits: bitsWith(1) })
    const other = `${url}-suspension`
    const suspension = listOf(issuer, { url: other, purpose: 'suspension', bits: bitsWith(3) })
    world.publish(other, await issueStatusListCredential(suspension, issuer.key))
    const suspended: StatusEntry = { ...entry, purpose: 'suspension', index: 3, listUrl: other }
    const both = await credentialOf(issuer, holder, [suspended, entry])
    const one = await credentialOf(issuer, holder, [{ ...entry, index: 5 }, suspended])
    expect(await world.statuses.check(both)).toEqual({ valid: false, purpose: 'revocation' })
    expect(await world.statuses.check(one)).toEqual({ valid: false, purpose: 'suspension' })
  })

  it('DCP-43: reads a list for several purposes, and entries of several bits', async () => {
    const { world, issuer, holder } = await setUp()
    const list = await buildStatusListCredential(listOf(issuer, { bits: bitsWith(9) }))
    const subject = { ...(list.credentialSubject as object), statusPurpose: ['suspension', 'revocation'] }
    world.publish(url, await signJwt({ ...list, credentialSubject: subject }, issuer.key, 'vc+jwt'))
    const judge = async (index: number, statusSize: number) => {
      const wide = {
        type: 'BitstringStatusListEntry',
        statusPurpose: 'suspension',
        statusListIndex: String(index),
        statusListCredential: url,
        statusSize,
      }
      return world.statuses.check(await credentialWith(issuer, holder, wide))
    }
    // Bit 9 is the second of entry 4 of two bits each, and the second of entry 2 of four.
    expect(await judge(4, 2)).toEqual({ valid: false, purpose: 'suspension' })
    expect(await judge(2, 4)).toEqual({ valid: false, purpose: 'suspension' })
    expect(await judge(5, 2)).toEqual({ valid: true })
    expect(await judge(9, 1)).toEqual({ valid: false, purpose: 'suspension' })
  })

  it('takes a credential without a status entry for valid, and fetches nothing', async () => {
    const { world, issuer, holder } = await setUp()
    expect(await world.statuses.check(await credentialOf(issuer, holder, []))).toEqual({ valid: true })
    expect(world.fetched).toEqual([])
  })

  it('sees a revocation after 10 s at most, whatever it is told', async () => {
    const { world, issuer, holder } = await setUp()
    const checker = createStatusChecker({ ...world, fetchStatusList: world.fetch, ttlMs: 3_600_000 })
    const credential = await credentialOf(issuer, holder)
    await publish(world, issuer)
    expect(await checker.check(credential)).toEqual({ valid: true })
    await publish(world, issuer, { bits: bitsWith(1) })
    world.advance(9_999)
    expect(await checker.check(credential)).toEqual({ valid: true })
    world.advance(1)
    expect(await checker.check(credential)).toEqual({ valid: false, purpose: 'revocation' })
  })

  it('lets many checks share one request', async () => {
    const { world, issuer, holder } = await setUp()
    await publish(world, issuer)
    const credential = await credentialOf(issuer, holder)
    await Promise.all(Array.from({ length: 20 }, () => world.statuses.check(credential)))
    expect(world.fetched.filter((fetched) => fetched === url)).toHaveLength(1)
  })
})

describe('what cannot be checked counts as not valid (DCP-44)', () => {
  const check = async (
    prepare: (world: World, issuer: Party, holder: Party) => Promise<void>,
    changes: Partial<StatusEntry> = {},
    rules: TrustRules = {},
  ) => {
    const { world, issuer, holder } = await setUp()
    await prepare(world, issuer, holder)
    return codeOf(world.statuses.check(await credentialOf(issuer, holder, [{ ...entry, ...changes }]), rules))
  }

  it('a list that cannot be fetched, and the next check tries again', async () => {
    const { world, issuer, holder } = await setUp()
    const credential = await credentialOf(issuer, holder)
    world.publish(url, '', 0)
    expect(await codeOf(world.statuses.check(credential))).toBe('trust.status-list-unavailable')
    world.publish(url, '', 503)
    expect(await codeOf(world.statuses.check(credential))).toBe('trust.status-list-unavailable')
    await publish(world, issuer)
    expect(await world.statuses.check(credential)).toEqual({ valid: true })
  })

  it("somebody else's list", async () => {
    expect(await check((world, _issuer, holder) => publish(world, holder))).toBe('trust.status-list-foreign')
  })

  it("a list in the issuer's name that somebody else signed", async () => {
    const code = await check(async (world, issuer, holder) => {
      world.publish(url, await issueStatusListCredential(listOf(issuer), holder.key))
    })
    expect(code).toBe('trust.key-foreign')
  })

  it('a list that was changed after it was signed', async () => {
    const code = await check(async (world, issuer) => {
      const signed = await issueStatusListCredential(listOf(issuer, { bits: bitsWith(1) }), issuer.key)
      const clear = await issueStatusListCredential(listOf(issuer), issuer.key)
      const [header, , signature] = signed.split('.')
      world.publish(url, [header, clear.split('.')[1], signature].join('.'))
    })
    expect(code).toBe('trust.signature-invalid')
  })

  it('an index beyond the list', async () => {
    expect(await check((world, issuer) => publish(world, issuer), { index: 131_072 })).toBe(
      'trust.status-index-out-of-range',
    )
  })

  it('a list for another purpose, or of another kind', async () => {
    expect(await check((world, issuer) => publish(world, issuer, { purpose: 'suspension' }))).toBe(
      'trust.status-purpose-mismatch',
    )
    expect(await check((world, issuer) => publish(world, issuer, { kind: 'StatusList2021' }))).toBe(
      'trust.status-purpose-mismatch',
    )
  })

  it('a list that has expired or is not valid yet', async () => {
    const expired = { validUntil: new Date(noon) }
    const early = { validFrom: new Date(noon + 60_000) }
    expect(await check((world, issuer) => publish(world, issuer, expired))).toBe('trust.status-list-invalid')
    expect(await check((world, issuer) => publish(world, issuer, early))).toBe('trust.status-list-invalid')
  })

  it('a list that is shorter than its specification allows', async () => {
    expect(await check((world, issuer) => publish(world, issuer, { bits: new Uint8Array(2_048) }))).toBe(
      'trust.status-list-invalid',
    )
  })

  it('a gzip bomb', async () => {
    const code = await check((world, issuer) => publish(world, issuer, { bits: new Uint8Array(17 * 1024 * 1024) }))
    expect(code).toBe('trust.status-list-invalid')
  })

  it.each([
    ['no list', '{}'],
    ['no JSON', '<html>'],
    ['a token of something else', 'e30.e30.AA'],
    [
      'a list in a credential of another type',
      JSON.stringify({
        type: ['VerifiableCredential'],
        issuer: 'did:web:parties.example:issuer',
        credentialSubject: { type: 'BitstringStatusList', encodedList: 'u' },
      }),
    ],
  ])('%s', async (_what, body) => {
    const code = await check(async (world) => world.publish(url, body), {}, { unsignedStatusLists: true })
    expect(code).toBe('trust.status-list-invalid')
  })

  it.each([
    ['of an unknown type', { type: 'RevocationList2020Status' }, 'trust.status-entry-unsupported'],
    ['for an unknown purpose', { statusPurpose: 'constructor' }, 'trust.status-entry-unsupported'],
    ['over plain http', { statusListCredential: 'http://issuer.example/list' }, 'trust.status-entry-unsupported'],
    ['of no bits', { statusSize: 0 }, 'trust.status-entry-unsupported'],
    ['of a number of bits that is a text', { statusSize: '2' }, 'trust.status-entry-unsupported'],
    ['of more bits than anybody needs', { statusSize: 1e9 }, 'trust.status-entry-unsupported'],
    [
      'with several bits, at the end of a list of one bit each',
      { statusSize: 2, statusListIndex: '65536' },
      'trust.status-index-out-of-range',
    ],
    ['for several purposes at once', { statusPurpose: ['revocation'] }, 'trust.status-entry-unsupported'],
    ['with a negative index', { statusListIndex: '-1' }, 'trust.status-index-out-of-range'],
    ['with an index in other notation', { statusListIndex: '0x1' }, 'trust.status-index-out-of-range'],
    ['without an index', { statusListIndex: undefined }, 'trust.status-index-out-of-range'],
  ])('an entry %s', async (_what, changes, code) => {
    const { world, issuer, holder } = await setUp()
    await publish(world, issuer)
    const good = {
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: '1',
      statusListCredential: url,
    }
    expect(await codeOf(world.statuses.check(await credentialWith(issuer, holder, good)))).toBe('no error')
    expect(await codeOf(world.statuses.check(await credentialWith(issuer, holder, { ...good, ...changes })))).toBe(code)
    expect(
      await codeOf(world.statuses.check(await credentialWith(issuer, holder, [good, { ...good, ...changes }]))),
    ).toBe(code)
  })

  it('but an entry that only carries messages says nothing against a credential', async () => {
    const { world, issuer, holder } = await setUp()
    const credential = await credentialWith(issuer, holder, {
      type: 'BitstringStatusListEntry',
      statusPurpose: 'message',
      statusSize: 8,
    })
    expect(await world.statuses.check(credential)).toEqual({ valid: true })
  })
})

describe('unsigned lists (section 10)', () => {
  it('are taken only where the trust profile allows them, and never from the cache of such a profile', async () => {
    const { world, issuer, holder } = await setUp()
    world.publish(url, await buildStatusListCredential(listOf(issuer, { bits: bitsWith(1) })))
    const credential = await credentialOf(issuer, holder)
    const relaxed = { unsignedStatusLists: true }
    expect(await codeOf(world.statuses.check(credential))).toBe('trust.status-list-unsigned')
    expect(await world.statuses.check(credential, relaxed)).toEqual({ valid: false, purpose: 'revocation' })
    expect(await codeOf(world.statuses.check(credential))).toBe('trust.status-list-unsigned')
  })

  it('are published as each kind of list specifies', async () => {
    const { issuer } = await setUp()
    const bits = bitsWith(1)
    const list2021 = listOf(issuer, { kind: 'StatusList2021', bits, validUntil: new Date(noon + 1000) })
    expect(await buildStatusListCredential(list2021)).toEqual({
      '@context': ['https://www.w3.org/2018/credentials/v1', 'https://w3id.org/vc/status-list/2021/v1'],
      id: url,
      type: ['VerifiableCredential', 'StatusList2021Credential'],
      issuer: issuer.did,
      issuanceDate: '2026-03-01T12:00:00Z',
      expirationDate: '2026-03-01T12:00:01Z',
      credentialSubject: {
        id: `${url}#list`,
        type: 'StatusList2021',
        statusPurpose: 'revocation',
        encodedList: await encodeStatusBits('StatusList2021', bits),
      },
    })
    expect(await buildStatusListCredential(listOf(issuer))).toMatchObject({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      validFrom: '2026-03-01T12:00:00Z',
    })
  })
})
