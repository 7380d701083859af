import { WeftError } from '@weft/foundation/errors'
import { isObject, type JsonObject } from '../trust/index.ts'
import { dcpErrors } from './errors.ts'
import { buildMessage, invalidMember, readMessage } from './message.ts'
import { parseScope, type Scope } from './scope.ts'

const maxScopes = 64
const maxPresentations = 16

/** PresentationQueryMessage by scope (section 3.5). @throws `dcp.scope-invalid` */
export function buildPresentationQuery(scopes: readonly string[]): JsonObject {
  if (scopes.length === 0) throw new WeftError(dcpErrors['scope-invalid'])
  return buildMessage('PresentationQueryMessage', { scope: scopes })
}

/**
 * @throws `dcp.message-invalid` and `dcp.scope-invalid` (400: DCP-15, DCP-17), `dcp.presentation-definition-unsupported`
 * (501: DCP-16)
 */
export function parsePresentationQuery(json: unknown): { readonly scopes: readonly Scope[] } {
  const message = readMessage(json, 'PresentationQueryMessage')
  const { scope, presentationDefinition } = message
  const hasDefinition = Object.hasOwn(message, 'presentationDefinition')
  if (hasDefinition && Object.hasOwn(message, 'scope')) throw invalidMember('presentationDefinition')
  if (hasDefinition) {
    if (!isObject(presentationDefinition) || Object.keys(presentationDefinition).length === 0) {
      throw invalidMember('presentationDefinition')
    }
    throw new WeftError(dcpErrors['presentation-definition-unsupported'])
  }
  if (!Array.isArray(scope) || scope.length === 0 || scope.length > maxScopes) throw invalidMember('scope')
  return { scopes: scope.map(parseScope) }
}

/** PresentationResponseMessage with JWT presentations; an empty list is an answer too. */
export function buildPresentationResponse(presentations: readonly string[]): JsonObject {
  return buildMessage('PresentationResponseMessage', { presentation: presentations })
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
