import { type CatalogueEntry, requestErrors, toWeftError, WeftError } from '../errors/index.ts'

const known: Readonly<Record<string, CatalogueEntry>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: requestErrors['too-large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: requestErrors['unsupported-media-type'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: requestErrors.malformed,
  FST_ERR_CTP_EMPTY_JSON_BODY: requestErrors.malformed,
  FST_ERR_BAD_URL: requestErrors['not-found'],
  FST_ERR_MAX_PARAM_LENGTH: requestErrors['not-found'],
  // The client went away while its body was read: nobody sees the answer.
  ECONNRESET: requestErrors.malformed,
}

/** Turns what the framework throws into an error of the catalogue. */
export function fromFastify(thrown: unknown): WeftError {
  if (thrown instanceof WeftError) return thrown
  if (thrown instanceof Error && thrown.cause instanceof WeftError && 'validation' in thrown) return thrown.cause
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const entry = Object.hasOwn(known, code) ? known[code] : undefined
  return entry ? new WeftError(entry, { cause: thrown }) : toWeftError(thrown)
}
