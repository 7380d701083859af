import type { CatalogueEntry } from '@weft/foundation/errors'

/** The typed reason of a termination or suspension: what API, events and the counterparty see. */
export interface Failure {
  /** A code of our catalogue, or the counterparty's own where it ended the process. */
  readonly code: string
  /** One sentence without secrets and without claims of anybody. */
  readonly reason: string
  readonly by: 'US' | 'COUNTERPARTY'
}

/** A reason of our own. */
export function ourFailure(entry: CatalogueEntry, reason?: string): Failure {
  return { code: entry.code, reason: reason ?? entry.title, by: 'US' }
}

const longestReason = 500

/** What the counterparty said of why it refused or ended, cut to a bearable length. */
export function counterpartyFailure(
  said: { readonly code?: string; readonly reason: readonly string[] },
  fallback: CatalogueEntry,
): Failure {
  const reason = said.reason.join('; ').slice(0, longestReason)
  return {
    code: said.code ?? fallback.code,
    reason: reason === '' ? fallback.title : reason,
    by: 'COUNTERPARTY',
  }
}
