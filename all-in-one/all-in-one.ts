import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { defaultActivityDefinitions, defaultOrchestrationTemplate } from '@weft/agents'
import type { ControlPlaneOptions } from '@weft/control-plane'
import type { DataPlaneOptions } from '@weft/data-plane'
import type { Assembly } from '@weft/foundation/assembly'
import { openPglite } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import { createLocalVault, loadVaultKey } from '@weft/foundation/secrets'
import type { TrustRules } from '@weft/protocols/trust'
import type { Platform } from '@weft/sdk/demo'
import { startAssembly } from './assemblies/makers.ts'
import type { Surroundings } from './assemblies/shared.ts'
import { type AssemblyName, assemblyNames, type Deployment, loopbackDeployment, serviceUrl } from './deployment.ts'
import { recordDeployment } from './deployment-record.ts'
import { allInOneErrors } from './errors.ts'
import { type LogTarget, platformLogger } from './platform-log.ts'
import { derivedSecret, operators } from './workloads.ts'

export interface AllInOneOptions {
  /** State folder. Its key is kept beside it, in `<state>.key`. */
  readonly state: string
  /** First of the ports; what the state was made with when absent. */
  readonly basePort: number | undefined
  /** First of the ports of a new state, when `basePort` is absent. */
  readonly defaultBasePort: number
  readonly log: LogTarget
  /** Origins inside that data may be fetched from. */
  readonly allowedOrigins?: readonly string[]
  /** What this composition replaces in the control plane. */
  readonly controlPlane?: ControlPlaneOptions
  /** What this composition adds to the data plane. */
  readonly dataPlane?: Pick<DataPlaneOptions, 'transports'>
  /** What identity hub and issuer service relax for partners that cannot do better; strict when absent. */
  readonly trust?: TrustRules
}

export interface AllInOne extends Platform {
  readonly basePort: number
  /** Whether the state was empty. */
  readonly firstStart: boolean
  readonly listening: readonly { readonly what: string; readonly url: string }[]
  /** A running assembly. @throws Error when it was stopped */
  assembly(name: AssemblyName): Assembly
  /** Ends the whole fabric manager: its ports and its consumers. */
  stopFabricManager(): Promise<void>
  /** Starts the fabric manager again after `stopFabricManager`. */
  startFabricManager(): Promise<void>
  stop(): Promise<void>
}

/**
 * Every service in one process on embedded defaults: PGlite, the PostgreSQL messaging adapter, the local vault and the
 * built-in identity provider. The same assemblies run alone in production; only the adapters differ.
 * @throws `database.folder-held`, `http.port-in-use`, `all-in-one.other-address`
 */
export async function startAllInOne(options: AllInOneOptions): Promise<AllInOne> {
  mkdirSync(options.state, { recursive: true })
  const database = await openPglite({ folder: join(options.state, 'database') })
  const running = new Map<AssemblyName, Assembly>()
  const stop = async () => {
    for (const assembly of [...running.values()].toReversed()) await assembly.stop()
    running.clear()
    await database.close()
  }
  try {
    const record = recordDeployment(options.state, options.basePort, options.defaultBasePort)
    const deployment = loopbackDeployment(record.basePort)
    const key = await loadVaultKey(`${options.state}.key`)
    const vault = createLocalVault({ database, key })
    const surroundings: Surroundings = {
      deployment,
      database,
      vault: () => vault,
      logger: platformLogger(options.log, options.state),
      allowedOrigins: options.allowedOrigins ?? [],
      controlPlane: options.controlPlane,
      dataPlane: options.dataPlane,
      trust: options.trust ?? {},
      secretOf: (clientId) => derivedSecret(key, clientId),
    }
    for (const name of assemblyNames) running.set(name, await startAssembly(name, surroundings))
    return {
      ...platformOf(deployment, surroundings.secretOf),
      basePort: record.basePort,
      firstStart: record.firstStart,
      listening: listeningOf(deployment),
      assembly: (name) => runningAssembly(running, name),
      startFabricManager: async () => {
        if (!running.has('fabric')) running.set('fabric', await startAssembly('fabric', surroundings))
      },
      stopFabricManager: async () => {
        const fabric = running.get('fabric')
        running.delete('fabric')
        await fabric?.stop()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function runningAssembly(running: ReadonlyMap<AssemblyName, Assembly>, name: AssemblyName): Assembly {
  const assembly = running.get(name)
  if (!assembly) throw new Error(`${name} is not running`)
  return assembly
}

/**
 * The platform that runs, or last ran, on a state folder of this machine: its addresses and the operator's clients.
 * @throws `all-in-one.no-state`
 */
export async function platformAt(state: string): Promise<Platform> {
  const key = `${state}.key`
  if (!existsSync(key)) {
    throw new WeftError(allInOneErrors['no-state'], { message: `There is no platform state in ${state}.` })
  }
  const { basePort } = recordDeployment(state, undefined, 0)
  const vaultKey = await loadVaultKey(key)
  return platformOf(loopbackDeployment(basePort), (clientId) => derivedSecret(vaultKey, clientId))
}

/** A deployment as its operator sees it: the addresses, and the secrets of the operator's two clients. */
export function platformOf(deployment: Deployment, secretOf: (clientId: string) => string): Platform {
  const client = ({ clientId }: { readonly clientId: string }) => ({
    clientId,
    clientSecret: secretOf(clientId),
  })
  return {
    identityProvider: {
      publicUrl: deployment.identityProviderUrl,
      adminUrl: serviceUrl(deployment, 'identity-provider', 'admin'),
    },
    runtime: { publicUrl: deployment.runtimePublicUrl, adminUrl: serviceUrl(deployment, 'runtime', 'admin') },
    governance: { publicUrl: deployment.governancePublicUrl, adminUrl: serviceUrl(deployment, 'governance', 'admin') },
    fabric: {
      adminUrl: serviceUrl(deployment, 'fabric', 'admin'),
      activityDefinitions: defaultActivityDefinitions,
      orchestrationTemplate: defaultOrchestrationTemplate,
    },
    admin: client(operators.admin),
    provisioner: client(operators.provisioner),
  }
}

function listeningOf(deployment: Deployment): AllInOne['listening'] {
  const at = (what: string, assembly: AssemblyName, listener: 'public' | 'admin' | 'observability', path: string) => ({
    what,
    url: serviceUrl(deployment, assembly, listener) + path,
  })
  return [
    { what: 'partners: DIDs, DSP, credentials, data', url: deployment.runtimePublicUrl },
    at('management API (control plane)', 'runtime', 'admin', '/api/management/v5beta'),
    at('identity API (identity hub)', 'runtime', 'admin', '/api/identity/v1beta'),
    at('data plane API', 'runtime', 'admin', '/api/data-plane/v1'),
    { what: 'issuers: DIDs, issuance, status lists', url: deployment.governancePublicUrl },
    at('issuer API', 'governance', 'admin', '/api/issuer/v1beta'),
    at('fabric manager: tenants', 'fabric', 'admin', '/api/tm/v1alpha1'),
    at('fabric manager: orchestrations', 'fabric', 'admin', '/api/pm/v1alpha1'),
    { what: 'identity provider', url: deployment.identityProviderUrl },
    at('identity provider: clients', 'identity-provider', 'admin', '/clients/v1'),
    at('health of the runtime', 'runtime', 'observability', '/health'),
  ]
}
