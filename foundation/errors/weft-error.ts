import type { CatalogueEntry } from './catalogue.ts'
import { requestErrors } from './request-errors.ts'

export interface WeftErrorOptions {
  /** What the reader sees instead of the catalogue's title; never a secret, never another tenant's data. */
  readonly message?: string
  /** The field that is wrong: its name, or a JSON pointer below the body. */
  readonly field?: string
  /** For our own logs only; never leaves the process otherwise. */
  readonly detail?: unknown
  readonly cause?: unknown
}

/** The one error class that crosses rooms: a catalogue entry plus what this occurrence adds. */
export class WeftError extends Error {
  override readonly name = 'WeftError'
  readonly entry: CatalogueEntry
  readonly field: string | undefined
  readonly detail: unknown

  constructor(entry: CatalogueEntry, options: WeftErrorOptions = {}) {
    super(options.message ?? entry.title, options.cause === undefined ? undefined : { cause: options.cause })
    this.entry = entry
    this.field = options.field
    this.detail = options.detail
  }

  get code(): string {
    return this.entry.code
  }

  get status(): number {
    return this.entry.status
  }
}

/** Gives any thrown value a catalogue entry; what nobody declared becomes `request.internal` with its text kept private. */
export function toWeftError(thrown: unknown): WeftError {
  if (thrown instanceof WeftError) return thrown
  return new WeftError(requestErrors.internal, { cause: thrown, detail: String(thrown) })
}

/** Whether trying the same thing again may succeed: undeclared errors are taken for passing faults. */
export function isRetryable(thrown: unknown): boolean {
  return toWeftError(thrown).entry.retryable
}
