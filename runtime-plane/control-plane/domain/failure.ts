import { type CatalogueEntry, toWeftError } from '@weft/foundation/errors'
import { dspRefusalOf } from '@weft/protocols/dsp'

/** The typed reason of a termination or suspension: what API, history and the counterparty see. */
export interface Failure {
  /** A code of our catalogue, or the counterparty's own where it refused or ended the process. */
  readonly code: string
  /** A sentence without secrets and without claims of anybody, fit for the counterparty. */
  readonly reason: string
  /** What this side's own participant may know besides, such as what its data plane said. */
  readonly detail?: string
  readonly by: 'US' | 'COUNTERPARTY'
}

const longestReason = 500

/** A reason of our own. */
export function ourFailure(entry: CatalogueEntry, reason = entry.title): Failure {
  return { code: entry.code, reason: reason.slice(0, longestReason), by: 'US' }
}

/** What the counterparty said of why it refused or ended; `fallback` where it gave no code or no reason. */
export function counterpartyFailure(
  said: { readonly code?: string; readonly reason: readonly string[] },
  fallback: CatalogueEntry,
): Failure {
  const reason = said.reason.join('; ').slice(0, longestReason)
  return { code: said.code ?? fallback.code, reason: reason === '' ? fallback.title : reason, by: 'COUNTERPARTY' }
}

/** Why a step came to nothing: the counterparty's own words where it refused, else our error, its details for our side alone. */
export function failureOf(thrown: unknown): Failure {
  const error = toWeftError(thrown)
  const said = dspRefusalOf(error)
  if (said) return counterpartyFailure(said, error.entry)
  return { ...ourFailure(error.entry), detail: error.message.slice(0, longestReason) }
}
