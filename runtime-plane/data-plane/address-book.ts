import type { ParticipantContextId } from '@weft/foundation/access'
import { WeftError } from '@weft/foundation/errors'
import { buildHttpAddress, flowDirection } from '@weft/protocols/dps'
import type { DataAddress } from '@weft/protocols/dsp'
import { accessToken, refreshToken } from './domain/access-token.ts'
import type { GivenAnswer } from './domain/data-flow.ts'
import { tokenLifetimeSeconds } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import type { TokenKeys } from './token-keys.ts'

/** Data addresses of our own endpoints; their tokens are made here and kept nowhere, the same again for a repeated message. */
export interface AddressBook {
  /** @throws `data-plane.participant-unknown` */
  of(
    contextId: ParticipantContextId,
    flow: { readonly id: string; readonly profile: string },
    token: NonNullable<GivenAnswer['token']>,
  ): Promise<DataAddress>
}

export function createAddressBook(options: {
  readonly tokenKeys: TokenKeys
  /** Origin of the public listener. */
  readonly publicUrl: string
}): AddressBook {
  const origin = options.publicUrl.replace(/\/$/, '')
  return {
    of: async (contextId, { id, profile }, { generation, expiresAt }) => {
      const key = await options.tokenKeys.find(contextId)
      if (!key) throw new WeftError(dataPlaneErrors['participant-unknown'])
      const family = { participantContextId: contextId, dataFlowId: id, generation, renewals: 0 }
      const endpoint = `${origin}/data/${encodeURIComponent(id)}`
      const token = accessToken({ ...family, expiresAt }, key)
      if (flowDirection(profile) === 'push') return buildHttpAddress(profile, { endpoint, token })
      const renewal = {
        refreshToken: refreshToken(family, key),
        expiresIn: tokenLifetimeSeconds,
        refreshEndpoint: `${endpoint}/token`,
      }
      return buildHttpAddress(profile, { endpoint, token, renewal })
    },
  }
}
