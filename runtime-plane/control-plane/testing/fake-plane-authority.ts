import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type FakeServer, startFakeServer } from './fake-server.ts'

/** Stands in for who vouches for a data plane: its keys, its token endpoint, and a broker of RFC 8693. */
export interface FakePlaneAuthority {
  readonly url: string
  readonly jwksUri: string
  /** The public keys of now. */
  jwks(): { readonly keys: readonly object[] }
  /** A token with these claims; with keys that nobody publishes when `forged`. */
  token(claims: Readonly<Record<string, unknown>>, forged?: boolean): Promise<string>
  /** Signs with a new key from now on, and publishes that alone. */
  rotate(): Promise<void>
  /** Forms that the broker has got. */
  readonly exchanges: readonly URLSearchParams[]
  /** What the broker answers with: 200 unless set. */
  brokerStatus: number
  close(): Promise<void>
}

export async function startFakePlaneAuthority(): Promise<FakePlaneAuthority> {
  const makeKey = async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const kid = randomUUID()
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
  }
  let key = await makeKey()
  const stranger = await makeKey()
  const exchanges: URLSearchParams[] = []
  const server: FakeServer = await startFakeServer(async ({ path, text }) => {
    if (path === '/jwks') return { status: 200, body: authority.jwks() }
    if (path !== '/exchange') return { status: 404 }
    exchanges.push(new URLSearchParams(text))
    if (authority.brokerStatus !== 200) return { status: authority.brokerStatus, body: { error: 'invalid_target' } }
    const body = { access_token: `exchanged-${exchanges.length}`, token_type: 'Bearer', expires_in: 300 }
    return { status: 200, body }
  })
  const authority: FakePlaneAuthority = {
    url: server.url,
    jwksUri: `${server.url}/jwks`,
    jwks: () => ({ keys: [key.jwk] }),
    token: (claims, forged = false) => {
      const now = Math.floor(Date.now() / 1000)
      const signer = forged ? { ...stranger, kid: key.kid } : key
      return new SignJWT({ iss: server.url, aud: 'control-plane', iat: now, exp: now + 300, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: signer.kid })
        .sign(signer.privateKey)
    },
    rotate: async () => {
      key = await makeKey()
    },
    exchanges,
    brokerStatus: 200,
    close: () => server.close(),
  }
  return authority
}
