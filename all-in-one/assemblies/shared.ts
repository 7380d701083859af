import { createTokenVerifier } from '@weft/foundation/access'
import type { ServiceKey, ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import { addReadinessCheck, createOutboundClient, listenersKey, listenersModule, type OutboundClient, outboundKey } from '@weft/foundation/http'
import { type Vault, type VaultAdministration, vaultKey } from '@weft/foundation/secrets'
import { type Logger, loggerKey } from '@weft/foundation/telemetry'
import { type AssemblyName, type Deployment, ownOrigins } from '../deployment.ts'

/** What an assembly is given from outside: its place in the deployment, and the adapters of its ports. */
export interface Surroundings {
  readonly deployment: Deployment
  readonly database: Database
  readonly vault: Vault & VaultAdministration
  readonly logger: Logger
  /** Origins inside that may be called besides our own: data sources that stand next to the platform. */
  readonly allowedOrigins: readonly string[]
  /** The secret of one of our own clients. @throws Error when this process was not given it. */
  readonly secretOf: (clientId: string) => string
}

/** The modules that every assembly stands on. */
export function foundationModules(name: AssemblyName, surroundings: Surroundings): ServiceModule[] {
  const { deployment, database, vault } = surroundings
  const logger = surroundings.logger.child({ component: name })
  const outbound = createOutboundClient({
    allowedOrigins: [...ownOrigins(deployment), ...surroundings.allowedOrigins],
    logger,
  })
  const verifier = createTokenVerifier({ issuers: [tokenIssuer(deployment)], outbound })
  return [
    given(loggerKey, logger),
    given(databaseKey, database),
    given(vaultKey, vault),
    outboundLife(outbound),
    listenersModule({ deployment: name, host: deployment.host, ports: deployment.ports[name], logger, verifier }),
    databaseReadiness(database),
  ]
}

function tokenIssuer({ identityProviderUrl }: Deployment) {
  return { issuer: identityProviderUrl, jwksUri: `${identityProviderUrl}/jwks`, audience: 'weft' }
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
