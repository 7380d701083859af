import { WeftError } from '@weft/foundation/errors'
import { isObject, type JsonObject } from '../trust/index.ts'
import { dcpErrors } from './errors.ts'
import { buildMessage, invalidMember, readMessage } from './message.ts'
import {
  type PresentationDefinition,
  parsePresentationDefinition,
} from './presentation-exchange/presentation-definition.ts'
import { parseScope, type Scope } from './scope.ts'

const maxScopes = 64
const maxPresentations = 16

/** PresentationQueryMessage by scope (section 3.5). @throws `dcp.scope-invalid` */
export function buildPresentationQuery(scopes: readonly string[]): JsonObject {
  if (scopes.length === 0) throw new WeftError(dcpErrors['scope-invalid'])
  return buildMessage('PresentationQueryMessage', { scope: scopes })
}

/** What a verifier asks for: by scopes, or by a definition, never by both. */
export type PresentationQuery =
  | { readonly by: 'scope'; readonly scopes: readonly Scope[] }
  | { readonly by: 'definition'; readonly definition: PresentationDefinition }

/**
 * @throws `dcp.message-invalid` and `dcp.scope-invalid` (400: DCP-15, DCP-17), `dcp.presentation-definition-unsupported`
 * (501, DCP-16) for a definition of which something is not understood
 */
export function parseAnyPresentationQuery(json: unknown): PresentationQuery {
  const message = readMessage(json, 'PresentationQueryMessage')
  const { scope, presentationDefinition } = message
  const hasDefinition = Object.hasOwn(message, 'presentationDefinition')
  if (hasDefinition && Object.hasOwn(message, 'scope')) throw invalidMember('presentationDefinition')
  if (hasDefinition) return { by: 'definition', definition: parsePresentationDefinition(presentationDefinition) }
  if (!Array.isArray(scope) || scope.length === 0 || scope.length > maxScopes) throw invalidMember('scope')
  return { by: 'scope', scopes: scope.map(parseScope) }
}

/**
 * For those who answer scopes only.
 * @throws like `readPresentationQuery`; 501 for every definition (DCP-16)
 */
export function parsePresentationQuery(json: unknown): { readonly scopes: readonly Scope[] } {
  if (isObject(json) && !Object.hasOwn(json, 'scope') && isDefinition(json.presentationDefinition)) {
    throw new WeftError(dcpErrors['presentation-definition-unsupported'])
  }
  const query = parseAnyPresentationQuery(json)
  return { scopes: query.by === 'scope' ? query.scopes : [] }
}

function isDefinition(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length > 0
}

/**
 * PresentationResponseMessage with JWT presentations; an empty list is an answer too.
 * @param submission what is there for which part of the definition, where the query had one
 */
export function buildPresentationResponse(presentations: readonly string[], submission?: JsonObject): JsonObject {
  const described = submission === undefined ? {} : { presentationSubmission: submission }
  return buildMessage('PresentationResponseMessage', { presentation: presentations, ...described })
}

/** A JWT, or an object with an embedded proof; verification decides which it takes. */
export type ReceivedPresentation = string | JsonObject

/** @throws `dcp.message-invalid` */
export function parsePresentationResponse(json: unknown): { readonly presentations: readonly ReceivedPresentation[] } {
  const message = readMessage(json, 'PresentationResponseMessage')
  const presentations = [message.presentation ?? []].flat()
  if (presentations.length > maxPresentations || !presentations.every(isPresentation))
    throw invalidMember('presentation')
  return { presentations }
}

function isPresentation(value: unknown): value is ReceivedPresentation {
  return typeof value === 'string' || isObject(value)
}
