import { parsePolicy } from '@weft/protocols/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offerIdOf } from './offer.ts'

describe('an offer id', () => {
  const policy = (right: string) =>
    parsePolicy({
      '@type': 'Set',
      permission: [{ action: 'use', constraint: [{ leftOperand: 'x', operator: 'eq', rightOperand: right }] }],
    })

  it('stays the same for the same rules and changes with them, whatever the ids are', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (definition, asset) => {
        expect(offerIdOf(definition, asset, policy('a'))).toBe(offerIdOf(definition, asset, policy('a')))
        expect(offerIdOf(definition, asset, policy('a'))).not.toBe(offerIdOf(definition, asset, policy('b')))
      }),
    )
  })
})
