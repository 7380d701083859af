import { describe, expect, it } from 'vitest'
import { didDocumentUrl, parseDid } from './did.ts'
import { createDidResolver } from './did-resolver.ts'
import { generateSigningKey } from './jwk.ts'
import type { FetchDocument } from './ports.ts'
import { codeOf, createWorld } from './testing/world.ts'

describe('resolving did:web', () => {
  it('keeps a document for 10 s at most, whatever it is told (DCP-45)', async () => {
    const world = createWorld()
    const { did } = await world.party('acme')
    const resolver = createDidResolver({ fetchDocument: world.fetch, clock: world.clock, ttlMs: 3_600_000 })
    await resolver.resolve(did)
    world.advance(9_999)
    await resolver.resolve(did)
    expect(world.fetched).toHaveLength(1)
    world.advance(1)
    await resolver.resolve(did)
    expect(world.fetched).toEqual([didDocumentUrl(did), didDocumentUrl(did)])
  })

  it('lets many askers share one request', async () => {
    const world = createWorld()
    const { did } = await world.party('acme')
    const documents = await Promise.all(Array.from({ length: 50 }, () => world.resolver.resolve(did)))
    expect(new Set(documents).size).toBe(1)
    expect(world.fetched).toHaveLength(1)
  })

  it('stays within its bound, dropping what was used least recently', async () => {
    const world = createWorld()
    const parties = await Promise.all(['a', 'b', 'c'].map((name) => world.party(name)))
    const resolver = createDidResolver({ fetchDocument: world.fetch, clock: world.clock, max: 2 })
    for (const { did } of parties) await resolver.resolve(did)
    for (const { did } of parties.toReversed()) await resolver.resolve(did)
    expect(world.fetched).toHaveLength(4)
  })

  it('DCP-48: keeps the documents of those who are there through a flood of DIDs that lead nowhere', async () => {
    const world = createWorld()
    const { did } = await world.party('acme')
    const resolver = createDidResolver({ fetchDocument: world.fetch, clock: world.clock, max: 10 })
    await resolver.resolve(did)
    for (let at = 0; at < 500; at += 1) await codeOf(resolver.resolve(parseDid(`did:web:invented${at}.example`)))
    await resolver.resolve(did)
    expect(world.fetched.filter((url) => url === didDocumentUrl(did))).toHaveLength(1)
  })

  it('finds a document that was missing, and misses one that is gone', async () => {
    const world = createWorld()
    const { did, key, publicJwk } = await world.party('acme')
    const url = didDocumentUrl(did)
    world.publish(url, '', 404)
    expect(await codeOf(world.resolver.resolve(did))).toBe('trust.did-not-found')
    world.publishDocument(did, [{ kid: key.kid, publicJwk }])
    world.advance(500)
    expect(await codeOf(world.resolver.resolve(did))).toBe('no error')
    world.publish(url, '', 404)
    world.advance(10_000)
    expect(await codeOf(world.resolver.resolve(did))).toBe('trust.did-not-found')
    expect(await codeOf(world.resolver.resolve(did))).toBe('trust.did-not-found')
    expect(world.fetched).toHaveLength(3)
  })

  it.each([
    [404, 'trust.did-not-found'],
    [204, 'trust.did-not-found'],
    [500, 'trust.did-unresolvable'],
    [302, 'trust.did-unresolvable'],
    [0, 'trust.did-unresolvable'],
  ])('says of a host that answers %i: %s, and that trying again may help', async (status, code) => {
    const world = createWorld()
    const did = parseDid('did:web:example.com')
    world.publish(didDocumentUrl(did), '', status)
    await expect(world.resolver.resolve(did)).rejects.toMatchObject({ code, entry: { retryable: true } })
  })

  it.each([
    ['no JSON', '<html>'],
    ['duplicate members', '{"id":"did:web:example.com","id":"did:web:example.com"}'],
    ["another DID's document (DCP-08)", '{"id":"did:web:example.org"}'],
  ])('refuses %s', async (_what, body) => {
    const world = createWorld()
    const did = parseDid('did:web:example.com')
    world.publish(didDocumentUrl(did), body)
    expect(await codeOf(world.resolver.resolve(did))).toBe('trust.did-document-invalid')
  })

  it('remembers a failure for half a second only', async () => {
    const world = createWorld()
    const did = parseDid('did:web:parties.example:late')
    await codeOf(world.resolver.resolve(did))
    expect(await codeOf(world.resolver.resolve(did))).toBe('trust.did-not-found')
    expect(world.fetched).toHaveLength(1)
    await world.party('late')
    world.advance(500)
    await expect(world.resolver.resolve(did)).resolves.toMatchObject({ id: did })
  })

  it('does not quote the transport error, which may name addresses', async () => {
    const fetchDocument: FetchDocument = async () => {
      throw new Error('connect ECONNREFUSED 10.1.2.3:443')
    }
    const resolver = createDidResolver({ fetchDocument, clock: () => 0 })
    await expect(resolver.resolve(parseDid('did:web:example.com'))).rejects.toThrow(/^((?!10\.1\.2\.3).)*$/)
  })
})

describe('resolving for a key', () => {
  it('fetches anew when the cached document lacks the key, so that a rotated key is found at once (DCP-45)', async () => {
    const world = createWorld()
    const { did, publicJwk } = await world.party('acme')
    await world.resolver.resolve(did)
    const added = await generateSigningKey()
    world.publishDocument(did, [
      { kid: `${did}#key-1`, publicJwk },
      { kid: `${did}#key-2`, publicJwk: added.publicJwk },
    ])
    world.advance(1_000)
    const document = await world.resolver.resolveForKey(did, `${did}#key-2`)
    expect(document.verificationMethods).toHaveLength(2)
  })

  it('does so once a second at most, however many invented keys are named', async () => {
    const world = createWorld()
    const { did } = await world.party('acme')
    for (let at = 0; at < 25; at += 1) {
      await world.resolver.resolveForKey(did, `${did}#invented-${at}`)
      world.advance(100)
    }
    expect(world.fetched).toHaveLength(3)
  })

  it("does not do so for a key that is found, or is another DID's", async () => {
    const world = createWorld()
    const { did } = await world.party('acme')
    await world.resolver.resolve(did)
    world.advance(5_000)
    await world.resolver.resolveForKey(did, `${did}#key-1`)
    await world.resolver.resolveForKey(did, 'did:web:example.com#key-1')
    await world.resolver.resolveForKey(did, undefined)
    expect(world.fetched).toHaveLength(1)
  })
})
