import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeBasePort, loopbackDeployment, platformOf, serviceUrl } from '@weft/all-in-one'
import { createOutboundClient, type OutboundClient } from '@weft/foundation/http'
import { createLogger } from '@weft/foundation/telemetry'
import {
  type Apis,
  apisFor,
  type Dataspace,
  dataspaceProfile,
  managementContext,
  memberRole,
  type Organisation,
  onboard,
  originsOf,
  type Platform,
  setUpDataspace,
  takeAccess,
} from '@weft/sdk/demo'
import { startPostgresql } from '../tools/suite/postgresql.ts'
import { processesOn } from '../tools/suite/service-processes.ts'

/** A platform in processes of its own on PostgreSQL, as an operator runs it. */
export interface Deployment {
  readonly platform: Platform
  readonly operator: Apis
  readonly provisioner: Apis
  readonly dataspace: Dataspace
  /** Process id of the runtime: control plane, identity hub, data plane. */
  readonly runtimePid: number
  /** The runtime's internal listener: vault clients. */
  readonly internalUrl: string
  onboard(name: string): Promise<Organisation>
}

export interface Deployments {
  readonly all: readonly Deployment[]
  readonly outbound: OutboundClient
  /** `PostgreSQL 15` */
  readonly database: string
  stop(): Promise<void>
}

/**
 * Starts platforms that trust each other's issuers, all on one throw-away PostgreSQL server.
 * @param origins of other software on this machine that the runtimes may call
 */
export async function startDeployments(count: number, origins: readonly string[] = []): Promise<Deployments> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'))
  const server = await startPostgresql()
  const stops: (() => Promise<void>)[] = [
    async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  ]
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one()
  }
  try {
    const basePorts: number[] = []
    while (basePorts.length < count) basePorts.push(await freePortsBeside(basePorts))
    const publicOrigins = basePorts.flatMap((port) => {
      const { runtimePublicUrl, governancePublicUrl } = loopbackDeployment(port)
      return [runtimePublicUrl, governancePublicUrl]
    })
    const allowed = [...publicOrigins, ...origins]
    // As an operator does it: the machine's cores, shared between the platforms on it.
    const processes = Math.max(1, Math.floor(availableParallelism() / count))
    const started: Pick<Deployment, 'platform' | 'runtimePid' | 'internalUrl'>[] = []
    for (const [index, port] of basePorts.entries()) {
      const services = processesOn(server.url, join(folder, String(index)), port)
      stops.push(() => services.stop())
      await services.start('identity-provider')
      await services.start('governance', { allowedOrigins: allowed })
      const runtime = await services.start('runtime', { allowedOrigins: allowed, processes })
      await services.start('fabric')
      started.push({
        platform: platformOf(loopbackDeployment(port), services.secretOf),
        runtimePid: runtime.pid ?? 0,
        internalUrl: serviceUrl(loopbackDeployment(port), 'runtime', 'internal'),
      })
    }
    const outbound = createOutboundClient({
      allowedOrigins: [
        ...started.flatMap(({ platform, internalUrl }) => [...originsOf(platform), internalUrl]),
        ...allowed,
      ],
      logger: createLogger({ component: 'bench', level: 'silent' }),
    })
    stops.push(() => outbound.close())
    const all: Deployment[] = []
    for (const one of started) all.push(await setUp(one, outbound))
    for (const { operator } of all) await trust(operator, all)
    return { all, outbound, database: `PostgreSQL ${server.version}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function freePortsBeside(taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = await freeBasePort()
    if (!taken.includes(port)) return port
  }
}

async function setUp(
  started: Pick<Deployment, 'platform' | 'runtimePid' | 'internalUrl'>,
  outbound: OutboundClient,
): Promise<Deployment> {
  const { platform } = started
  const operator = apisFor(platform, platform.admin, outbound)
  const provisioner = apisFor(platform, platform.provisioner, outbound)
  const dataspace = await setUpDataspace(platform, operator)
  return {
    ...started,
    operator,
    provisioner,
    dataspace,
    onboard: async (name) => {
      const applicant = { name, shortName: name.toLowerCase().replace(/[^a-z0-9]+/g, '-'), roles: [memberRole] }
      const contextId = await onboard(platform, provisioner, dataspace, applicant, () => {})
      return takeAccess(platform, operator, applicant, contextId, outbound)
    },
  }
}

/** The profile under which the bench trades trusts the issuers of every platform. */
async function trust(operator: Apis, all: readonly Deployment[]): Promise<void> {
  await operator.management.call('PUT /dataspaceprofiles', {
    body: {
      '@context': [managementContext],
      '@type': 'DataspaceProfile',
      name: dataspaceProfile,
      protocol: { version: '2025-1', binding: 'HTTPS', namespace: 'https://w3id.org/dspace/2025/1/' },
      trustedIssuers: all.map(({ dataspace }) => ({ '@id': dataspace.issuerDid, supportedTypes: ['*'] })),
    },
  })
}
