import { describe, expect, test } from 'vitest'
import { errorCatalogue, isRetryable, registeredErrors, requestErrors, toWeftError, WeftError } from './index.ts'

describe('the error catalogue', () => {
  test('makes codes of area and name, and takes errors for not retryable unless they say so', () => {
    const errors = errorCatalogue('catalogue-test', {
      lost: { status: 404, side: 'caller', title: 'It is lost.', remedy: 'Find it.' },
      busy: { status: 503, side: 'ours', title: 'Busy.', remedy: 'Wait.', retryable: true },
    })
    expect(errors.lost).toMatchObject({ code: 'catalogue-test.lost', retryable: false })
    expect(errors.busy).toMatchObject({ code: 'catalogue-test.busy', retryable: true })
    expect(registeredErrors().map((entry) => entry.code)).toContain('catalogue-test.lost')
  })

  test('refuses a code that is declared twice', () => {
    const entry = { status: 400, side: 'caller', title: 'Once.', remedy: 'No.' } as const
    errorCatalogue('declared-twice', { once: entry })
    expect(() => errorCatalogue('declared-twice', { once: entry })).toThrow('declared-twice.once')
  })

  test('lists every error sorted by its code', () => {
    const codes = registeredErrors().map((entry) => entry.code)
    expect(codes).toEqual(codes.toSorted((a, b) => a.localeCompare(b)))
    expect(codes).toContain('request.not-found')
  })
})

describe('a WeftError', () => {
  test('shows the title of its entry unless it has a message of its own', () => {
    expect(new WeftError(requestErrors.conflict).message).toBe(requestErrors.conflict.title)
    const error = new WeftError(requestErrors['invalid-field'], {
      message: 'Too long.',
      field: 'name',
      detail: 'private',
    })
    expect(error).toMatchObject({ message: 'Too long.', field: 'name', code: 'request.invalid-field', status: 400 })
  })

  test('is made of anything that is thrown, and keeps the text of what nobody declared private', () => {
    const thrown = new Error('password is hunter2')
    const error = toWeftError(thrown)
    expect(error.code).toBe('request.internal')
    expect(error.message).not.toContain('hunter2')
    expect(error.cause).toBe(thrown)
    expect(toWeftError('a text').code).toBe('request.internal')
    expect(toWeftError(error)).toBe(error)
  })

  test('says whether a retry can cure it; undeclared errors may pass', () => {
    expect(isRetryable(new WeftError(requestErrors.unavailable))).toBe(true)
    expect(isRetryable(new WeftError(requestErrors.forbidden))).toBe(false)
    expect(isRetryable(new Error('socket hang up'))).toBe(true)
  })
})
