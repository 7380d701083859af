import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AllInOne, freeBasePort, loopbackDeployment, startAllInOne } from '@weft/all-in-one'
import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import {
  type Apis,
  agree,
  apisFor,
  findOffer,
  managementContext,
  memberRole,
  type Organisation,
  onboard,
  originsOf,
  publish,
  serveFile,
  setUpDataspace,
  startTransfer,
  takeAccess,
} from '@weft/sdk/demo'
import { until } from '../../tools/suite/until.ts'

/** A platform on which two organisations have traded once: everything that a tenant can have is there. */
export interface TradingPlatform {
  readonly platform: AllInOne
  readonly outbound: OutboundClient
  readonly administrator: Apis
  readonly provider: Organisation
  readonly consumer: Organisation
  readonly agreementId: string
  readonly transferId: string
  stop(): Promise<void>
}

/** Every port of the platform: a test tries them all. */
function listenerOrigins(platform: AllInOne): string[] {
  const { ports, host } = loopbackDeployment(platform.basePort)
  return Object.values(ports).flatMap((byListener) => Object.values(byListener).map((port) => `http://${host}:${port}`))
}

/** Whether the provider has written down that its last messages were answered: the consumer is done a moment earlier. */
async function isDone({ apis: { management }, participantContextId }: Organisation): Promise<boolean> {
  const path = { participantContextId }
  const body = { '@context': [managementContext], '@type': 'QuerySpec' as const }
  const [negotiations, transfers] = await Promise.all([
    management.call('POST /participants/{participantContextId}/contractnegotiations/request', { path, body }),
    management.call('POST /participants/{participantContextId}/transferprocesses/request', { path, body }),
  ])
  return (
    negotiations.body.every(({ state }) => state === 'FINALIZED') &&
    transfers.body.every(({ state }) => state === 'STARTED')
  )
}

/** Starts a platform on temporary state, onboards two organisations and lets them trade. */
export async function startTradingPlatform(
  /** Origins inside that the test itself serves. */
  served: readonly string[] = [],
): Promise<TradingPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-trading-'))
  const file = join(folder, 'shared.txt')
  writeFileSync(file, 'what is shared')
  const source = await serveFile(file)
  const platform = await startAllInOne({
    state: join(folder, 'state'),
    basePort: await freeBasePort(),
    defaultBasePort: 0,
    log: 'file',
    allowedOrigins: [source.origin, ...served],
  })
  const outbound = createOutboundClient({
    allowedOrigins: [...originsOf(platform), ...listenerOrigins(platform)],
    logger: createLogger({ component: 'test', level: 'silent' }),
  })
  const administrator = apisFor(platform, platform.admin, outbound)
  const dataspace = await setUpDataspace(platform, administrator)
  const enter = async (name: string, shortName: string): Promise<Organisation> => {
    const applicant = { name, shortName, roles: [memberRole] }
    const contextId = await onboard(platform, administrator, dataspace, applicant, () => {})
    return takeAccess(platform, administrator, applicant, contextId, outbound)
  }
  const provider = await enter('Provider', 'provider')
  const consumer = await enter('Consumer', 'consumer')
  const assetId = await publish(provider, source)
  const agreementId = await agree(consumer, provider, await findOffer(consumer, provider, assetId), 'first-negotiation')
  const { transferId } = await startTransfer(consumer, provider, agreementId, 'first-transfer')
  await until('the provider to have written down the trade', 30_000, () => isDone(provider))
  return {
    platform,
    outbound,
    administrator,
    provider,
    consumer,
    agreementId,
    transferId,
    stop: async () => {
      await outbound.close()
      await platform.stop()
      await source.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
