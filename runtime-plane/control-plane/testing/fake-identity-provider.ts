import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type FakeServer, startFakeServer } from './fake-server.ts'

/** Stands in for the identity provider: signs whatever access token a test asks for. */
export interface FakeIdentityProvider {
  readonly issuer: string
  readonly jwksUri: string
  readonly tokenUrl: string
  token(claims: Readonly<Record<string, unknown>>): Promise<string>
  close(): Promise<void>
}

export async function startFakeIdentityProvider(): Promise<FakeIdentityProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256', use: 'sig' }
  const server: FakeServer = await startFakeServer(async (request) => {
    if (request.path === '/jwks') return { status: 200, body: { keys: [jwk] } }
    const credentials = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString()
    const [clientId = ''] = credentials.split(':')
    const accessToken = await provider.token({
      sub: clientId,
      client_id: clientId,
      role: 'workload',
      scope: 'signaling:dataflow:write sts:tokens:write',
    })
    return { status: 200, body: { access_token: accessToken, expires_in: 300, token_type: 'Bearer' } }
  })
  const provider: FakeIdentityProvider = {
    issuer: server.url,
    jwksUri: `${server.url}/jwks`,
    tokenUrl: `${server.url}/token`,
    token: (claims) =>
      new SignJWT({ aud: 'weft', ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'key-1' })
        .setIssuer(server.url)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    close: () => server.close(),
  }
  return provider
}
