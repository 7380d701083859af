import type { WorkloadTokens } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { dataPlaneErrors } from './domain/errors.ts'

/** Tokens by which a participant proves to a provider that it asks for a renewal itself (DPS-21). */
export interface ClientTokens {
  /**
   * One for each request: signed with a key of the participant's DID, for the provider, about one access token.
   * @throws `data-plane.client-token-unavailable`, what the outbound client throws
   */
  make(participant: string, provider: string, accessToken: string): Promise<string>
}

/** They are made by the token service of the identity hub; this service holds no participant's key. */
export function createClientTokens(options: {
  /** `{internal}/sts/token` */
  readonly stsUrl: string
  /** For addresses inside the deployment. */
  readonly outbound: OutboundClient
  readonly tokens: WorkloadTokens
}): ClientTokens {
  return {
    make: async (participant, provider, accessToken) => {
      const answer = await options.outbound.send({
        method: 'POST',
        url: options.stsUrl,
        headers: { accept: 'application/json', authorization: `Bearer ${await options.tokens.token()}` },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: participant,
          audience: provider,
          token: accessToken,
        }),
        purpose: 'data-plane.client-token',
      })
      const body: unknown = answer.status === 200 ? answer.json() : undefined
      const token = typeof body === 'object' && body !== null && 'access_token' in body ? body.access_token : undefined
      if (typeof token === 'string') return token
      throw new WeftError(dataPlaneErrors['client-token-unavailable'], { detail: { status: answer.status } })
    },
  }
}
