import type { WorkloadTokens } from '@weft/foundation/access'
import { isRetryable, WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { newCorrelationId, withCorrelation } from '@weft/foundation/telemetry'
import type { Did } from '@weft/protocols/trust'
import { isObject } from '@weft/protocols/trust'
import { serviceErrors } from '../errors.ts'

/** Makes self-issued tokens of our participants, at the token service of the identity hub. */
export interface TokenService {
  /**
   * A fresh token of `sender` for `audience` that carries an access token with these scopes; without scopes it carries
   * none. One for each HTTP attempt: receivers refuse a second use.
   * @throws `control-plane.token-service-refused`, `control-plane.token-service-unavailable`
   */
  withScopes(sender: Did, audience: Did, scopes: readonly string[]): Promise<string>
  /** A fresh token that carries an access token which was received (DCP-14). @throws as `withScopes` */
  withAccessToken(sender: Did, audience: Did, accessToken: string): Promise<string>
}

export interface TokenServiceOptions {
  /** `{internal}/sts/tokens` */
  readonly url: string
  readonly outbound: Pick<OutboundClient, 'send'>
  readonly workloadTokens: WorkloadTokens
}

/** Of the token service. */
const mostInBatch = 64
/** What is asked for meanwhile goes with the next batch: under load one exchange carries many. */
const mostUnderWay = 2
const mostWaiting = 2_000
/** A token may carry another one of 16 KiB. */
const longestAnswer = 32_768

interface Wanted {
  readonly form: Readonly<Record<string, string>>
  readonly resolve: (token: string) => void
  readonly reject: (reason: unknown) => void
}

/** The token service over HTTP (DCP 3.3); this service authenticates as itself and holds no participant's secret. */
export function createTokenService(options: TokenServiceOptions): TokenService {
  const waiting: Wanted[] = []
  let underWay = 0

  const sendNext = (): void => {
    if (underWay >= mostUnderWay || waiting.length === 0) return
    const batch = waiting.splice(0, mostInBatch)
    underWay += 1
    // The exchange is none of those alone that caused it.
    withCorrelation(newCorrelationId(), () => exchange(options, batch))
      .catch((error: unknown) => {
        for (const { reject } of batch) reject(error)
      })
      .finally(() => {
        underWay -= 1
        sendNext()
      })
  }

  const request = (form: Readonly<Record<string, string>>): Promise<string> =>
    new Promise((resolve, reject) => {
      if (waiting.length >= mostWaiting) return reject(new WeftError(serviceErrors['token-service-unavailable']))
      waiting.push({ form, resolve, reject })
      sendNext()
    })

  const base = (sender: Did, audience: Did) => ({ grant_type: 'client_credentials', client_id: sender, audience })
  return {
    withScopes: (sender, audience, scopes) =>
      request({
        ...base(sender, audience),
        ...(scopes.length === 0 ? {} : { bearer_access_scope: scopes.join(' ') }),
      }),
    withAccessToken: (sender, audience, accessToken) => request({ ...base(sender, audience), token: accessToken }),
  }
}

/** Asks for all tokens at once, and gives each to who wants it, or its refusal. */
async function exchange(options: TokenServiceOptions, batch: readonly Wanted[]): Promise<void> {
  const answer = await send(
    options,
    batch.map(({ form }) => form),
  )
  const body: unknown = answer.status === 200 ? answer.json() : undefined
  const tokens: readonly unknown[] = isObject(body) && Array.isArray(body.tokens) ? body.tokens : []
  for (const [at, { form, resolve, reject }] of batch.entries()) {
    const token = tokens[at]
    if (isObject(token) && typeof token.access_token === 'string') resolve(token.access_token)
    else reject(refusal(answer.status, token, form))
  }
}

function refusal(status: number, token: unknown, form: Wanted['form']): WeftError {
  const { error, code } = isObject(token) ? token : {}
  return new WeftError(serviceErrors['token-service-refused'], {
    detail: { status, error, code, participant: form.client_id, audience: form.audience },
  })
}

async function send(options: TokenServiceOptions, requests: readonly Wanted['form'][]) {
  try {
    return await options.outbound.send({
      method: 'POST',
      url: options.url,
      headers: { accept: 'application/json', authorization: `Bearer ${await options.workloadTokens.token()}` },
      body: { requests },
      purpose: 'dcp.token-service',
      maxBytes: mostInBatch * longestAnswer,
      internal: true,
    })
  } catch (cause) {
    if (!isRetryable(cause)) throw cause
    throw new WeftError(serviceErrors['token-service-unavailable'], { cause })
  }
}
