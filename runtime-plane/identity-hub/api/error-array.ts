import type { WeftError } from '@weft/foundation/errors'
import type { RenderedError } from '@weft/foundation/http'
import { Type } from 'typebox'

/** One error of an answer, in the shape that clients of EDC administration APIs read. */
export const errorArray = Type.Array(
  Type.Object({
    message: Type.String(),
    type: Type.String({ description: 'Kind of error, as EDC names it.' }),
    path: Type.Union([Type.String(), Type.Null()], { description: 'Name of the field at fault.' }),
    invalidValue: Type.Null(),
    code: Type.String({ description: 'Stable code of the error catalogue.' }),
  }),
)

const types: Readonly<Record<number, string>> = {
  400: 'InvalidRequest',
  401: 'AuthenticationFailed',
  403: 'NotAuthorized',
  404: 'ObjectNotFound',
  409: 'ObjectConflict',
  501: 'UnsupportedOperation',
  502: 'BadGateway',
}

/** Shows an error as an array of one; values of the request are not repeated. */
export function renderErrorArray(error: WeftError): RenderedError {
  const type = error.field !== undefined && error.status === 400 ? 'ValidationFailure' : types[error.status]
  return {
    contentType: 'application/json',
    body: [
      {
        message: error.message,
        type: type ?? (error.status < 500 ? 'InvalidRequest' : 'InternalError'),
        path: error.field ?? null,
        invalidValue: null,
        code: error.code,
      },
    ],
  }
}
