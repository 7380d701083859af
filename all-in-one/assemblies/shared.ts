import type { ControlPlaneOptions } from '@weft/control-plane'
import type { DataPlaneOptions } from '@weft/data-plane'
import { createTokenVerifier, type TokenVerifier } from '@weft/foundation/access'
import type { ServiceKey, ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import {
  addReadinessCheck,
  createOutboundClient,
  type FloodLimits,
  listenersKey,
  listenersModule,
  type OutboundClient,
  outboundKey,
} from '@weft/foundation/http'
import type { Vault, VaultAdministration } from '@weft/foundation/secrets'
import { SecretText } from '@weft/foundation/settings'
import { type Logger, loggerKey } from '@weft/foundation/telemetry'
import type { TrustRules } from '@weft/protocols/trust'
import { type AssemblyName, type Deployment, internalOrigins, publicOrigins } from '../deployment.ts'
import type { Workload } from '../workloads.ts'

/** What an assembly is given from outside: its place in the deployment, and the adapters of its ports. */
export interface Surroundings {
  readonly deployment: Deployment
  readonly database: Database
  /** Opens the vault. @throws WeftError when this process has no key for one. */
  readonly vault: () => Promise<Vault & VaultAdministration>
  readonly logger: Logger
  /** Origins inside that may be called besides our own: data sources that stand next to the platform. */
  readonly allowedOrigins: readonly string[]
  /** What one participant gets of each listener; the defaults when absent. */
  readonly floodLimits?: FloodLimits
  readonly controlPlane?: ControlPlaneOptions | undefined
  readonly dataPlane?: Pick<DataPlaneOptions, 'transports'> | undefined
  /** The trust settings of identity hub, issuer service and data plane. */
  readonly trust?: TrustRules
  /** The secret of one of our own clients. @throws WeftError when this process was not given it. */
  readonly secretOf: (clientId: string) => string
}

/** The modules that every assembly stands on, and the token verifier behind its listeners. */
export function foundationModules(
  name: AssemblyName,
  surroundings: Surroundings,
): { readonly modules: ServiceModule[]; readonly verifier: TokenVerifier } {
  const { deployment, database } = surroundings
  const logger = surroundings.logger.child({ component: name })
  // For this assembly alone: another one is reached by its ports, in the same process too.
  const outbound = createOutboundClient({
    allowedOrigins: [...publicOrigins(deployment), ...surroundings.allowedOrigins],
    internalOrigins: internalOrigins(deployment),
    logger,
  })
  const { identityProviderUrl } = deployment
  const verifier = createTokenVerifier({
    issuers: [{ issuer: identityProviderUrl, jwksUri: `${identityProviderUrl}/jwks`, audience: 'weft' }],
    outbound,
  })
  const modules = [
    given(loggerKey, logger),
    given(databaseKey, database),
    outboundLife(outbound),
    listenersModule({
      deployment: name,
      host: deployment.host,
      ports: deployment.ports[name],
      logger,
      verifier,
      ...(surroundings.floodLimits === undefined ? {} : { floodLimits: surroundings.floodLimits }),
    }),
    databaseReadiness(database),
  ]
  return { modules, verifier }
}

/** A module that provides something made elsewhere, whose life is not its own. */
export function given<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: key.name, provides: [key], init: (context) => context.provide(key, service) }
}

function outboundLife(outbound: OutboundClient): ServiceModule {
  return { ...given(outboundKey, outbound), shutdown: () => outbound.close() }
}

function databaseReadiness(database: Database): ServiceModule {
  return {
    name: 'database readiness',
    requires: [listenersKey],
    prepare: (context) => addReadinessCheck(context.require(listenersKey), 'database', () => database.ping()),
  }
}

/** Settings of a service's own client at the identity provider. */
export function workloadSettings({ deployment, secretOf }: Surroundings, { clientId }: Workload) {
  return {
    tokenUrl: `${deployment.identityProviderUrl}/token`,
    clientId,
    clientSecret: new SecretText(secretOf(clientId)),
  }
}
