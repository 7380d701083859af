import { toPlainForm } from '../json-ld/index.ts'
import { parseCredentialMessage, parseCredentialOffer, parseCredentialRequest } from './issuance-messages.ts'
import { parseAnyPresentationQuery } from './presentation-messages.ts'

/** Reads a message in plain form, or in another form of JSON-LD: EDC hubs send their requests expanded (section 10). */
export function inAnyForm<T>(parse: (json: unknown) => T): (json: unknown) => Promise<T> {
  return async (json) => parse(await toPlainForm(json, 'dcp'))
}

/** @throws `dcp.message-invalid`, `dcp.scope-invalid`, `dcp.presentation-definition-unsupported`, `json-ld.*` */
export const readPresentationQuery = inAnyForm(parseAnyPresentationQuery)

/** @throws `dcp.message-invalid`, `json-ld.*` */
export const readCredentialRequest = inAnyForm(parseCredentialRequest)

/** @throws `dcp.message-invalid`, `json-ld.*` */
export const readCredentialMessage = inAnyForm(parseCredentialMessage)

/** @throws `dcp.message-invalid`, `json-ld.*` */
export const readCredentialOffer = inAnyForm(parseCredentialOffer)
