import { type CatalogueEntry, WeftError } from '@weft/foundation/errors'
import type { OutboundClient, OutboundResponse } from '@weft/foundation/http'
import { fillPath, joinAddress } from '../../dsp/index.ts'
import { isJsonObject } from '../../policy/index.ts'
import { dpsErrors } from '../errors.ts'

/** What a call to the other plane needs. */
export interface DpsCall {
  readonly outbound: Pick<OutboundClient, 'send'>
  /** The endpoint that the other plane is registered with. */
  readonly endpoint: string
  /** Sent as `Authorization: Bearer …`. */
  readonly token: string
  readonly timeoutMs?: number
}

/** How the other plane refused. */
export interface DpsRefusal {
  readonly status: number
  readonly reason?: string
}

const longestReason = 500

/**
 * Sends one signal and gives back the answer, whatever 2xx it has.
 *
 * @throws `dps.plane-unavailable` (5xx, 429: the only ones that a retry may cure), `dps.plane-unauthorized` (401, 403),
 *   `dps.plane-unaware` (404), `dps.plane-refused` (the rest); `dpsRefusalOf` reads from them what the plane said. What the
 *   outbound client throws passes through.
 */
export async function exchange(
  call: DpsCall,
  request: {
    readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
    /** One of `dpsPaths`. */
    readonly path: string
    readonly id?: string
    readonly body?: object
    readonly purpose: string
  },
): Promise<OutboundResponse> {
  const { method, path, id, body, purpose } = request
  const answer = await call.outbound.send({
    method,
    url: joinAddress(call.endpoint, id === undefined ? path : fillPath(path, id)),
    headers: { accept: 'application/json', authorization: `Bearer ${call.token}` },
    ...(body === undefined ? {} : { body }),
    ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
    purpose: `dps.${purpose}`,
  })
  if (answer.status >= 200 && answer.status < 300) return answer
  throw refusal(answer)
}

/** What the other plane said, of an error that `exchange` threw. */
export function dpsRefusalOf(error: unknown): DpsRefusal | undefined {
  return error instanceof WeftError && error.detail instanceof Refusal ? error.detail.said : undefined
}

/** Marks the detail of our own errors, so that no other error's detail is taken for a refusal. */
class Refusal {
  readonly said: DpsRefusal

  constructor(said: DpsRefusal) {
    this.said = said
  }
}

function refusal(answer: OutboundResponse): WeftError {
  const { status } = answer
  const reason = reasonOf(answer)
  return new WeftError(entryOf(status), {
    message: `The other plane answered ${status}${reason === undefined ? '' : `: ${reason}`}`,
    detail: new Refusal({ status, ...(reason === undefined ? {} : { reason }) }),
  })
}

function entryOf(status: number): CatalogueEntry {
  if (status >= 500 || status === 429) return dpsErrors['plane-unavailable']
  if (status === 401 || status === 403) return dpsErrors['plane-unauthorized']
  if (status === 404) return dpsErrors['plane-unaware']
  return dpsErrors['plane-refused']
}

/** DPS defines no error body (4.9): a text under `error`, or a problem document's `detail` or `title`, is understood. */
function reasonOf(answer: OutboundResponse): string | undefined {
  const body = jsonOf(answer)
  if (!isJsonObject(body)) return undefined
  const found = ['error', 'detail', 'title'].map((name) => body[name]).find((value) => typeof value === 'string')
  if (typeof found !== 'string') return undefined
  const line = found.slice(0, longestReason).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.toWellFormed().trim()
}

function jsonOf(answer: OutboundResponse): unknown {
  try {
    return answer.json()
  } catch (thrown) {
    // Where a body is needed, its reader finds that there is none.
    if (thrown instanceof WeftError) return undefined
    throw thrown
  }
}

/**
 * Reads an answer with a parser for messages; what the parser finds wrong is the other plane's fault here.
 * @throws `dps.plane-malformed`
 */
export function readAnswer<T>(answer: OutboundResponse, parse: (body: unknown) => T): T {
  try {
    return parse(jsonOf(answer))
  } catch (thrown) {
    if (!(thrown instanceof WeftError)) throw thrown
    throw new WeftError(dpsErrors['plane-malformed'], {
      message: `The answer of the other plane is not valid: ${thrown.message}`,
      cause: thrown,
    })
  }
}
