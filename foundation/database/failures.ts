import { WeftError } from '../errors/index.ts'
import { databaseErrors } from './errors.ts'

/** SQLSTATE codes (PostgreSQL documentation, appendix A) that mean a collision or a statement that took too long. */
const busy = new Set(['40001', '40P01', '55P03', '57014', '26000', '42P05'])
const unavailable = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '53300', '53100', '53200'])
/**
 * Values that PostgreSQL cannot keep: null characters and bytes that are no UTF-8 (22021, 22P05), texts that are not what
 * the column is for (22P02), numbers and times out of range (22003, 22008), texts too long for a column or an index
 * (22001, 54000). All of them came with the request: our own statements have no such values.
 */
const unstorable = new Set(['22021', '22P05', '22P02', '22003', '22007', '22008', '22001', '54000'])
const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** What the driver says, without a code, of a connection that is gone or could not be had in time. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/

/**
 * Gives an error of a driver its entry in the catalogue: `database.duplicate`, `database.unstorable`, `database.busy`
 * or `database.unavailable`. Others are programming errors and come back as they are.
 */
export function toDatabaseFailure(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof WeftError) return thrown
  const code = codeOf(thrown)
  if (code === '23505') {
    return new WeftError(databaseErrors.duplicate, {
      detail: { constraint: textOf(thrown, 'constraint'), table: textOf(thrown, 'table') },
      cause: thrown,
    })
  }
  if (unstorable.has(code)) return new WeftError(databaseErrors.unstorable, { cause: thrown })
  if (busy.has(code) || isStalePlan(thrown)) return new WeftError(databaseErrors.busy, { cause: thrown })
  if (isConnectionFailure(thrown) || code === '53300' || code === '53100' || code === '53200') {
    return new WeftError(databaseErrors.unavailable, { cause: thrown })
  }
  return thrown
}

/** Whether the connection that threw this is of no more use. */
export function isConnectionFailure(thrown: Error): boolean {
  const code = codeOf(thrown)
  return (
    unavailable.has(code) ||
    code.startsWith('08') ||
    code.startsWith('28') ||
    network.has(code) ||
    lostConnection.test(thrown.message) ||
    (thrown instanceof AggregateError && thrown.errors.some((one) => one instanceof Error && isConnectionFailure(one)))
  )
}

/** A table changed under a prepared statement: the connection that holds the statement has to go. */
export function isStalePlan(thrown: Error): boolean {
  return codeOf(thrown) === '0A000' && thrown.message.includes('cached plan')
}

/** The proxy in between gave us a connection on which our named statement does not exist, or exists already. */
export function isForeignStatement(thrown: Error): boolean {
  const code = codeOf(thrown)
  return code === '26000' || code === '42P05'
}

function codeOf(error: Error): string {
  return textOf(error, 'code') ?? ''
}

function textOf(error: Error, name: string): string | undefined {
  const value = (error as unknown as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
