import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Vault, VaultAdministration } from '@weft/foundation/secrets'
import { type Clock, generateSigningKey, parsePrivateJwk, publicJwkOf, type SigningKey } from '@weft/protocols/trust'
import { issuerErrors } from './domain/errors.ts'
import { type Issuer, issuerName } from './domain/issuer.ts'
import { insertIssuer, readIssuer } from './store/issuers.ts'

/** The issuers of this service, with their keys. */
export interface Issuers {
  /**
   * Makes an issuer: a vault partition of its own, an ES256 key in it, and its row. Repeated with the same DID, it
   * returns what is there.
   * @throws `issuer.did-not-ours`, `issuer.issuer-conflict`, `trust.did-invalid`
   */
  create(contextId: ParticipantContextId, did: string): Promise<Issuer>
  /** @throws `issuer.issuer-unknown` */
  read(contextId: ParticipantContextId): Promise<Issuer>
  /** @throws `issuer.key-missing` */
  signingKey(issuer: Issuer): Promise<SigningKey>
}

const keyName = 'issuer-service/signing-key'

export function createIssuers(options: {
  readonly database: ServiceDatabase
  readonly vault: Vault & VaultAdministration
  readonly publicUrl: string
  readonly clock: Clock
}): Issuers {
  const { database, vault, publicUrl, clock } = options
  const find = (contextId: ParticipantContextId): Promise<Issuer | undefined> => database.tenant(contextId, readIssuer)
  /** The key is made once: a repeated creation after a fault finds the one of the first try. */
  const makeKey = async (contextId: ParticipantContextId): Promise<Issuer['publicJwk']> => {
    const partition = vault.partition(contextId)
    const kept = await partition.get(keyName)
    if (kept !== undefined) return publicJwkOf(parsePrivateJwk(JSON.parse(kept)))
    const { privateJwk, publicJwk } = await generateSigningKey('ES256')
    await partition.put(keyName, JSON.stringify(privateJwk))
    return publicJwk
  }
  return {
    create: async (contextId, text) => {
      const { did, name } = issuerName(publicUrl, text)
      const existing = await find(contextId)
      if (existing) return sameDid(existing, did)
      const clientId = `issuer-service-${contextId}`
      await vault.openPartition({ clientId, participantContextId: contextId })
      const issuer: Issuer = {
        participantContextId: contextId,
        did,
        name,
        keyId: `${did}#key-1`,
        publicJwk: await makeKey(contextId),
      }
      if (await database.tenant(contextId, (tx) => insertIssuer(tx, issuer, new Date(clock())))) return issuer
      const other = await find(contextId)
      if (other) return sameDid(other, did)
      // The DID belongs to another context, so nothing of this one stays.
      await vault.closePartition(clientId)
      throw new WeftError(issuerErrors['issuer-conflict'], { field: 'did' })
    },
    read: async (contextId) => {
      const issuer = await find(contextId)
      if (!issuer) throw new WeftError(issuerErrors['issuer-unknown'])
      return issuer
    },
    signingKey: async (issuer) => {
      const kept = await vault.partition(issuer.participantContextId).get(keyName)
      if (kept === undefined) throw new WeftError(issuerErrors['key-missing'])
      return { kid: issuer.keyId, privateJwk: parsePrivateJwk(JSON.parse(kept)) }
    },
  }
}

function sameDid(issuer: Issuer, did: string): Issuer {
  if (issuer.did !== did) throw new WeftError(issuerErrors['issuer-conflict'], { field: 'did' })
  return issuer
}
