import type { PublicJwk } from '@weft/protocols/trust'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublished, type KeyPair, keyPairFor, keysToPublish, publishedUntil, successorRequest } from './key-pair.ts'

const now = 1_000_000_000_000
const minuteMs = 60_000

function pair(changes: Partial<KeyPair> = {}): KeyPair {
  return {
    id: 'a',
    kid: 'did:web:example.com#a',
    publicJwk: { kty: 'EC', crv: 'P-256' } as PublicJwk,
    usage: ['sign_token', 'sign_presentation', 'sign_credentials'],
    state: 'ACTIVATED',
    isDefault: false,
    replaces: null,
    publishedUntil: null,
    createdAt: new Date(now),
    ...changes,
  }
}

describe('which key signs', () => {
  it('is the default one of the active ones, or else the oldest', () => {
    const pairs = [pair({ id: 'old', state: 'ROTATED' }), pair({ id: 'b' }), pair({ id: 'c', isDefault: true })]
    expect(keyPairFor(pairs, 'sign_token')?.id).toBe('c')
    expect(keyPairFor(pairs.slice(0, 2), 'sign_token')?.id).toBe('b')
  })

  it('needs the usage and the state', () => {
    expect(keyPairFor([pair({ usage: ['sign_token'] })], 'sign_presentation')).toBeUndefined()
    for (const state of ['CREATED', 'ROTATED', 'REVOKED'] as const) {
      expect(keyPairFor([pair({ state, isDefault: true })], 'sign_token')).toBeUndefined()
    }
  })
})

describe('DCP-45: how long a key is published', () => {
  it('a rotated key stays until its day and goes with it, a revoked one goes at once', () => {
    expect(isPublished(pair(), now)).toBe(true)
    const rotated = pair({ state: 'ROTATED', publishedUntil: new Date(now + 1) })
    expect(isPublished(rotated, now)).toBe(true)
    expect(isPublished(rotated, now + 1)).toBe(false)
    expect(isPublished(pair({ state: 'REVOKED' }), now)).toBe(false)
    expect(isPublished(pair({ state: 'CREATED' }), now)).toBe(false)
  })

  it('is never shorter than what it signed lives, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.option(fc.nat(), { nil: undefined }), (asked) => {
        const until = publishedUntil(now, asked).getTime()
        expect(until).toBeGreaterThanOrEqual(now + 10 * minuteMs)
        if (asked !== undefined) expect(until).toBeGreaterThanOrEqual(now + asked)
      }),
    )
  })

  it('a key that waits for a document elsewhere is among what shall be published', () => {
    const waiting = pair({ id: 'next', state: 'CREATED', replaces: 'a' })
    const pairs = [pair(), waiting, pair({ id: 'spare', state: 'CREATED' }), pair({ id: 'gone', state: 'REVOKED' })]
    expect(keysToPublish(pairs, now).map((one) => one.id)).toEqual(['a', 'next'])
  })
})

it('a successor is of the same kind as the key that it follows', () => {
  const edwards = pair({ publicJwk: { kty: 'OKP', crv: 'Ed25519' } as PublicJwk, usage: ['sign_token'] })
  expect(successorRequest(edwards, 'n')).toEqual({ fragment: 'n', usage: ['sign_token'], algorithm: 'EdDSA' })
  expect(successorRequest(pair(), 'n')).toMatchObject({ algorithm: 'ES256' })
})
