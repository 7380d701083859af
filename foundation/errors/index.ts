export { type CatalogueEntry, type ErrorSide, errorCatalogue, registeredErrors } from './catalogue.ts'
export { requestErrors } from './request-errors.ts'
export { isRetryable, toWeftError, WeftError, type WeftErrorOptions } from './weft-error.ts'
