import { type CatalogueEntry, toWeftError, WeftError } from '@weft/foundation/errors'

/**
 * Gives an error that arose while somebody was being authenticated the status 401: what is wrong with the sender's
 * documents or is not reachable there is no fault of ours. Our own faults (retryable 5xx on our side) stay as they are.
 * @param entry what it means here when the error itself says no 401
 */
export function authenticationFailure(error: unknown, entry: CatalogueEntry): WeftError {
  const known = toWeftError(error)
  if (known.status === 401 || known.entry.side === 'ours') return known
  return new WeftError(entry, { message: `${entry.title} ${known.message}`, cause: known })
}
