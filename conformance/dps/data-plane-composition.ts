import type { HostedPlatform } from '../platform.ts'
import { workloadOf } from '../workload.ts'
import type { DataPlaneUnderTest } from './data-plane-peer.ts'
import { call, expectSuccess } from './expectations.ts'
import { datasets, httpPullProfile, pullProfile, pushProfile } from './kit-transport.ts'

const patienceMs = 7000

/**
 * Registers the suite as one more control plane of the participant's data plane, as DPS has it.
 * @param reportsTo where the data plane is told to report: the suite's own server, or a wire before it
 */
export async function setUpDataPlane(
  hosted: HostedPlatform,
  reportsTo: { readonly url: string },
): Promise<DataPlaneUnderTest> {
  const { participant, signalingUrl } = hosted
  const url = `${signalingUrl}/data-plane/${participant.participantContextId}`
  const workload = await workloadOf(hosted, 'conformance-control-plane', ['signaling:dataflow:write'])
  const authorization = `Bearer ${await workload.token()}`
  const registered = await call(
    'PUT',
    `${url}/controlplanes`,
    { authorization },
    {
      controlplaneId: 'conformance-control-plane',
      endpoint: reportsTo.url,
    },
  )
  expectSuccess('the registration of a control plane', registered)
  return {
    url,
    authorization,
    participantId: participant.did,
    datasets,
    profiles: { pull: pullProfile, push: pushProfile, httpPull: httpPullProfile },
    patienceMs,
  }
}
