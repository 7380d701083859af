import type { WeftError } from '@weft/foundation/errors'
import type { RenderedError } from '@weft/foundation/http'
import { Type } from 'typebox'

/** What clients of the reference's administration APIs switch on, by status. */
const types: Readonly<Record<number, string>> = {
  400: 'ValidationFailure',
  401: 'AuthenticationFailed',
  403: 'NotAuthorized',
  404: 'ObjectNotFound',
  409: 'ObjectConflict',
  501: 'UnsupportedOperation',
  502: 'BadGateway',
}

/** An error as the issuer administration API shows it: the reference's shape, plus our stable code. */
export function renderError(error: WeftError): RenderedError {
  const type = types[error.status] ?? (error.status < 500 ? 'InvalidRequest' : 'Failure')
  const entry = { message: error.message, type, path: error.field ?? null, invalidValue: null, code: error.code }
  return { contentType: 'application/json', body: [entry] }
}

/** Schema of that shape. */
const errorAnswer = Type.Array(
  Type.Object({
    message: Type.String(),
    type: Type.String(),
    path: Type.Union([Type.String(), Type.Null()]),
    invalidValue: Type.Null(),
    code: Type.String(),
  }),
)

/** Answers that every route may give. */
export const refusals = {
  400: errorAnswer,
  401: errorAnswer,
  403: errorAnswer,
  404: errorAnswer,
  409: errorAnswer,
} as const
