import { beforeAll, describe, expect, it } from 'vitest'
import { type GeneratedKey, generateSigningKey, type PublicJwk } from './jwk.ts'
import { type ParsedJwt, parseJwt, signJwt, verifySignature } from './jwt.ts'
import { rememberSignatures, type SignatureCheck } from './remembered-signatures.ts'
import { codeOf } from './testing/world.ts'

let key: GeneratedKey
let other: GeneratedKey
let jwt: ParsedJwt

beforeAll(async () => {
  key = await generateSigningKey()
  other = await generateSigningKey()
  jwt = await tokenOf({ a: 1 })
})

async function tokenOf(claims: Record<string, unknown>): Promise<ParsedJwt> {
  return parseJwt(await signJwt(claims, { kid: 'did:web:example.com#key-1', privateJwk: key.privateJwk }))
}

/** Real checks of signatures, remembered, and how many were made. */
function counted(max = 100): { readonly check: SignatureCheck; readonly made: () => number } {
  let made = 0
  const check = rememberSignatures((token, publicJwk) => {
    made += 1
    return verifySignature(token, publicJwk)
  }, max)
  return { check, made: () => made }
}

describe('remembered signatures', () => {
  it('checks the same token with the same key once', async () => {
    const { check, made } = counted()
    await check(jwt, key.publicJwk)
    await check(parseJwt(jwt.token), { ...key.publicJwk })
    expect(made()).toBe(1)
  })

  it('refuses the same token with another key, every time (DCP-27)', async () => {
    const { check, made } = counted()
    await check(jwt, key.publicJwk)
    expect(await codeOf(check(jwt, other.publicJwk))).toBe('trust.signature-invalid')
    expect(await codeOf(check(jwt, other.publicJwk))).toBe('trust.signature-invalid')
    expect(made()).toBe(3)
  })

  it.each<[string, Partial<PublicJwk>]>([
    ['encrypt only', { use: 'enc' }],
    ['sign with another algorithm only', { alg: 'ES384' }],
    ['derive keys only', { key_ops: ['deriveKey'] }],
  ])('refuses it when the document says since that the key may %s (DCP-49)', async (_what, change) => {
    const { check } = counted()
    await check(jwt, key.publicJwk)
    expect(await codeOf(check(jwt, { ...key.publicJwk, ...change }))).toBe('trust.algorithm-refused')
  })

  it('refuses another payload or header under a signature that it knows', async () => {
    const { check } = counted()
    await check(jwt, key.publicJwk)
    const [header, payload, signature] = jwt.token.split('.')
    const [otherHeader, otherPayload] = (await tokenOf({ a: 2 })).token.split('.')
    expect(otherHeader).toBe(header)
    const swapped = parseJwt([header, otherPayload, signature].join('.'))
    expect(await codeOf(check(swapped, key.publicJwk))).toBe('trust.signature-invalid')
    const typed = Buffer.from('{"alg":"ES256","typ":"JWT"}').toString('base64url')
    const renamed = parseJwt([typed, payload, signature].join('.'))
    expect(await codeOf(check(renamed, key.publicJwk))).toBe('trust.signature-invalid')
  })

  it('remembers no more than it may, and forgets what was not seen for longest', async () => {
    const { check, made } = counted(2)
    const [second, third] = [await tokenOf({ a: 2 }), await tokenOf({ a: 3 })]
    for (const token of [jwt, second, jwt, third]) await check(token, key.publicJwk)
    expect(made()).toBe(3)
    await check(jwt, key.publicJwk)
    expect(made()).toBe(3)
    await check(second, key.publicJwk)
    expect(made()).toBe(4)
  })
})
