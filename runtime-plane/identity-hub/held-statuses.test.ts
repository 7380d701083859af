import { createLogger } from '@weft/foundation/telemetry'
import {
  buildDidDocument,
  createDidResolver,
  createStatusBits,
  createStatusChecker,
  generateSigningKey,
  issueCredential,
  issueStatusListCredential,
  parseDid,
  writeStatusBit,
} from '@weft/protocols/trust'
import { describe, expect, it, vi } from 'vitest'
import { createHeldStatuses } from './held-statuses.ts'

const did = parseDid('did:web:issuer.example')
const listUrl = 'https://issuer.example/list'

/** An issuer with one list, a clock that the test moves, and the way to its list, which the test cuts. */
async function world() {
  const generated = await generateSigningKey()
  const key = { kid: `${did}#k`, privateJwk: generated.privateJwk }
  const document = buildDidDocument({ did, keys: [{ kid: key.kid, publicJwk: generated.publicJwk }], services: [] })
  let now = 1_700_000_000_000
  let fetched = 0
  let revoked = false
  let answer: () => Promise<{ status: number; body: string }>
  const list = async () => {
    const bits = createStatusBits()
    writeStatusBit(bits, 3, revoked)
    const content = { kind: 'BitstringStatusList', url: listUrl, issuer: did, purpose: 'revocation' } as const
    return { status: 200, body: await issueStatusListCredential({ ...content, bits, validFrom: new Date(0) }, key) }
  }
  answer = list
  const clock = () => now
  const resolver = createDidResolver({
    fetchDocument: async () => ({ status: 200, body: JSON.stringify(document) }),
    clock,
  })
  const fetchStatusList = async () => {
    fetched++
    return await answer()
  }
  const raw = await issueCredential(
    {
      profile: 'vc20-bssl/jwt',
      id: 'urn:uuid:1',
      issuer: did,
      types: ['MembershipCredential'],
      subject: { id: parseDid('did:web:holder.example'), claims: {} },
      validFrom: new Date(now),
      status: [{ kind: 'BitstringStatusList', purpose: 'revocation', index: 3, listUrl }],
    },
    key,
  )
  return {
    statuses: createHeldStatuses({
      statuses: createStatusChecker({ fetchStatusList, resolver, clock }),
      rules: {},
      logger: createLogger({ component: 'test', level: 'silent' }),
    }),
    credential: { heldId: 'h1', raw },
    times: () => fetched,
    pass: (ms: number) => {
      now += ms
    },
    revoke: () => {
      revoked = true
    },
    cut: (how: () => Promise<{ status: number; body: string }>) => {
      answer = how
    },
  }
}

describe('DCP-20: what the issuer says of a held credential', () => {
  it('is at most ten seconds old, and is not asked for each time', async () => {
    const { statuses, credential, times, pass, revoke } = await world()
    expect(await statuses.of(credential)).toBe('valid')
    revoke()
    pass(9_000)
    expect(await statuses.of(credential)).toBe('valid')
    expect(times()).toBe(1)
    pass(1_001)
    expect(await statuses.of(credential)).toBe('revoked')
    expect(times()).toBe(2)
  })

  it('is unknown when the list cannot be read, and the next query does not wait for it again', async () => {
    const { statuses, credential, times, cut } = await world()
    cut(async () => ({ status: 503, body: '' }))
    expect(await statuses.of(credential)).toBe('unknown')
    expect(await statuses.of(credential)).toBe('unknown')
    expect(times()).toBe(1)
  })

  it('is unknown after a second when the issuer does not answer', async () => {
    const { statuses, credential, cut } = await world()
    cut(() => new Promise(() => {}))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const status = statuses.of(credential)
      await vi.advanceTimersByTimeAsync(1_000)
      expect(await status).toBe('unknown')
    } finally {
      vi.useRealTimers()
    }
  })
})
