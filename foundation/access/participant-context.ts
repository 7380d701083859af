import { requestErrors, WeftError } from '../errors/index.ts'

declare const brand: unique symbol

/** The unit of security: every row of tenant data carries one. Opaque; letters, digits, `-` and `_`, at most 64. */
export type ParticipantContextId = string & { readonly [brand]: 'ParticipantContextId' }

const shape = /^[A-Za-z0-9_-]{1,64}$/

/** Reads a participant context id from the outside. @throws `request.invalid-field` */
export function participantContextId(text: string, field = 'participantContextId'): ParticipantContextId {
  if (!shape.test(text)) {
    throw new WeftError(requestErrors['invalid-field'], {
      field,
      message: 'A participant context id has 1 to 64 letters, digits, "-" or "_".',
    })
  }
  return text as ParticipantContextId
}
