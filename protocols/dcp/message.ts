import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import { isObject, type JsonObject } from '../trust/index.ts'
import { dcpErrors } from './errors.ts'

export const dcpContext = 'https://w3id.org/dspace-dcp/v1.0/dcp.jsonld'

export type MessageType =
  | 'PresentationQueryMessage'
  | 'PresentationResponseMessage'
  | 'CredentialRequestMessage'
  | 'CredentialMessage'
  | 'CredentialOfferMessage'
  | 'CredentialStatus'
  | 'IssuerMetadata'

/** A message in the compact form that the JSON schemas of DCP ask for. */
export function buildMessage(type: MessageType, members: JsonObject): JsonObject {
  return { '@context': [dcpContext], type, ...members }
}

/**
 * The one way in for DCP messages, plain JSON with the terms of the DCP context. Other contexts beside it and members
 * that nobody knows are fine; `@context` may be one text (section 2.1). What comes in another form is brought into this
 * one before (`inAnyForm`).
 * @throws `dcp.message-invalid`
 */
export function readMessage(json: unknown, type: MessageType): JsonObject {
  if (!isObject(json)) throw invalidMember('')
  const contexts = [json['@context']].flat()
  if (!contexts.includes(dcpContext)) throw invalidMember('@context')
  if (json.type !== type) throw invalidMember('type')
  return json
}

/** A member that must be a text with something in it. @throws `dcp.message-invalid` */
export function readText(message: JsonObject, member: string, maxLength = 4096): string {
  const value = message[member]
  if (typeof value !== 'string' || value === '' || value.length > maxLength) throw invalidMember(member)
  return value
}

/** A text that may be absent or null. @throws `dcp.message-invalid` */
export function readOptionalText(message: JsonObject, member: string): string | undefined {
  return message[member] === undefined || message[member] === null ? undefined : readText(message, member)
}

/** A member that must be an array of objects. @throws `dcp.message-invalid` */
export function readObjects(
  message: JsonObject,
  member: string,
  bounds: { min: number; max: number },
): readonly JsonObject[] {
  const value = message[member]
  if (!Array.isArray(value) || value.length < bounds.min || value.length > bounds.max) throw invalidMember(member)
  if (!value.every(isObject)) throw invalidMember(member)
  return value
}

/** @param member name of what is wrong; empty for the whole message */
export function invalidMember(member: string, entry: CatalogueEntry = dcpErrors['message-invalid']): WeftError {
  return member === ''
    ? new WeftError(entry)
    : new WeftError(entry, { field: member, message: `The member ${member} is missing or not allowed.` })
}
