import type { OutboundRequest, OutboundResponse } from '@weft/foundation/http'
import type { Send } from '../index.ts'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A fake of the way out: keeps what was sent, answers what it is told. */
export function createWire(answer: (request: OutboundRequest) => Answer | Promise<Answer>): {
  readonly send: Send
  readonly sent: readonly OutboundRequest[]
} {
  const sent: OutboundRequest[] = []
  const send: Send = async (request) => {
    sent.push(request)
    return responseOf(await answer(request))
  }
  return { send, sent }
}

function responseOf({ status, headers = {}, body }: Answer): OutboundResponse {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
  return { status, headers, body: Buffer.from(text), text: () => text, json: () => JSON.parse(text) as unknown }
}
