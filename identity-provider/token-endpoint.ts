import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServiceDatabase } from '@weft/foundation/database'
import type { Logger } from '@weft/foundation/telemetry'
import type { Adapter, AdapterPayload, Configuration, JWKS, KoaContextWithOIDC } from 'oidc-provider'
import { secretMatches } from './domain/client-secret.ts'
import type { SigningKey } from './signing-key.ts'
import { findClient, type StoredClient, withClients } from './store/client-store.ts'

export interface TokenEndpointOptions {
  readonly issuer: string
  readonly signingKey: SigningKey
  readonly database: ServiceDatabase
  readonly tokenLifetimeSeconds: number
  readonly logger: Logger
}

export type RawHandler = (request: IncomingMessage, response: ServerResponse) => void

/** The audience of all our access tokens. */
const audience = 'weft'
/** RFC 8707 wants a URI for what the token is for; callers need not name it. */
const resource = 'urn:weft:apis'

/**
 * The OAuth2 token endpoint (`POST /token`, client_credentials) by oidc-provider, as a handler of Node's HTTP server.
 * The library is loaded here and not at start: most processes never issue a token.
 */
export async function createTokenEndpoint(options: TokenEndpointOptions): Promise<RawHandler> {
  const { Provider, errors } = await import('oidc-provider')
  const configuration: Configuration = {
    adapter: (name: string) => clientAdapter(name, options.database),
    jwks: { keys: [options.signingKey.privateJwk] } as JWKS,
    routes: { token: '/token' },
    scopes: [],
    responseTypes: [],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    clientDefaults: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
    extraClientMetadata: { properties: ['weft_role', 'weft_context', 'weft_scopes'] },
    ttl: { ClientCredentials: options.tokenLifetimeSeconds },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client) => {
          // RFC 6749, 3.3: without a scope in the request the client gets a default, here all that it has.
          grantAllWhenNoneAsked(ctx, scopesOf(client))
          return resource
        },
        getResourceServerInfo: (_ctx, indicator, client) => {
          if (indicator !== resource) throw new errors.InvalidTarget()
          return {
            scope: scopesOf(client).join(' '),
            audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: options.tokenLifetimeSeconds,
            jwt: { sign: { alg: 'RS256' } },
          }
        },
      },
    },
    extraTokenClaims: (_ctx, token) => {
      const client = 'client' in token ? token.client : undefined
      if (!client) throw new Error('an access token belongs to a client')
      const context: unknown = Reflect.get(client, 'weft_context')
      return {
        role: Reflect.get(client, 'weft_role'),
        ...(context === undefined ? {} : { participant_context_id: context }),
      }
    },
  }
  const provider = new Provider(options.issuer, configuration)
  provider.Client.prototype.compareClientSecret = function compare(secret: string): boolean {
    return secretMatches(this.clientId, secret, this.clientSecret ?? '')
  }
  provider.on('server_error', (_ctx, error) => options.logger.error('a token request failed', { error }))
  provider.on('grant.error', (ctx, error) =>
    options.logger.info('a token request was refused', { clientId: ctx.oidc.client?.clientId, error: error.error }),
  )
  return provider.callback() as RawHandler
}

/** Extra metadata of a client, as `metadataOf` gave it; the library's types know only its own. */
function scopesOf(client: object): readonly string[] {
  return Reflect.get(client, 'weft_scopes') as readonly string[]
}

function grantAllWhenNoneAsked(ctx: KoaContextWithOIDC, scopes: readonly string[]): void {
  const params = ctx.oidc.params
  if (params && params.scope === undefined && scopes.length > 0) params.scope = scopes.join(' ')
}

/** oidc-provider's storage: clients from our table, nothing else. JWT access tokens are not stored. */
function clientAdapter(name: string, database: ServiceDatabase): Adapter {
  const unused = async (): Promise<never> => {
    throw new Error(`the identity provider stores no ${name}`)
  }
  return {
    find: async (id) => {
      if (name !== 'Client') return unused()
      const client = await withClients(database, 'token', (tx) => findClient(tx, id))
      return client && metadataOf(client)
    },
    upsert: unused,
    findByUserCode: unused,
    findByUid: unused,
    consume: unused,
    destroy: unused,
    revokeByGrantId: unused,
  }
}

/** A client without a secret is unknown here. The library keeps the hash where it expects the secret; comparing is ours. */
function metadataOf(client: StoredClient): AdapterPayload | undefined {
  if (client.secretHash === null) return undefined
  return {
    client_id: client.clientId,
    client_secret: client.secretHash,
    weft_role: client.role,
    weft_scopes: [...client.scopes],
    ...(client.participantContextId === null ? {} : { weft_context: client.participantContextId }),
  }
}
