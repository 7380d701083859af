import { requestErrors, WeftError } from '../errors/index.ts'
import type { OutboundClient } from '../http/index.ts'
import { accessErrors } from './errors.ts'

export interface WorkloadTokenOptions {
  /** Token endpoint of the identity provider. */
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly outbound: OutboundClient
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number
}

export interface WorkloadTokens {
  /**
   * An access token of this service's own client, valid for another 30 s at least; asked for once however many wait.
   * @throws `access.workload-token-refused`, or what the outbound client throws.
   */
  token(): Promise<string>
}

const renewBeforeMs = 30_000

/** Tokens by client_credentials (RFC 6749, 4.4), kept until shortly before they expire. */
export function createWorkloadTokens(options: WorkloadTokenOptions): WorkloadTokens {
  const now = options.now ?? Date.now
  let current: { readonly token: string; readonly renewAt: number } | undefined
  let pending: Promise<string> | undefined

  const fetchToken = async (): Promise<string> => {
    const asked = now()
    const answer = await requestToken(options)
    current = { token: answer.token, renewAt: asked + answer.expiresInSeconds * 1000 - renewBeforeMs }
    return answer.token
  }
  return {
    token: () => {
      if (current && now() < current.renewAt) return Promise.resolve(current.token)
      pending ??= fetchToken().finally(() => {
        pending = undefined
      })
      return pending
    },
  }
}

async function requestToken(options: WorkloadTokenOptions): Promise<{ token: string; expiresInSeconds: number }> {
  const credentials = `${formEncode(options.clientId)}:${formEncode(options.clientSecret)}`
  const response = await options.outbound.send({
    method: 'POST',
    url: options.tokenUrl,
    headers: { accept: 'application/json', authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    purpose: 'access.workload-token',
  })
  if (response.status !== 200) {
    throw new WeftError(accessErrors['workload-token-refused'], {
      detail: { clientId: options.clientId, status: response.status, error: errorOf(response.text()) },
    })
  }
  const body = response.json()
  if (typeof body !== 'object' || body === null || !('access_token' in body) || typeof body.access_token !== 'string') {
    throw new WeftError(requestErrors.internal, { detail: 'the token endpoint answered 200 without an access_token' })
  }
  const seconds = 'expires_in' in body && typeof body.expires_in === 'number' ? body.expires_in : 60
  return { token: body.access_token, expiresInSeconds: seconds }
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are joined. */
function formEncode(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2)
}

/** Only the OAuth error code: descriptions may repeat what was sent. */
function errorOf(text: string): string {
  return /"error"\s*:\s*"([a-z_]{1,40})"/.exec(text)?.[1] ?? 'no error code'
}
