import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgreementPolicy } from '../policy/index.ts'
import { checkAgreement } from './agreement-check.ts'
import { sampleAgreement, sampleOffer } from './testing/sample-messages.ts'

const parties = { provider: 'did:web:provider.example', consumer: 'did:web:consumer.example' }

describe('an agreement', () => {
  it('is accepted when it is what was offered last', () => {
    expect(() => checkAgreement(sampleAgreement, sampleOffer, parties)).not.toThrow()
  })

  it.each<[Partial<AgreementPolicy>, string]>([
    [{ target: 'other' }, '/agreement/target'],
    [{ assigner: parties.consumer }, '/agreement/assigner'],
    [{ assignee: 'did:web:other.example' }, '/agreement/assignee'],
    [{ timestamp: undefined }, '/agreement/timestamp'],
    [{ timestamp: '2026-03-01' }, '/agreement/timestamp'],
    [{ permission: [{ action: 'use', constraint: [], duty: [] }] }, '/agreement/permission'],
    [{ prohibition: [{ action: 'display', constraint: [] }] }, '/agreement/permission'],
    [{ obligation: [{ action: 'compensate', constraint: [] }] }, '/agreement/permission'],
  ])('DSP-25, DSP-26, DSP-47: is refused with %j', (change, field) => {
    const changed = { ...sampleAgreement, ...change } as AgreementPolicy
    expect(() => checkAgreement(changed, sampleOffer, parties)).toThrow(
      expect.objectContaining({ code: 'dsp.agreement-differs', status: 400, field }),
    )
  })

  it('may have any XSD dateTime that ECMAScript writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const agreement = { ...sampleAgreement, timestamp: date.toISOString() }
          expect(() => checkAgreement(agreement, sampleOffer, parties)).not.toThrow()
        },
      ),
    )
  })
})
