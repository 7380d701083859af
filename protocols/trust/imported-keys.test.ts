import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { importPublicKey } from './imported-keys.ts'
import { parsePublicJwk } from './jwk.ts'
import { codeOf } from './testing/world.ts'

const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' })
const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength }).publicKey

describe('imported keys', () => {
  it('imports the same key once', async () => {
    const jwk = parsePublicJwk(jwkOf(rsa()))
    expect(await importPublicKey({ ...jwk }, 'RS256')).toBe(await importPublicKey(jwk, 'RS256'))
  })

  it('never hands out a key for one that carries its numbers in members of another key type (DCP-49)', async () => {
    const [victim, mallory] = [jwkOf(rsa()), jwkOf(rsa())]
    const disguised = parsePublicJwk({ ...mallory, x: victim.n, y: victim.e })
    await importPublicKey(disguised, 'RS256')
    const found = await importPublicKey(parsePublicJwk(victim), 'RS256')
    expect(jwkOf(found.key)).toMatchObject({ n: victim.n })
  })

  it('refuses an RSA key of 1024 bits that nobody looked at before (RFC 7518 section 3.3)', async () => {
    const { n = '', e = '' } = jwkOf(rsa(1024))
    expect(await codeOf(importPublicKey({ kty: 'RSA', n, e }, 'PS256'))).toBe('trust.key-invalid')
  })
})
