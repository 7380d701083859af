import type { ParticipantContextId } from '@weft/foundation/access'
import { participantContextId } from '@weft/foundation/access'
import type { Vault, VaultAdministration } from '@weft/foundation/secrets'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

/** The key that signs this deployment's access tokens. */
export interface SigningKey {
  readonly privateJwk: JWK
  readonly publicJwk: JWK
}

/** The vault partition of the identity provider itself: no participant's. */
const ownContext: ParticipantContextId = participantContextId('identity-provider')
const secretName = 'identity-provider/signing-key'

/** Reads the signing key from the vault; makes it (RS256, 2048 bits) at the very first start. */
export async function loadSigningKey(vault: Vault & VaultAdministration): Promise<SigningKey> {
  await vault.openPartition({ clientId: 'identity-provider-vault', participantContextId: ownContext })
  const partition = vault.partition(ownContext)
  const stored = await partition.get(secretName)
  if (stored !== undefined) return signingKeyFrom(JSON.parse(stored) as JWK)
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const privateJwk = await exportJWK(privateKey)
  await partition.put(secretName, JSON.stringify(privateJwk))
  return signingKeyFrom(privateJwk)
}

async function signingKeyFrom(jwk: JWK): Promise<SigningKey> {
  const kid = await calculateJwkThumbprint(jwk)
  const about = { kid, alg: 'RS256', use: 'sig' }
  return { privateJwk: { ...jwk, ...about }, publicJwk: { kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '', ...about } }
}
