import type { WorkloadTokens } from '@weft/foundation/access'
import { isRetryable, WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
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
  /** `{internal}/sts/token` */
  readonly url: string
  readonly outbound: Pick<OutboundClient, 'send'>
  readonly workloadTokens: WorkloadTokens
}

/** The token service over HTTP (DCP 3.3); this service authenticates as itself and holds no participant's secret. */
export function createTokenService(options: TokenServiceOptions): TokenService {
  const request = async (fields: Record<string, string>): Promise<string> => {
    const answer = await send(options, fields)
    const body: unknown = answer.status === 200 ? answer.json() : undefined
    if (isObject(body) && typeof body.access_token === 'string') return body.access_token
    throw new WeftError(serviceErrors['token-service-refused'], {
      detail: { status: answer.status, participant: fields.client_id, audience: fields.audience },
    })
  }
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

async function send(options: TokenServiceOptions, fields: Record<string, string>) {
  try {
    return await options.outbound.send({
      method: 'POST',
      url: options.url,
      headers: { accept: 'application/json', authorization: `Bearer ${await options.workloadTokens.token()}` },
      body: new URLSearchParams(fields),
      purpose: 'dcp.token-service',
      internal: true,
    })
  } catch (cause) {
    if (!isRetryable(cause)) throw cause
    throw new WeftError(serviceErrors['token-service-unavailable'], { cause })
  }
}
