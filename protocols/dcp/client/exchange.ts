import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { OutboundClient, OutboundResponse } from '@weft/foundation/http'
import { isObject, type JsonObject } from '../../trust/index.ts'
import { dcpErrors } from '../errors.ts'
import { inAnyForm } from '../received-messages.ts'

export type Send = OutboundClient['send']

export interface Exchange {
  readonly send: Send
  readonly method: 'GET' | 'POST'
  /** Base URL out of a DID document. */
  readonly base: string
  /** Begins with a slash. */
  readonly path: string
  /** A fresh self-issued token for the other party. */
  readonly token?: string
  readonly message?: JsonObject
  readonly purpose: string
}

/**
 * Sends one DCP message and takes any 2xx.
 * @throws `dcp.counterparty-refused`, `dcp.counterparty-failed` (retryable), and what the outbound client throws
 */
export async function exchange({
  send,
  method,
  base,
  path,
  token,
  message,
  purpose,
}: Exchange): Promise<OutboundResponse> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  const url = `${base.replace(/\/+$/, '')}${path}`
  const response = await send({ method, url, headers, body: message, purpose })
  if (response.status >= 200 && response.status < 300) return response
  const isPassing = response.status >= 500 || response.status === 408 || response.status === 429
  throw new WeftError(dcpErrors[isPassing ? 'counterparty-failed' : 'counterparty-refused'], {
    message: `The other party answered our DCP request (${purpose}) with status ${response.status}.`,
    detail: { status: response.status, code: codeOf(response) },
  })
}

/** Reads the answer, in any form of JSON-LD, with a parser of messages. @throws `dcp.counterparty-answer-invalid` */
export async function readAnswer<T>(response: OutboundResponse, parse: (json: unknown) => T): Promise<T> {
  try {
    return await inAnyForm(parse)(response.json())
  } catch (cause) {
    throw answerInvalid(toWeftError(cause))
  }
}

export function answerInvalid(cause?: WeftError): WeftError {
  return new WeftError(dcpErrors['counterparty-answer-invalid'], { cause, detail: cause?.message })
}

/** The stable code of a problem answer, for our log; nothing else of the body is kept. */
function codeOf(response: OutboundResponse): string | undefined {
  try {
    const body = response.json()
    return isObject(body) && typeof body.code === 'string' && /^[\w.-]{1,64}$/.test(body.code) ? body.code : undefined
  } catch {
    return undefined
  }
}
