import { type DataPlanePeer, plainAddress, renewableAddress } from './data-plane-peer.ts'
import {
  type Answer,
  expectDataAddress,
  expectEqual,
  expectRefusal,
  expectShape,
  expectSuccess,
  Finding,
  type JsonObject,
  propertiesOf,
} from './expectations.ts'
import type { Sequence } from './sequence.ts'

const counterpartyEndpoint = 'https://partner.example/data'

/** A provider's address under the HTTP profile, with its properties by name. */
async function startedAddress(
  peer: DataPlanePeer,
): Promise<{ readonly address: JsonObject; readonly properties: Readonly<Record<string, string>> }> {
  const { httpPull } = peer.target.profiles
  const flow = await peer.start(httpPull)
  expectEqual('the state in the answer', flow.answer.body.state, 'STARTED')
  const address = expectDataAddress('the address', flow.answer.body.dataAddress)
  expectEqual('its endpointType', address.endpointType, httpPull)
  if (!/^https?:\/\//.test(String(address.endpoint))) throw new Finding(`its endpoint is ${String(address.endpoint)}`)
  const properties = propertiesOf(address)
  expectShape('its properties', properties, { authorization: 'text', refreshToken: 'text', refreshEndpoint: 'text' })
  expectEqual('its authType', properties.authType, 'bearer')
  if (!/^\d+$/.test(properties.expiresIn ?? '')) throw new Finding(`its expiresIn is ${properties.expiresIn}`)
  return { address, properties }
}

function refresh(
  peer: DataPlanePeer,
  properties: Readonly<Record<string, string>>,
  changes: { readonly refreshToken?: string; readonly audience?: string } = {},
): Promise<Answer> {
  return peer.renewal.refresh({
    endpoint: String(properties.refreshEndpoint),
    did: peer.did,
    audience: changes.audience ?? peer.target.participantId,
    refreshToken: changes.refreshToken ?? String(properties.refreshToken),
    accessToken: String(properties.authorization),
  })
}

/** Prepared as a consumer under the HTTP profile, then started with an address. */
async function startedWith(peer: DataPlanePeer, address: JsonObject): Promise<Answer> {
  const flow = await peer.prepare(peer.target.profiles.httpPull)
  return flow.signal('started', { dataAddress: address })
}

/** The HTTP profile with renewal of tokens: two sequences of a consumer, three of a provider. */
export const httpPullSequences: readonly Sequence<DataPlanePeer>[] = [
  {
    id: 'DP_C_HTTP_PULL:01-01',
    run: async (peer) => {
      const address = renewableAddress(peer.target.profiles.httpPull, counterpartyEndpoint)
      expectSuccess('started with a renewable address', await startedWith(peer, address))
    },
  },
  {
    id: 'DP_C_HTTP_PULL:02-01',
    run: async (peer) => {
      const address = { ...plainAddress(peer.target.profiles.httpPull, counterpartyEndpoint), '@type': 'DataAddress' }
      expectRefusal('started without renewal', await startedWith(peer, address))
    },
  },
  {
    id: 'DP_P_HTTP_PULL:01-01',
    run: async (peer) => {
      const { properties } = await startedAddress(peer)
      const answer = await refresh(peer, properties)
      expectSuccess('the renewal', answer)
      expectShape('the renewed token', answer.body, { access_token: 'text', token_type: 'text' })
      if (answer.body.access_token === properties.authorization) throw new Finding('the renewed token is the old one')
    },
  },
  {
    id: 'DP_P_HTTP_PULL:02-01',
    run: async (peer) => {
      const { properties } = await startedAddress(peer)
      expectRefusal(
        'renewal with an unknown refresh token',
        await refresh(peer, properties, { refreshToken: 'invented' }),
      )
    },
  },
  {
    id: 'DP_P_HTTP_PULL:02-02',
    run: async (peer) => {
      const { properties } = await startedAddress(peer)
      const answer = await refresh(peer, properties, { audience: 'did:web:somebody-else.example' })
      expectRefusal('renewal with a token for somebody else', answer)
    },
  },
]
