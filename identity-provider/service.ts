import type { ServiceModule } from '@weft/foundation/assembly'
import { databaseKey, type ServiceDatabase } from '@weft/foundation/database'
import { listenersKey, registerApi } from '@weft/foundation/http'
import { vaultKey } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import { clientsApi } from './api/clients-api.ts'
import { oidcApi } from './api/oidc-api.ts'
import { type SeededClient, seededClientFrom } from './domain/client.ts'
import { hashOf } from './domain/client-secret.ts'
import { loadSigningKey, type SigningKey } from './signing-key.ts'
import { replaceClientsOfSettings, withClients } from './store/client-store.ts'
import { migrations, schema } from './store/migrations.ts'
import { createTokenEndpoint, type RawHandler } from './token-endpoint.ts'

export interface IdentityProviderOptions {
  /** Issuer of the tokens and base of the public addresses: `http://localhost:7130`, without a slash at its end. */
  readonly publicUrl: string
  /** Clients of the deployment's settings: our services' own, the first administrator, the provisioner. */
  readonly clients: readonly SeededClient[]
  readonly logger: Logger
  /** How long an access token is valid; default 300 s. */
  readonly tokenLifetimeSeconds?: number
}

/**
 * The built-in OpenID provider: client_credentials only, JWT access tokens of the audience `weft`. Serves metadata, keys
 * and `/token` on the public listener, `/clients/v1` on the admin listener.
 */
export function identityProviderModule(options: IdentityProviderOptions): ServiceModule {
  const logger = options.logger.child({ component: 'identity-provider' })
  let database: ServiceDatabase | undefined
  let signingKey: SigningKey | undefined
  return {
    name: 'identity-provider',
    requires: [databaseKey, listenersKey, vaultKey],
    init: async (context) => {
      database = await context.require(databaseKey).forService(schema, migrations)
      signingKey = await loadSigningKey(context.require(vaultKey))
      await seedClients(database, options.clients)
    },
    prepare: (context) => {
      if (!database || !signingKey) throw new Error('init comes before prepare')
      const listeners = context.require(listenersKey)
      const endpointOptions = {
        issuer: options.publicUrl,
        signingKey,
        database,
        tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 300,
        logger,
      }
      let endpoint: Promise<RawHandler> | undefined
      const tokenEndpoint = (): Promise<RawHandler> => {
        endpoint ??= createTokenEndpoint(endpointOptions)
        return endpoint
      }
      registerApi(listeners.app('public'), oidcApi({ issuer: options.publicUrl, signingKey, tokenEndpoint }))
      registerApi(listeners.app('admin'), clientsApi(database, logger))
    },
  }
}

async function seedClients(database: ServiceDatabase, clients: readonly SeededClient[]): Promise<void> {
  const seeds = clients.map((seed) => {
    const { client, secret } = seededClientFrom(seed)
    return { ...client, secretHash: hashOf(client.clientId, secret) }
  })
  await withClients(database, 'seed', (tx) => replaceClientsOfSettings(tx, seeds))
}
