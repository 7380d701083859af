import { STATUS_CODES } from 'node:http'
import type { WeftError } from '@weft/foundation/errors'
import type { RenderedError } from '@weft/foundation/http'
import { Type } from 'typebox'

/** The fabric's error body: what clients of it know, and our stable code and the field beside it. */
export const errorBody = Type.Object({
  error: Type.String({ description: 'Text of the HTTP status.' }),
  message: Type.String(),
  code: Type.Integer({ description: 'HTTP status.' }),
  errorCode: Type.String({ description: 'Stable code of the error catalogue.' }),
  field: Type.Optional(Type.String({ description: 'The field at fault: its name, or a JSON pointer below the body.' })),
  correlationId: Type.String(),
})

/** Shows an error as the fabric's error body. */
export function renderError(error: WeftError, correlationId: string): RenderedError {
  const body = {
    error: STATUS_CODES[error.status] ?? 'Error',
    message: error.message,
    code: error.status,
    errorCode: error.code,
    ...(error.field === undefined ? {} : { field: error.field }),
    correlationId,
  }
  return { contentType: 'application/json', body }
}
