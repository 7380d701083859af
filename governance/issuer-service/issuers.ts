import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Vault, VaultAdministration } from '@weft/foundation/secrets'
import {
  type Clock,
  type GeneratedAlgorithm,
  generateSigningKey,
  type PublicJwk,
  parsePrivateJwk,
  publicJwkOf,
  type SigningKey,
} from '@weft/protocols/trust'
import { LRUCache } from 'lru-cache'
import { issuerErrors } from './domain/errors.ts'
import { type Issuer, issuerName } from './domain/issuer.ts'
import { vaultNameOf } from './domain/signing-key.ts'
import { insertIssuer, readIssuer } from './store/issuers.ts'
import { insertKey } from './store/signing-keys.ts'

/** The issuers of this service, and the private halves of their keys. */
export interface Issuers {
  /**
   * Makes an issuer: a vault partition of its own, a key in it, and its rows. Repeated with the same DID, it returns what
   * is there.
   * @throws `issuer.did-not-ours`, `issuer.issuer-conflict`, `trust.did-invalid`
   */
  create(contextId: ParticipantContextId, did: string, algorithm?: GeneratedAlgorithm): Promise<Issuer>
  /** @throws `issuer.issuer-unknown` */
  read(contextId: ParticipantContextId): Promise<Issuer>
  /** The key that signs now, of an issuer that was read a moment ago. @throws `issuer.key-missing` */
  signingKey(issuer: Issuer): Promise<SigningKey>
  /**
   * Makes the private half of a key in the vault; made once, so that a repeated attempt after a fault finds the one of the
   * first.
   */
  makeKey(contextId: ParticipantContextId, kid: string, algorithm: GeneratedAlgorithm): Promise<PublicJwk>
}

export interface IssuersOptions {
  readonly database: ServiceDatabase
  readonly vault: Vault & VaultAdministration
  readonly publicUrl: string
  readonly clock: Clock
  /** Runs in the transaction that makes an issuer with its first key. */
  readonly created: (tx: Transaction, issuer: Issuer) => Promise<void>
}

/** Keys out of the vault, at hand for a minute, so that signing needs no vault each time; which one signs is asked each time. */
const keyAtHandMs = 60_000
const mostKeysAtHand = 1_000

export function createIssuers(options: IssuersOptions): Issuers {
  const { database, vault, publicUrl, clock } = options
  const find = (contextId: ParticipantContextId): Promise<Issuer | undefined> => database.tenant(contextId, readIssuer)
  const read = async (contextId: ParticipantContextId): Promise<Issuer> => {
    const issuer = await find(contextId)
    if (!issuer) throw new WeftError(issuerErrors['issuer-unknown'])
    return issuer
  }
  const known = new LRUCache<string, SigningKey>({ max: mostKeysAtHand, ttl: keyAtHandMs })
  const load = async (contextId: ParticipantContextId, kid: string): Promise<SigningKey | undefined> => {
    const before = known.get(kid)
    if (before) return before
    const kept = await vault.partition(contextId).get(vaultNameOf(kid))
    if (kept === undefined) return undefined
    const key = { kid, privateJwk: parsePrivateJwk(JSON.parse(kept)) }
    known.set(kid, key)
    return key
  }
  const makeKey: Issuers['makeKey'] = async (contextId, kid, algorithm) => {
    const before = await load(contextId, kid)
    if (before) return publicJwkOf(before.privateJwk)
    const { privateJwk, publicJwk } = await generateSigningKey(algorithm)
    await vault.partition(contextId).put(vaultNameOf(kid), JSON.stringify(privateJwk))
    return publicJwk
  }
  const write = async (issuer: Issuer, algorithm: GeneratedAlgorithm): Promise<boolean> => {
    const { participantContextId, keyId: kid } = issuer
    const publicJwk = await makeKey(participantContextId, kid, algorithm)
    return database.tenant(participantContextId, async (tx) => {
      if (!(await insertIssuer(tx, issuer, new Date(clock())))) return false
      await insertKey(tx, { kid, algorithm, publicJwk }, new Date(clock()))
      await options.created(tx, issuer)
      return true
    })
  }
  return {
    create: async (contextId, text, algorithm = 'ES256') => {
      const { did, name } = issuerName(publicUrl, text)
      const existing = await find(contextId)
      if (existing) return sameDid(existing, did)
      const clientId = `issuer-service-${contextId}`
      await vault.openPartition({ clientId, participantContextId: contextId })
      const issuer: Issuer = { participantContextId: contextId, did, name, keyId: `${did}#key-1` }
      if (await write(issuer, algorithm)) return issuer
      const other = await find(contextId)
      if (other) return sameDid(other, did)
      // The DID belongs to another context, so nothing of this one stays.
      await vault.closePartition(clientId)
      throw new WeftError(issuerErrors['issuer-conflict'], { field: 'did' })
    },
    read,
    signingKey: async ({ participantContextId, keyId }) => {
      const key = await load(participantContextId, keyId)
      if (key) return key
      // Replaced since the issuer was read: the new one is there.
      const { keyId: now } = await read(participantContextId)
      const replacement = now === keyId ? undefined : await load(participantContextId, now)
      if (!replacement) throw new WeftError(issuerErrors['key-missing'])
      return replacement
    },
    makeKey,
  }
}

function sameDid(issuer: Issuer, did: string): Issuer {
  if (issuer.did !== did) throw new WeftError(issuerErrors['issuer-conflict'], { field: 'did' })
  return issuer
}
