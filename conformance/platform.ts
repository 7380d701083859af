import { join } from 'node:path'
import {
  type AllInOne,
  type AllInOneOptions,
  freeBasePort,
  loopbackDeployment,
  serviceUrl,
  startAllInOne,
} from '@weft/all-in-one'
import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import {
  type Apis,
  apisFor,
  type Organisation,
  onboard,
  originsOf,
  setUpDataspace,
  shortNameFor,
  takeAccess,
} from '@weft/sdk/demo'

/** A whole platform with participants, of which one is under test; the others are there as they are in life. */
export interface HostedPlatform {
  readonly platform: AllInOne
  readonly outbound: OutboundClient
  readonly operator: Apis
  readonly issuerDid: string
  /** The runtime's internal listener: token service and vault clients. */
  readonly internalUrl: string
  /** The runtime's signaling listener. */
  readonly signalingUrl: string
  /** Onboarded through the fabric manager, like any other organisation. */
  readonly participant: Organisation
  stop(): Promise<void>
}

const names = ['Under Test', 'A Neighbour', 'Another Neighbour'] as const

/**
 * Starts everything on temporary state and onboards three participants.
 * @param folder takes state and log
 * @param origins of the other side's software on this machine
 * @param replaced what the composition replaces, by the platform's own extension points
 */
export async function hostPlatform(
  folder: string,
  origins: readonly string[],
  replaced: Pick<AllInOneOptions, 'controlPlane' | 'dataPlane' | 'trust'> = {},
): Promise<HostedPlatform> {
  const platform = await startAllInOne({
    state: join(folder, 'state'),
    basePort: await freeBasePort(),
    defaultBasePort: 0,
    log: 'file',
    allowedOrigins: origins,
    ...replaced,
  })
  const deployment = loopbackDeployment(platform.basePort)
  const internalUrl = serviceUrl(deployment, 'runtime', 'internal')
  const signalingUrl = serviceUrl(deployment, 'runtime', 'signaling')
  const outbound = createOutboundClient({
    allowedOrigins: [...originsOf(platform), internalUrl, ...origins],
    logger: createLogger({ component: 'conformance', level: 'silent' }),
  })
  const stop = async (): Promise<void> => {
    await outbound.close()
    await platform.stop()
  }
  try {
    const operator = apisFor(platform, platform.admin, outbound)
    const provisioner = apisFor(platform, platform.provisioner, outbound)
    const dataspace = await setUpDataspace(platform, operator)
    const participants: Organisation[] = []
    for (const name of names) {
      const applicant = { name, shortName: shortNameFor(name, 'conformance'), roles: ['member'] }
      const contextId = await onboard(platform, provisioner, dataspace, applicant, () => {})
      participants.push(await takeAccess(platform, operator, applicant, contextId, outbound))
    }
    const [participant] = participants
    if (!participant) throw new Error('nobody was onboarded')
    return {
      platform,
      outbound,
      operator,
      issuerDid: dataspace.issuerDid,
      internalUrl,
      signalingUrl,
      participant,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
