import { randomUUID } from 'node:crypto'
import { freePort } from '@weft/foundation/http-testing'
import { serveCounterpart } from '../counterpart-server.ts'
import { type KitProperties, type KitTest, runKit } from '../kit.ts'
import { type HostedPlatform, hostPlatform } from '../platform.ts'
import { claimedIdentity } from './claimed-identity.ts'
import { agreementPeer, setUpControlPlane } from './control-plane-composition.ts'
import type { ControlPlaneUnderTest } from './control-plane-peer.ts'
import { setUpDataPlane } from './data-plane-composition.ts'
import type { DataPlaneUnderTest } from './data-plane-peer.ts'
import { kitTransport } from './kit-transport.ts'

const tests = 'org.eclipse.dataspacetck.dps.verification'
const controlPlaneTests = ['01_01', '01_02', '02_01', '02_02', '03_01'] as const

/** What the kit asks for by this transfer type goes to the data plane that it plays. */
const transferType = 'HttpData-PULL'

/** The official DPS kit, for who has its jar (`TCK_CLASSPATH`): against the same composition as our own suite. */
export async function runOfficialDpsKit(folder: string): Promise<readonly KitTest[]> {
  const [controlPort, dataPort] = [await freePort(), await freePort()]
  const [controlUrl, dataUrl] = [`http://localhost:${controlPort}`, `http://localhost:${dataPort}`]
  const tokens = await serveCounterpart(() => ({
    status: 200,
    body: { access_token: randomUUID(), token_type: 'Bearer', expires_in: 600 },
  }))
  const agreements = await agreementPeer()
  const hosted = await hostPlatform(folder, [controlUrl, dataUrl, tokens.url, agreements.url], {
    controlPlane: { identity: claimedIdentity },
    dataPlane: { transports: (http) => [kitTransport(http)] },
  })
  try {
    const dataPlane = await setUpDataPlane(hosted, { url: dataUrl })
    await leaveOnlyTheKitsPlane(hosted)
    const plane = { url: controlUrl, tokenUrl: tokens.url, transferType }
    const controlPlane = await setUpControlPlane(hosted, agreements, plane)
    return [
      ...(await runKit('dps', 'dps-control-plane', folder, {
        ...common(controlPort, controlUrl, 'controlplane'),
        ...controlPlaneProperties(controlPlane.target),
      })),
      ...(await runKit('dps', 'dps-data-plane', folder, {
        ...common(dataPort, dataUrl, 'dataplane'),
        ...dataPlaneProperties(dataPlane, dataUrl),
      })),
    ]
  } finally {
    await hosted.stop()
    for (const server of [tokens, agreements]) await server.close()
  }
}

/** The kit's transfer type is one of Weft's own data plane, which steps aside for it. */
async function leaveOnlyTheKitsPlane({ participant, operator }: HostedPlatform): Promise<void> {
  const path = { participantContextId: participant.participantContextId }
  const { body } = await operator.management.call('GET /participants/{participantContextId}/dataplanes', { path })
  for (const { '@id': id } of body) {
    await operator.management.call('DELETE /participants/{participantContextId}/dataplanes/{id}', {
      path: { ...path, id },
    })
  }
}

function common(port: number, url: string, part: 'controlplane' | 'dataplane'): KitProperties {
  return {
    'dataspacetck.debug': 'false',
    'dataspacetck.host': '127.0.0.1',
    'dataspacetck.port': String(port),
    'dataspacetck.callback.address': url,
    'dataspacetck.test.package': `${tests}.${part}`,
    'dataspacetck.dps.default.wait': '7',
  }
}

function controlPlaneProperties(target: ControlPlaneUnderTest): KitProperties {
  const ids = controlPlaneTests.flatMap((test) => [
    [`CP_C_${test}_AGREEMENTID`, target.agreements.consumer],
    [`CP_C_${test}_DATASETID`, target.datasetId],
    [`CP_P_${test}_AGREEMENTID`, target.agreements.provider],
    [`CP_P_${test}_DATASETID`, target.datasetId],
  ])
  return {
    'dataspacetck.dps.controlplane.webhook.url': target.triggerUrl,
    'dataspacetck.dps.controlplane.protocol.url': target.protocolUrl,
    'dataspacetck.dps.controlplane.signaling.url': target.signalingUrl,
    ...(Object.fromEntries(ids) as KitProperties),
  }
}

function dataPlaneProperties(target: DataPlaneUnderTest, kitUrl: string): KitProperties {
  const { pull, push } = target.profiles
  const { async: takesTime, finite, sync } = target.datasets
  const properties: Record<string, string> = {
    'dataspacetck.dps.dataplane.url': target.url,
    'dataspacetck.dps.dataplane.authorization': target.authorization,
    'dataspacetck.dps.dataplane.provider.id': target.participantId,
    'dataspacetck.dps.dataplane.counterparty.id': `did:web:${new URL(kitUrl).host.replace(':', '%3A')}`,
  }
  for (const group of ['DP_C_PULL', 'DP_P_PULL', 'DP_C_PUSH', 'DP_P_PUSH'] as const) {
    for (const test of ['01_01', '01_02', '02_01', '02_02', '03_01', '04_01'] as const) {
      const endsItself = `${group}_${test}` === 'DP_C_PULL_03_01' || `${group}_${test}` === 'DP_P_PUSH_03_01'
      properties[`${group}_${test}_PROFILE`] = group.endsWith('PULL') ? pull : push
      properties[`${group}_${test}_DATASETID`] = test === '04_01' ? takesTime : endsItself ? finite : sync
    }
  }
  return properties
}
