import { randomUUID } from 'node:crypto'
import { buildDidDocument, type Did, didWeb, generateSigningKey, type SigningKey, signJwt } from '@weft/protocols/trust'
import { serve, type TestServer } from './fake-surroundings.ts'

/** A participant with a DID of its own, whose document a real server on loopback shows. */
export interface Party {
  readonly did: Did
  readonly server: TestServer
  readonly key: SigningKey
  /** A client token for a renewal; claims of `changes` that are undefined are left out. */
  clientToken(audience: string, accessToken: string, changes?: Readonly<Record<string, unknown>>): Promise<string>
}

export async function startParty(): Promise<Party> {
  const { publicJwk, privateJwk } = await generateSigningKey()
  let document: object = {}
  const server = await serve((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(document))
  })
  const did = didWeb(server.url.replace('127.0.0.1', 'localhost'))
  const key = { kid: `${did}#key-1`, privateJwk }
  document = buildDidDocument({ did, keys: [{ kid: key.kid, publicJwk }], services: [] })
  return {
    did,
    server,
    key,
    clientToken: (audience, accessToken, changes = {}) => {
      const iat = Math.floor(Date.now() / 1000)
      const claims = { iss: did, sub: did, aud: audience, token: accessToken, jti: randomUUID(), iat, exp: iat + 300 }
      return signJwt(JSON.parse(JSON.stringify({ ...claims, ...changes })), key)
    },
  }
}
