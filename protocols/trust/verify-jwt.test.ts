import { CompactSign, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { generateSigningKey, type SigningKey } from './jwk.ts'
import { parseJwt, signJwt } from './jwt.ts'
import { codeOf, createWorld, type Party, type World } from './testing/world.ts'
import { verifyJwt } from './verify-jwt.ts'

async function verify(world: World, signer: Party, key: SigningKey, relationships?: 'optional'): Promise<string> {
  const jwt = parseJwt(await signJwt({}, key))
  const rules = relationships ? { rules: { relationships } } : {}
  return codeOf(
    verifyJwt(jwt, { signer: signer.did, relationship: 'capabilityInvocation', resolver: world.resolver, ...rules }),
  )
}

/** A token without `kid`. */
async function withoutKid(key: SigningKey): Promise<string> {
  const signed = new CompactSign(Buffer.from('{}')).setProtectedHeader({ alg: 'ES256' })
  return signed.sign(await importJWK({ ...key.privateJwk, key_ops: ['sign'] }, 'ES256'))
}

describe('which key a token is verified with', () => {
  it('DCP-05: a key of the signer, by its full or relative id', async () => {
    const world = createWorld()
    const acme = await world.party('acme')
    expect(await verify(world, acme, acme.key)).toBe('no error')
    expect(await verify(world, acme, { ...acme.key, kid: '#key-1' })).toBe('no error')
  })

  it("refuses a kid of another DID, even though that DID's key made the signature, and fetches nothing for it", async () => {
    const world = createWorld()
    const [acme, mallory] = [await world.party('acme'), await world.party('mallory')]
    expect(await verify(world, acme, mallory.key)).toBe('trust.key-foreign')
    expect(world.fetched).toEqual([])
  })

  it('refuses a kid that begins like the DID', async () => {
    const world = createWorld()
    const [acme, acmeEvil] = [await world.party('acme'), await world.party('acme-evil')]
    expect(await verify(world, acme, acmeEvil.key)).toBe('trust.key-foreign')
  })

  it('DCP-07: refuses a kid that is not in the document', async () => {
    const world = createWorld()
    const acme = await world.party('acme')
    expect(await verify(world, acme, { ...acme.key, kid: `${acme.did}#other` })).toBe('trust.key-not-found')
    expect(await verify(world, acme, { ...acme.key, kid: 'key-1' })).toBe('trust.key-not-found')
  })

  it('DCP-07: without kid takes the only key, and refuses to choose among several', async () => {
    const world = createWorld()
    const acme = await world.party('acme')
    const jwt = parseJwt(await withoutKid(acme.key))
    const options = { signer: acme.did, relationship: 'authentication', resolver: world.resolver } as const
    expect(await codeOf(verifyJwt(jwt, options))).toBe('no error')
    const second = await generateSigningKey()
    world.publishDocument(acme.did, [
      { kid: acme.key.kid, publicJwk: acme.publicJwk },
      { kid: `${acme.did}#key-2`, publicJwk: second.publicJwk },
    ])
    world.advance(10_000)
    expect(await codeOf(verifyJwt(jwt, options))).toBe('trust.key-not-found')
  })

  it('DCP-06: refuses a key that the document does not permit for the use', async () => {
    const world = createWorld()
    const acme = await world.party('acme', { relationships: ['authentication', 'assertionMethod'] })
    expect(await verify(world, acme, acme.key)).toBe('trust.key-not-permitted')
  })

  it('takes such a key where the trust profile says so, for partners that list none (section 10)', async () => {
    const world = createWorld()
    const acme = await world.party('acme', { relationships: [] })
    expect(await verify(world, acme, acme.key, 'optional')).toBe('no error')
  })

  it('refuses the signature of a key that only says that it is the right one', async () => {
    const world = createWorld()
    const [acme, mallory] = [await world.party('acme'), await world.party('mallory')]
    expect(await verify(world, acme, { ...mallory.key, kid: acme.key.kid })).toBe('trust.signature-invalid')
  })

  it('DCP-45: refuses a key as soon as a fetched document no longer has it', async () => {
    const world = createWorld()
    const acme = await world.party('acme')
    expect(await verify(world, acme, acme.key)).toBe('no error')
    world.publishDocument(acme.did, [])
    world.advance(10_000)
    expect(await verify(world, acme, acme.key)).toBe('trust.key-not-found')
  })

  it.each(['ES256', 'EdDSA'] as const)('verifies %s', async (algorithm) => {
    const world = createWorld()
    const acme = await world.party('acme', { algorithm })
    expect(await verify(world, acme, acme.key)).toBe('no error')
  })
})
