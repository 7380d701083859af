import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accessToken, provesToken, readAccessToken } from './access-token.ts'

const key = randomBytes(32)
const access = fc.record({
  participantContextId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  dataFlowId: fc.string({ minLength: 1, maxLength: 100 }),
  generation: fc.nat(),
  renewals: fc.nat(),
  expiresAt: fc.nat(4_000_000_000),
})

describe('an access token', () => {
  test('is the same for the same access, and says what it was made for', () => {
    fc.assert(
      fc.property(access, (one) => {
        const token = accessToken(one, key)
        expect(accessToken(one, key)).toBe(token)
        expect(readAccessToken(token)).toEqual(one)
        expect(provesToken(token, key)).toBe(true)
        expect(token).toMatch(/^[A-Za-z0-9._~+/=-]+$/)
      }),
    )
  })

  test('is not proven by another key, nor after a change of any character', () => {
    fc.assert(
      fc.property(access, fc.nat(), fc.constantFrom(...'Aa0-_.'), (one, at, letter) => {
        const token = accessToken(one, key)
        expect(provesToken(token, randomBytes(32))).toBe(false)
        const changed = token.slice(0, at % token.length) + letter + token.slice((at % token.length) + 1)
        fc.pre(changed !== token)
        expect(provesToken(changed, key)).toBe(false)
      }),
    )
  })

  test('is not read from anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readAccessToken(text)).toBeUndefined()
      }),
    )
    for (const text of ['', 'w2', 'w2..', 'w2.e30.x', `w2.${Buffer.from('[1,2,3,4]').toString('base64url')}.x`]) {
      expect(readAccessToken(text)).toBeUndefined()
    }
  })
})
