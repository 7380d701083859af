import { randomBytes, randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { SecretPartition, Vault } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import { type Did, generateSigningKey } from '@weft/protocols/trust'
import { type KeyPair, secretNameOfKey } from './domain/key-pair.ts'
import { digestOfManifest, type Participant, type ParticipantManifest } from './domain/participant.ts'
import { hubErrors } from './errors.ts'
import type { KeyPairs } from './key-pairs.ts'
import type { OwnContexts } from './own-contexts.ts'
import type { SigningKeys } from './signing-keys.ts'
import { insertKeyPairs } from './store/key-pairs.ts'
import {
  eraseContext,
  findParticipant,
  findParticipantWithKeys,
  insertParticipant,
  setActive,
} from './store/participants.ts'

/** What a created context is told: the client of the STS. The secret is null when none was asked for. */
interface StsAccount {
  readonly clientId: Did
  readonly clientSecret: string | null
}

/** Creating, switching and erasing participant contexts, over database and vault. */
export interface Participants {
  /**
   * Idempotent: the same manifest again has the same answer and makes no new key.
   * @throws `identity-hub.participant-differs`, `identity-hub.did-taken`, `secrets.partition-closed`
   */
  create(manifest: ParticipantManifest): Promise<StsAccount>
  /** @throws `request.not-found` */
  setActive(id: ParticipantContextId, active: boolean): Promise<void>
  /** Removes keys, secrets, credentials and the DID. @throws `request.not-found` */
  erase(id: ParticipantContextId): Promise<void>
}

export interface ParticipantsOptions {
  readonly database: ServiceDatabase
  readonly vault: Vault
  readonly contexts: OwnContexts
  readonly signingKeys: SigningKeys
  readonly keyPairs: KeyPairs
  readonly logger: Logger
  readonly clock: () => number
}

export function createParticipants(options: ParticipantsOptions): Participants {
  const { database, vault, contexts, signingKeys, keyPairs, clock } = options
  const logger = options.logger.child({ category: 'audit' })
  const find = (id: ParticipantContextId): Promise<Participant | undefined> =>
    database.tenant(id, (tx) => findParticipant(tx, id))

  return {
    create: async (manifest) => {
      const id = manifest.participantContextId
      const partition = vault.partition(id)
      const existing = await find(id)
      if (existing) return await accountOf(existing, manifest, partition)

      // Secrets go first, under names that no other attempt uses; rows that point at them follow in one transaction. A
      // crash in between leaves a secret that nothing points at, erased with the partition.
      const secrets = await makeSecrets(manifest, partition, clock())
      const inserted = await database.tenant(id, async (tx) => {
        if (!(await insertParticipant(tx, secrets.participant))) return false
        await insertKeyPairs(tx, id, secrets.keyPairs)
        await keyPairs.begin(tx, id, secrets.keyPairs)
        return true
      })
      contexts.forget(id)
      if (inserted) {
        logger.info('a participant context was created', { participantContextId: id, action: 'participant.create' })
        return { clientId: manifest.did, clientSecret: secrets.stsSecret }
      }

      await removeSecrets(partition, secrets.participant, secrets.keyPairs)
      const winner = await find(id)
      if (!winner) throw new WeftError(hubErrors['did-taken'], { field: 'did' })
      return await accountOf(winner, manifest, partition)
    },

    setActive: async (id, active) => {
      const found = await database.tenant(id, (tx) => setActive(tx, id, active, new Date(clock())))
      contexts.forget(id)
      if (!found) throw new WeftError(requestErrors['not-found'])
      const action = active ? 'participant.activate' : 'participant.deactivate'
      logger.info('a participant context was switched', { participantContextId: id, action })
    },

    erase: async (id) => {
      // Inactive first, so that nothing signs any more; rows last, so that a repetition finds what is left to remove.
      const context = await database.tenant(id, async (tx) => {
        await setActive(tx, id, false, new Date(clock()))
        return await findParticipantWithKeys(tx, id)
      })
      contexts.forget(id)
      if (!context) throw new WeftError(requestErrors['not-found'])
      await removeSecrets(vault.partition(id), context.participant, context.keyPairs)
      await database.tenant(id, (tx) => eraseContext(tx, id))
      contexts.forget(id)
      signingKeys.forget(id, context.keyPairs)
      logger.info('a participant context was removed', { participantContextId: id, action: 'participant.remove' })
    },
  }
}

async function accountOf(
  existing: Participant,
  manifest: ParticipantManifest,
  partition: SecretPartition,
): Promise<StsAccount> {
  if (existing.manifestDigest !== digestOfManifest(manifest)) {
    throw new WeftError(hubErrors['participant-differs'], { field: 'participantContextId' })
  }
  const secret = existing.stsSecretName === null ? null : await partition.get(existing.stsSecretName)
  return { clientId: existing.did, clientSecret: secret ?? null }
}

interface NewContext {
  readonly participant: Participant
  readonly keyPairs: readonly KeyPair[]
  readonly stsSecret: string | null
}

async function makeSecrets(
  manifest: ParticipantManifest,
  partition: SecretPartition,
  now: number,
): Promise<NewContext> {
  const createdAt = new Date(now)
  const keyPairs: KeyPair[] = []
  for (const { fragment, usage, algorithm } of manifest.keys) {
    const key = await generateSigningKey(algorithm)
    const id = randomUUID()
    await partition.put(secretNameOfKey(id), JSON.stringify(key.privateJwk))
    keyPairs.push({
      id,
      kid: `${manifest.did}#${fragment}`,
      publicJwk: key.publicJwk,
      usage,
      state: 'ACTIVATED',
      isDefault: false,
      replaces: null,
      publishedUntil: null,
      createdAt,
    })
  }
  const stsSecret = manifest.provisionStsAccount ? randomBytes(32).toString('base64url') : null
  const stsSecretName = stsSecret === null ? null : `identity-hub/sts-client/${randomUUID()}`
  if (stsSecret !== null && stsSecretName !== null) await partition.put(stsSecretName, stsSecret)
  const participant: Participant = {
    participantContextId: manifest.participantContextId,
    did: manifest.did,
    didHosting: manifest.didHosting,
    active: manifest.active,
    services: manifest.services,
    manifestDigest: digestOfManifest(manifest),
    stsSecretName,
    createdAt,
    modifiedAt: createdAt,
  }
  return { participant, keyPairs, stsSecret }
}

async function removeSecrets(
  partition: SecretPartition,
  participant: Participant,
  keyPairs: readonly KeyPair[],
): Promise<void> {
  for (const pair of keyPairs) await partition.delete(secretNameOfKey(pair.id))
  if (participant.stsSecretName !== null) await partition.delete(participant.stsSecretName)
}
