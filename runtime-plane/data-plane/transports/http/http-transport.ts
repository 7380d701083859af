import { WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import { flowDirection, httpDataPull, httpDataPush, httpPullProfile, httpPushProfile } from '@weft/protocols/dps'
import type { HttpPlace } from '../../domain/data-flow.ts'
import { ownsEndpoint } from '../../domain/data-flow.ts'
import { dataPlaneErrors } from '../../domain/errors.ts'
import type { Carriage, Transport } from '../../domain/transport.ts'
import { parseHttpDestination, parseHttpSource } from './http-place.ts'
import { type End, pump } from './pump.ts'

/**
 * HTTP, both directions, under the names of DPS and of connectors built on EDC. Nothing needs time to get ready. A
 * provider has a source; the consumer of a push has a destination, that of a pull may have one: without, its own client
 * fetches the data.
 */
export function httpTransport(outbound: OutboundClient): Transport {
  return {
    profiles: [httpDataPull, httpDataPush, httpPullProfile, httpPushProfile],
    ownEnd: (message) => {
      if (message.type === 'DataFlowStartMessage') return parseHttpSource(message.metadata?.dataAddress)
      const destination = message.metadata?.dataDestination
      if (destination === undefined && flowDirection(message.profile) === 'pull') return { place: null, headers: {} }
      return parseHttpDestination(destination)
    },
    // Partners that run EDC never renew; the profile of DPS is made for it.
    demandsRenewal: (profile) => profile === httpPullProfile,
    takesTime: () => false,
    getReady: async () => undefined,
    carries: (flow) => !ownsEndpoint(flow) && flow.ownEnd !== null,
    carry: (carriage) => carry(outbound, carriage),
  }
}

/** The provider of a push reads its source and posts it; the consumer of a pull fetches and hands it to its destination. */
async function carry(outbound: OutboundClient, carriage: Carriage): Promise<number> {
  const { ownEnd, role } = carriage.flow
  if (ownEnd === null) throw new WeftError(dataPlaneErrors['destination-invalid'])
  const own = endOf(ownEnd, await carriage.ownHeaders())
  const attempt = async (renewNow: boolean): Promise<number> => {
    const { endpoint, token } = await carriage.peer.access(renewNow)
    const peer = endOf(
      { url: endpoint, method: role === 'consumer' ? 'GET' : 'POST' },
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    )
    const [from, to] = role === 'consumer' ? [peer, own] : [own, peer]
    return pump(outbound, { from, to, signal: carriage.signal })
  }
  try {
    return await attempt(false)
  } catch (error) {
    // Its clock may be ahead of ours, or it may have replaced its tokens: the next one tells.
    if (role !== 'consumer' || !isUnauthorized(error)) throw error
    return attempt(true)
  }
}

function endOf(place: Pick<HttpPlace, 'url' | 'method'>, headers: End['headers']): End {
  return { url: place.url, method: place.method, headers }
}

function isUnauthorized(error: unknown): boolean {
  return (
    error instanceof WeftError &&
    error.entry === dataPlaneErrors['source-refused'] &&
    (error.detail as { readonly status?: number } | undefined)?.status === 401
  )
}
