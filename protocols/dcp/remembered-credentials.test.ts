import { beforeEach, describe, expect, it, vi } from 'vitest'
import { generateSigningKey } from '../trust/index.ts'
import { isSignatureOf } from '../trust/testing/signature-checks.ts'
import { codeOf } from '../trust/testing/world.ts'
import { createPresentation } from './presentation.ts'
import { createSelfIssuedToken, verifySelfIssuedToken } from './self-issued-token.ts'
import { createDataspace, type Dataspace, hour, listUrl, revocable } from './testing/dataspace.ts'
import { createReplayMemory } from './testing/replay-memory.ts'
import { type PresentationCheck, verifyPresentations } from './verify-presentations.ts'

vi.mock('../trust/jws.ts', { spy: true })

/** How many signatures were checked while something was done. */
async function checksDuring(work: () => Promise<unknown>): Promise<number> {
  const before = vi.mocked(isSignatureOf).mock.calls.length
  await work()
  return vi.mocked(isSignatureOf).mock.calls.length - before
}

let space: Dataspace
let credential: string

/** Verifies a fresh presentation of the one credential. */
async function judge(changes: Partial<PresentationCheck> = {}): Promise<string> {
  return codeOf(verifyPresentations(space.check([await space.present(credential)], changes)))
}

beforeEach(async () => {
  space = await createDataspace()
  await space.publishList()
  credential = await space.credential({ status: revocable(7), validUntil: new Date(space.world.clock() + hour) })
  expect(await judge()).toBe('no error')
})

describe('a credential that comes again (DCP-25)', () => {
  it('costs no second check of its signature; its presentation is checked each time (DCP-23)', async () => {
    expect(await checksDuring(() => judge())).toBe(1)
    expect(await checksDuring(() => judge())).toBe(1)
  })

  it('costs one when it is another one of the same issuer', async () => {
    credential = await space.credential({ id: 'urn:uuid:2' })
    expect(await checksDuring(() => judge())).toBe(2)
  })

  it('DCP-23: the very same presentation is checked anew each time', async () => {
    const check = space.check([await space.present(credential)])
    for (const _time of [1, 2]) expect(await checksDuring(() => verifyPresentations(check))).toBe(1)
  })

  it('DCP-10: a self-issued token is checked anew each time', async () => {
    const { holder, verifier, world } = space
    const { token } = await createSelfIssuedToken({ ...holder, audience: verifier.did, clock: world.clock })
    const check = { audience: verifier.did, resolver: world.resolver, clock: world.clock, replay: createReplayMemory() }
    expect(await checksDuring(() => verifySelfIssuedToken(token, check))).toBe(1)
    expect(await checksDuring(() => codeOf(verifySelfIssuedToken(token, check)))).toBe(1)
  })

  it('DCP-28: a status list is checked anew each time that it is fetched', async () => {
    space.world.advance(10_000)
    const before = space.world.fetched.filter((url) => url === listUrl).length
    expect(await checksDuring(() => judge())).toBe(2)
    expect(space.world.fetched.filter((url) => url === listUrl)).toHaveLength(before + 1)
  })
})

describe('what else may have changed since a credential came last', () => {
  it('DCP-45: refuses it when the document of its issuer no longer has the key', async () => {
    space.world.publishDocument(space.issuer.did, [])
    space.world.advance(10_000)
    expect(await judge()).toBe('trust.key-not-found')
  })

  it('DCP-45: refuses it when another key has taken the place of that key', async () => {
    const { publicJwk } = await generateSigningKey()
    space.world.publishDocument(space.issuer.did, [{ kid: space.issuer.key.kid, publicJwk }])
    space.world.advance(10_000)
    expect(await judge()).toBe('trust.signature-invalid')
  })

  it('DCP-27: refuses it when the key is no longer listed for credentials', async () => {
    const { did, key, publicJwk } = space.issuer
    space.world.publishDocument(did, [{ kid: key.kid, publicJwk, relationships: ['authentication'] }])
    space.world.advance(10_000)
    expect(await judge()).toBe('trust.key-not-permitted')
  })

  it('DCP-28: refuses it once it is revoked', async () => {
    await space.publishList(7)
    space.world.advance(10_000)
    expect(await judge()).toBe('dcp.credential-revoked')
  })

  it('DCP-29: refuses it once it has expired', async () => {
    space.world.advance(hour)
    expect(await judge()).toBe('dcp.credential-expired')
  })

  it('DCP-30: refuses it where its issuer is not trusted', async () => {
    expect(await judge({ trusted: () => false })).toBe('dcp.issuer-untrusted')
  })

  it('DCP-26: refuses it from anybody else', async () => {
    const { mallory, verifier, world } = space
    const stolen = await createPresentation({
      holder: mallory.did,
      audience: verifier.did,
      credentials: [credential],
      key: mallory.key,
      clock: world.clock,
    })
    expect(await codeOf(verifyPresentations(space.check([stolen], { holder: mallory.did })))).toBe(
      'dcp.holder-mismatch',
    )
  })

  it('DCP-31: checks its schema each time', async () => {
    const check = vi.fn(async () => undefined)
    await judge({ schemas: { check } })
    await judge({ schemas: { check } })
    expect(check).toHaveBeenCalledTimes(2)
  })
})
