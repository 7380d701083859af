import { isUtf8 } from 'node:buffer'
import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import type { OutboundClient, OutboundResponse } from '@weft/foundation/http'
import { isJsonObject, type JsonObject } from '../../policy/index.ts'
import { currentBinding, type DspBinding } from '../bindings.ts'
import { dspErrors } from '../errors.ts'
import { joinAddress } from '../paths.ts'

/** What a call needs: the way out, whom to call, and as whom. */
export interface DspCall {
  readonly outbound: Pick<OutboundClient, 'send'>
  /** The counterparty's DSP base, or its callback address. */
  readonly address: string
  /** Value of the Authorization header (DSP-06); a fresh token for each call, since receivers refuse a token used twice. */
  readonly authorization: string
  /** Of `selectDspBase`; absent: the current version. */
  readonly binding?: DspBinding
  readonly timeoutMs?: number
}

/** How a counterparty refused, in its own words. */
export interface DspRefusal {
  readonly status: number
  readonly code?: string
  readonly reason: readonly string[]
}

const longestReason = 500
const mostReasons = 10
const largestAnswer = 1024 * 1024

/**
 * Sends one request of DSP and gives back the answer, whatever 2xx it has (section 10: not every connector answers 201).
 *
 * @throws `dsp.counterparty-unavailable` (5xx, 429: the only ones that a retry may cure),
 *   `dsp.counterparty-unauthenticated` (401, 403), `dsp.counterparty-unknown` (404), `dsp.counterparty-refused` (the rest);
 *   `dspRefusalOf` reads from them what the counterparty said. What the outbound client throws passes through.
 */
export async function exchange(
  call: Omit<DspCall, 'authorization'> & { readonly authorization?: string },
  request: {
    readonly method: 'GET' | 'POST'
    readonly path: string
    readonly body?: JsonObject
    readonly purpose: string
    readonly maxBytes?: number
  },
): Promise<OutboundResponse> {
  const { method, path, body, purpose, maxBytes = largestAnswer } = request
  const binding = call.binding ?? currentBinding
  const answer = await call.outbound.send({
    method,
    url: joinAddress(call.address, path),
    headers: {
      accept: 'application/json',
      ...(call.authorization === undefined ? {} : { authorization: call.authorization }),
    },
    ...(body === undefined ? {} : { body: binding.write(body) }),
    ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
    maxBytes,
    purpose,
  })
  if (answer.status >= 200 && answer.status < 300) return answer
  throw refusal(answer.status, await readLeniently(answer, binding))
}

/** What the counterparty said, of an error that `exchange` threw. */
export function dspRefusalOf(error: unknown): DspRefusal | undefined {
  return error instanceof WeftError && error.detail instanceof Refusal ? error.detail.said : undefined
}

/** Marks the detail of our own errors, so that no other error's detail is taken for a refusal. */
class Refusal {
  readonly said: DspRefusal

  constructor(said: DspRefusal) {
    this.said = said
  }
}

function refusal(status: number, body: unknown): WeftError {
  const said = readRefusal(status, body)
  const entry = entryOf(status)
  const words = [said.code === undefined ? '' : ` with code ${said.code}`, ...said.reason.map((text) => `: ${text}`)]
  return new WeftError(entry, {
    message: `The counterparty answered ${status}${words.join('')}`,
    detail: new Refusal(said),
  })
}

function entryOf(status: number): CatalogueEntry {
  if (status >= 500 || status === 429) return dspErrors['counterparty-unavailable']
  if (status === 401 || status === 403) return dspErrors['counterparty-unauthenticated']
  if (status === 404) return dspErrors['counterparty-unknown']
  return dspErrors['counterparty-refused']
}

/** The body of a refusal is optional and its shape not to be relied on; whatever is no error object says nothing. */
function readRefusal(status: number, body: unknown): DspRefusal {
  const code = isJsonObject(body) ? body.code : undefined
  const reason = isJsonObject(body) ? body.reason : undefined
  return {
    status,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: printable(String(code)) } : {}),
    reason: (Array.isArray(reason) ? reason : [reason]).flatMap(reasonText).slice(0, mostReasons),
  }
}

function reasonText(item: unknown): readonly string[] {
  const text = isJsonObject(item) ? item['@value'] : item
  return typeof text === 'string' && text !== '' ? [printable(text)] : []
}

/** Foreign text that will be shown to people: bounded, on one line, without control characters. */
function printable(text: string): string {
  const line = text.slice(0, longestReason).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.toWellFormed().trim()
}

/**
 * The body in plain form; undefined when it is no JSON, and as it came when it has no plain form: what a success or refusal
 * holds beyond its status is not to be relied on (DSP-45).
 */
export async function readLeniently(answer: OutboundResponse, binding: DspBinding = currentBinding): Promise<unknown> {
  const body = jsonOf(answer)
  try {
    return await binding.read(body)
  } catch (thrown) {
    if (thrown instanceof WeftError) return body
    throw thrown
  }
}

function jsonOf(answer: OutboundResponse): unknown {
  // The usual answer to a message is none: not worth an error that nobody sees.
  if (answer.body.length === 0) return undefined
  try {
    return answer.json()
  } catch (thrown) {
    if (thrown instanceof WeftError) return undefined
    throw thrown
  }
}

/**
 * Reads an answer with a parser for messages in plain form; what is wrong with it is the counterparty's fault here.
 * The parser is told whether the answer's own bytes say the same as what it is given.
 * @throws `dsp.counterparty-malformed`
 */
export async function readAnswer<T>(
  answer: OutboundResponse,
  parse: (body: unknown, isVerbatim: boolean) => T,
  binding: DspBinding = currentBinding,
): Promise<T> {
  try {
    const came = jsonOf(answer)
    const body = await binding.read(came)
    return parse(body, body === came && saysWhatWasRead(answer.body))
  } catch (thrown) {
    if (!(thrown instanceof WeftError)) throw thrown
    throw new WeftError(dspErrors['counterparty-malformed'], {
      message: `The answer of the counterparty is not valid: ${thrown.message}`,
      cause: thrown,
    })
  }
}

/** Whether JSON was read whole: it is UTF-8, and has no key, however written, that is dropped in reading. */
function saysWhatWasRead(json: Buffer): boolean {
  return isUtf8(json) && !['__proto__', 'constructor', '\\u'].some((text) => json.includes(text))
}
