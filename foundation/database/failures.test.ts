import { expect, it } from 'vitest'
import { isRetryable, WeftError } from '../errors/index.ts'
import { databaseErrors } from './errors.ts'
import { toDatabaseFailure } from './failures.ts'

const thrown = (fields: object, message = 'text of the driver'): Error => Object.assign(new Error(message), fields)

it.each([
  [{ code: '40001' }, 'database.busy'],
  [{ code: '40P01' }, 'database.busy'],
  [{ code: '55P03' }, 'database.busy'],
  [{ code: '57014' }, 'database.busy'],
  [{ code: '57P01' }, 'database.unavailable'],
  [{ code: '08006' }, 'database.unavailable'],
  [{ code: '53300' }, 'database.unavailable'],
  [{ code: 'ECONNREFUSED' }, 'database.unavailable'],
])('takes %o for %s, which a retry may cure', (fields, code) => {
  const failure = toDatabaseFailure(thrown(fields))
  expect(failure).toMatchObject({ code })
  expect(isRetryable(failure)).toBe(true)
})

it.each([
  'Connection terminated unexpectedly',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
])('takes "%s" of the driver for a lost connection', (message) => {
  expect(toDatabaseFailure(thrown({}, message))).toMatchObject({ code: 'database.unavailable' })
})

it('names constraint and table of a duplicate, but not the values', () => {
  const failure = toDatabaseFailure(
    thrown({ code: '23505', constraint: 'asset_pkey', table: 'asset', detail: 'Key (id)=(secret) already exists.' }),
  )
  expect(failure).toMatchObject({ code: 'database.duplicate', detail: { constraint: 'asset_pkey', table: 'asset' } })
  expect(JSON.stringify((failure as WeftError).detail)).not.toContain('secret')
})

it('leaves alone what is no failure of the database', () => {
  const syntax = thrown({ code: '42601' })
  expect(toDatabaseFailure(syntax)).toBe(syntax)
  const own = new WeftError(databaseErrors.held)
  expect(toDatabaseFailure(own)).toBe(own)
  expect(toDatabaseFailure('text')).toBe('text')
})

it.each(['22021', '22P05', '22P02', '22003', '22007', '22008', '22001', '54000'])(
  'X-09: takes %s, a value that cannot be kept, for the mistake of the caller that it is',
  (code) => {
    const failure = toDatabaseFailure(thrown({ code }))
    expect(failure).toMatchObject({ code: 'database.unstorable', status: 400 })
    expect(isRetryable(failure)).toBe(false)
  },
)
