import type { WeftError } from '../errors/index.ts'
import type { RenderedError } from './port.ts'

/** A problem document (RFC 9457) with our stable code, the field at fault and the correlation id. */
export interface Problem {
  /** `urn:weft:error:<code>`; the error reference lists them. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly remedy: string
  readonly field?: string
  readonly correlationId: string
}

/** Shows an error as a problem document: the public text only, never the private detail. */
export function problemOf(error: WeftError, correlationId: string): RenderedError {
  const body: Problem = {
    type: `urn:weft:error:${error.code}`,
    title: error.entry.title,
    status: error.status,
    detail: error.message,
    code: error.code,
    remedy: error.entry.remedy,
    ...(error.field === undefined ? {} : { field: error.field }),
    correlationId,
  }
  return { contentType: 'application/problem+json', body }
}
