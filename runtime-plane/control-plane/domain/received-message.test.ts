import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRepeated, receivedMessage, remember } from './received-message.ts'

describe('a message that was received', () => {
  it('DSP-50: is known by its id among many, without one only as the last', () => {
    const first = receivedMessage({ a: 1 }, 'id-1')
    const second = receivedMessage({ b: 1 }, undefined)
    const third = receivedMessage({ c: 1 }, 'id-3')
    const known = remember(remember(remember([], first), second), third)
    expect(isRepeated(known, receivedMessage({ other: true }, 'id-1'))).toBe(true)
    expect(isRepeated(known, receivedMessage({ b: 1 }, undefined))).toBe(false)
    expect(isRepeated(remember([], second), receivedMessage({ b: 1 }, undefined))).toBe(true)
    expect(isRepeated(known, receivedMessage({ c: 1 }, undefined))).toBe(false)
  })

  it('is forgotten only after many others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 39 }), (others) => {
        let known = remember([], receivedMessage({}, 'the-one'))
        for (let index = 0; index < others; index += 1) known = remember(known, receivedMessage({}, `other-${index}`))
        expect(isRepeated(known, receivedMessage({}, 'the-one'))).toBe(true)
      }),
    )
  })

  it('never passes for a repeat when its id is new', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 30 }), (ids) => {
        const [fresh = '', ...seen] = ids
        const known = seen.reduce(
          (list, id) => remember(list, receivedMessage({}, id)),
          remember([], receivedMessage({}, `${fresh}x${seen}`)),
        )
        expect(isRepeated(known, receivedMessage({}, fresh))).toBe(false)
      }),
    )
  })
})
