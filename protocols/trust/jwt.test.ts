import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type GeneratedKey,
  generateSigningKey,
  type PublicJwk,
  parsePrivateJwk,
  parsePublicJwk,
  publicJwkOf,
} from './jwk.ts'
import { parseJwt, signJwt, verifySignature } from './jwt.ts'
import { codeOf } from './testing/world.ts'

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const kid = 'did:web:example.com#key-1'

let key: GeneratedKey
let token: string

beforeAll(async () => {
  key = await generateSigningKey()
  token = await signJwt({ iss: 'did:web:example.com', text: 'grüß' }, { kid, privateJwk: key.privateJwk })
})

describe('signing', () => {
  it('makes a token whose header is alg and kid only, which partners want', () => {
    const [header = ''] = token.split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'ES256', kid })
  })

  it.each(['ES256', 'EdDSA'] as const)('works with %s', async (algorithm) => {
    const pair = await generateSigningKey(algorithm)
    const jwt = parseJwt(await signJwt({ a: 1 }, { kid, privateJwk: pair.privateJwk }, 'JWT'))
    expect(jwt).toMatchObject({ algorithm, kid, typ: 'JWT', claims: { a: 1 } })
    await expect(verifySignature(jwt, pair.publicJwk)).resolves.toBeUndefined()
  })

  it('works with a private key that was kept as text', async () => {
    const restored = parsePrivateJwk(JSON.parse(JSON.stringify(key.privateJwk)))
    const jwt = parseJwt(await signJwt({}, { kid, privateJwk: restored }))
    await expect(verifySignature(jwt, key.publicJwk)).resolves.toBeUndefined()
  })
})

describe('keys', () => {
  it('never publishes the private part', () => {
    expect(publicJwkOf(key.privateJwk)).not.toHaveProperty('d')
    expect(key.publicJwk).not.toHaveProperty('d')
  })

  it.each([
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a private key in the place of a public one', { kty: 'OKP', crv: 'Ed25519', x: 'AA', d: 'AA' }],
    ['an unknown curve', { kty: 'EC', crv: 'P-192', x: 'AA', y: 'AA' }],
    ['an RSA key of 1024 bits', { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 255).toString('base64url') }],
    [
      'an RSA key padded with zeros to 2048 bits',
      { kty: 'RSA', e: 'AQAB', n: Buffer.concat([Buffer.alloc(128), Buffer.alloc(128, 255)]).toString('base64url') },
    ],
    ['a key for encryption', { kty: 'OKP', crv: 'Ed25519', x: 'AA', use: 'enc' }],
    ['nothing', null],
  ])('refuses %s', async (_what, jwk) => {
    expect(await codeOf(() => parsePublicJwk(jwk))).toBe('trust.key-invalid')
  })

  it('refuses numbers that are no point of the curve, without quoting them', async () => {
    const wrong: PublicJwk = { ...key.publicJwk, x: Buffer.alloc(32, 1).toString('base64url') }
    const error: unknown = await verifySignature(parseJwt(token), wrong).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'trust.key-invalid' })
    expect(String((error as Error).cause)).not.toContain(wrong.x)
  })
})

describe('reading tokens (DCP-49, section 6.5)', () => {
  const withHeader = (header: Record<string, unknown>) => `${encode(header)}.${token.split('.').slice(1).join('.')}`

  it.each([
    ['alg none', () => `${encode({ alg: 'none' })}.${token.split('.')[1]}.${encode('x')}`, 'trust.algorithm-refused'],
    ['an unsigned token', () => `${encode({ alg: 'none' })}.${token.split('.')[1]}.`, 'trust.token-malformed'],
    ['HS256', () => withHeader({ alg: 'HS256', kid }), 'trust.algorithm-refused'],
    ['an unknown algorithm', () => withHeader({ alg: 'ES256K', kid }), 'trust.algorithm-refused'],
    [
      'an algorithm that is the name of a method',
      () => withHeader({ alg: 'constructor', kid }),
      'trust.algorithm-refused',
    ],
    ['a header with its own key', () => withHeader({ alg: 'ES256', kid, jwk: {} }), 'trust.token-malformed'],
    [
      'a header with a key address',
      () => withHeader({ alg: 'ES256', jku: 'https://evil.example' }),
      'trust.token-malformed',
    ],
    ['a header with a certificate', () => withHeader({ alg: 'ES256', x5c: [] }), 'trust.token-malformed'],
    [
      'critical extensions',
      () => withHeader({ alg: 'ES256', kid, crit: ['b64'], b64: false }),
      'trust.token-malformed',
    ],
    ['a kid that is no text', () => withHeader({ alg: 'ES256', kid: 1 }), 'trust.token-malformed'],
    ['two parts', () => token.split('.').slice(0, 2).join('.'), 'trust.token-malformed'],
    ['four parts', () => `${token}.AA`, 'trust.token-malformed'],
    ['padding', () => `${token}=`, 'trust.token-malformed'],
    ['white space', () => `${token}\n`, 'trust.token-malformed'],
    ['standard base64', () => token.replace(/_|-|./, '+'), 'trust.token-malformed'],
    ['a payload that is no object', () => `${encode({ alg: 'ES256' })}.${encode('[]')}.AA`, 'trust.token-malformed'],
    [
      'duplicate claims',
      () => `${encode({ alg: 'ES256' })}.${encode('{"iss":"a","iss":"b"}')}.AA`,
      'trust.token-malformed',
    ],
    [
      'a payload that is no UTF-8',
      () => `${encode({ alg: 'ES256' })}.${Buffer.from('7b22ff223a317d', 'hex').toString('base64url')}.AA`,
      'trust.token-malformed',
    ],
    [
      'a token of 300 kB',
      () => `${encode({ alg: 'ES256' })}.${encode({ a: 'x'.repeat(300_000) })}.AA`,
      'trust.token-malformed',
    ],
    ['what is no text', () => ({}) as unknown as string, 'trust.token-malformed'],
  ])('refuses %s', async (_what, make, code) => {
    expect(await codeOf(() => parseJwt(make()))).toBe(code)
  })

  it('answers all of that with 401', () => {
    expect(() => parseJwt('x')).toThrow(expect.objectContaining({ status: 401 }))
  })
})

describe('verifying signatures', () => {
  it('refuses a MAC made with the public key as secret (RFC 8725 section 2.1)', async () => {
    const input = `${encode({ alg: 'HS256', kid })}.${encode({ iss: 'did:web:example.com' })}`
    const forged = `${input}.${createHmac('sha256', JSON.stringify(key.publicJwk)).update(input).digest('base64url')}`
    expect(await codeOf(() => parseJwt(forged))).toBe('trust.algorithm-refused')
  })

  it('pins the algorithm to the key: the token does not choose', async () => {
    const other = await generateSigningKey('EdDSA')
    expect(await codeOf(verifySignature(parseJwt(token), other.publicJwk))).toBe('trust.algorithm-refused')
    expect(await codeOf(verifySignature(parseJwt(token), { ...key.publicJwk, alg: 'ES384' }))).toBe(
      'trust.algorithm-refused',
    )
    expect(await codeOf(verifySignature(parseJwt(token), { ...key.publicJwk, use: 'enc' }))).toBe(
      'trust.algorithm-refused',
    )
  })

  it("refuses another key's signature", async () => {
    const other = await generateSigningKey()
    expect(await codeOf(verifySignature(parseJwt(token), other.publicJwk))).toBe('trust.signature-invalid')
  })

  it('refuses any mutation of a token', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 1, max: 127 }),
        fc.constantFrom('flip', 'drop', 'double'),
        async (seed, flip, how) => {
          const at = seed % token.length
          const character = token.charAt(at)
          const changed = {
            flip: String.fromCharCode(character.charCodeAt(0) ^ flip),
            drop: '',
            double: character + character,
          }[how]
          const mutated = token.slice(0, at) + changed + token.slice(at + 1)
          const code = await codeOf(async () => verifySignature(parseJwt(mutated), key.publicJwk))
          expect(code).toMatch(/^trust\.(token-malformed|algorithm-refused|signature-invalid)$/)
        },
      ),
      { numRuns: 500 },
    )
  })
})
