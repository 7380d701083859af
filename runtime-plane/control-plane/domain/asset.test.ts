import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkSourceAddress, splitSecrets } from './asset.ts'

describe('a data address', () => {
  it('loses what is secret, and nothing else, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.string({ minLength: 1 }), (members, secret) => {
        const address = { ...members, 'header:AUTHORIZATION': secret, authCode: secret, password: secret }
        const { open, secrets } = splitSecrets(address)
        expect({ ...open, ...secrets }).toEqual({ ...address })
        expect(Object.keys(open)).not.toContain('authCode')
        expect(Object.keys(open)).not.toContain('header:AUTHORIZATION')
        expect(Object.keys(open)).not.toContain('password')
      }),
    )
  })

  it('is an http address or none that is served', () => {
    fc.assert(
      fc.property(fc.string(), (baseUrl) => {
        const url = URL.parse(baseUrl)
        const fine =
          (url?.protocol === 'http:' || url?.protocol === 'https:') && url.username === '' && url.password === ''
        const check = () => checkSourceAddress({ type: 'HttpData', baseUrl })
        if (fine) expect(check).not.toThrow()
        else expect(check).toThrow()
      }),
    )
  })
})
