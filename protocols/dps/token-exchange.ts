import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { isJsonObject } from '../policy/index.ts'
import { dpsErrors } from './errors.ts'

export interface TokenExchange {
  /** The broker that the other plane is registered with. */
  readonly tokenExchangeEndpoint: string
  /** Our own workload credential, fresh. */
  readonly subjectToken: string
  /** As whom we call: the id of our plane. */
  readonly resource: string
  /** Whom we call: the id of the other plane. */
  readonly audience: string
}

const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

/**
 * Exchanges our workload credential for a token that the other plane accepts (RFC 8693, 4.7).
 * @throws `dps.plane-unauthorized` when the broker refuses, `dps.plane-unavailable` (5xx, 429), `dps.plane-malformed`; what the
 *   outbound client throws
 */
export async function exchangeToken(
  send: OutboundClient['send'],
  exchange: TokenExchange,
): Promise<{ readonly token: string; readonly expiresInSeconds: number }> {
  const answer = await send({
    method: 'POST',
    url: exchange.tokenExchangeEndpoint,
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: exchange.subjectToken,
      subject_token_type: jwtType,
      requested_token_type: jwtType,
      resource: exchange.resource,
      audience: exchange.audience,
      scope: 'signaling:dataflow',
    }),
    maxBytes: 64 * 1024,
    purpose: 'dps.token-exchange',
  })
  if (answer.status >= 500 || answer.status === 429) throw new WeftError(dpsErrors['plane-unavailable'])
  if (answer.status !== 200) {
    throw new WeftError(dpsErrors['plane-unauthorized'], {
      message: `The token broker answered ${answer.status}`,
      detail: { status: answer.status },
    })
  }
  const body = answer.json()
  const { access_token: token, expires_in: expiresIn } = isJsonObject(body) ? body : {}
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token)) {
    throw new WeftError(dpsErrors['plane-malformed'], {
      message: 'The answer of the token broker has no access_token.',
    })
  }
  return { token, expiresInSeconds: typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn : 60 }
}
