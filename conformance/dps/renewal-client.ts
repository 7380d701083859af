import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type Answer, call, type JsonObject } from './expectations.ts'

/** A consumer's side of token renewal: its key, its DID document, and requests signed with the key. */
export interface RenewalClient {
  documentOf(did: string): JsonObject
  /** One refresh request (RFC 6749, section 6) with the client's own token. */
  refresh(request: {
    readonly endpoint: string
    readonly did: string
    readonly audience: string
    readonly refreshToken: string
    readonly accessToken: string
  }): Promise<Answer>
}

const keyId = 'key-1'

/** A client with a key that lives as long as the suite. */
export async function createRenewalClient(): Promise<RenewalClient> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const publicKeyJwk = await exportJWK(publicKey)
  return {
    documentOf: (did) => {
      const id = `${did}#${keyId}`
      return {
        '@context': ['https://www.w3.org/ns/did/v1'],
        id: did,
        verificationMethod: [{ id, type: 'JsonWebKey2020', controller: did, publicKeyJwk }],
        authentication: [id],
        assertionMethod: [id],
        capabilityInvocation: [id],
        service: [],
      }
    },
    refresh: async ({ endpoint, did, audience, refreshToken, accessToken }) => {
      const token = await new SignJWT({ token: accessToken, jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256', kid: `${did}#${keyId}`, typ: 'JWT' })
        .setIssuer(did)
        .setSubject(did)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('2m')
        .sign(privateKey)
      const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
      return call('POST', endpoint, { authorization: `Bearer ${token}` }, form)
    },
  }
}
