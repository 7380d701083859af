import { type ApiDefinition, acceptStreams } from '@weft/foundation/http'
import type { SigningKey } from '../signing-key.ts'
import type { RawHandler } from '../token-endpoint.ts'

export interface OidcApiOptions {
  readonly issuer: string
  readonly signingKey: SigningKey
  /** Called at the first token request. */
  readonly tokenEndpoint: () => Promise<RawHandler>
}

const open = { access: { kind: 'open' } } as const

/** The public face: metadata (OpenID Connect Discovery 1.0, RFC 8414), keys and the token endpoint. */
export function oidcApi(options: OidcApiOptions): ApiDefinition {
  const metadata = {
    issuer: options.issuer,
    token_endpoint: `${options.issuer}/token`,
    jwks_uri: `${options.issuer}/jwks`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  }
  return {
    name: 'oidc',
    title: 'OpenID Connect',
    version: '1.0.0',
    prefix: '',
    bodyLimit: 56 * 1024,
    documented: false,
    routes: (app) => {
      acceptStreams(app)
      for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
        app.get(path, { config: open }, async (_request, reply) =>
          reply.header('cache-control', 'max-age=60').send(metadata),
        )
      }
      app.get('/jwks', { config: open }, async (_request, reply) =>
        reply
          .type('application/jwk-set+json')
          .header('cache-control', 'max-age=60')
          .send(JSON.stringify({ keys: [options.signingKey.publicJwk] })),
      )
      app.post('/token', { config: { access: { kind: 'protocol', protocol: 'oauth' } } }, async (request, reply) => {
        const handle = await options.tokenEndpoint()
        reply.hijack()
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value)
        }
        handle(request.raw, reply.raw)
      })
    },
  }
}
