/** Whose side an error is on: what decides who can do something about it. */
export type ErrorSide = 'caller' | 'ours' | 'counterparty' | 'network'

/** One line of the error catalogue: what happened, whose side, what to do. */
export interface CatalogueEntry {
  /** Stable, `<area>.<name>`; the same in API answers, protocol errors, logs and screens. */
  readonly code: string
  /** HTTP status that an endpoint answers with when this error reaches its edge. */
  readonly status: number
  readonly side: ErrorSide
  /** What happened, one sentence, without any value of the request. */
  readonly title: string
  /** What the reader can do about it, one sentence. */
  readonly remedy: string
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
}

type EntryText = Omit<CatalogueEntry, 'code' | 'retryable'> & { readonly retryable?: boolean }

const registered = new Map<string, CatalogueEntry>()

/**
 * Declares the errors of one area. Every error of Weft is declared once, in the `errors.ts` of the room that throws it.
 * @throws Error when a code is declared twice: codes are unique in a deployment.
 */
export function errorCatalogue<const Names extends string>(
  area: string,
  entries: Record<Names, EntryText>,
): Readonly<Record<Names, CatalogueEntry>> {
  const catalogue = {} as Record<Names, CatalogueEntry>
  for (const name of Object.keys(entries) as Names[]) {
    const entry: CatalogueEntry = { retryable: false, ...entries[name], code: `${area}.${name}` }
    if (registered.has(entry.code)) throw new Error(`error code ${entry.code} is declared twice`)
    registered.set(entry.code, entry)
    catalogue[name] = entry
  }
  return catalogue
}

/** Every declared error, by code; the reference page of the docs is made from it. */
export function registeredErrors(): readonly CatalogueEntry[] {
  return [...registered.values()].sort((a, b) => a.code.localeCompare(b.code))
}
