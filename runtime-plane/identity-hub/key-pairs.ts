import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { Processes, Task, TaskPolicy, TaskRequest } from '@weft/foundation/processes'
import type { Vault } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import { generateSigningKey } from '@weft/protocols/trust'
import {
  isPublished,
  type KeyPair,
  type KeyPairState,
  type KeyRequest,
  keyPairProcess,
  publishedUntil,
  secretNameOfKey,
  successorRequest,
} from './domain/key-pair.ts'
import type { Participant } from './domain/participant.ts'
import { hubErrors } from './errors.ts'
import type { OwnContexts } from './own-contexts.ts'
import type { SigningKeys } from './signing-keys.ts'
import {
  clearDefault,
  findKeyPair,
  forgetEndedKeyPairs,
  insertKeyPairs,
  lockKeyPairs,
  moveKeyPair,
} from './store/key-pairs.ts'
import { findParticipant } from './store/participants.ts'

/**
 * The keys of participant contexts through their life (DCP-45, section 3.11). One rule holds throughout: a context that
 * could sign before a change can sign after it.
 */
export interface KeyPairs {
  /**
   * Makes a key beside the others. @throws `request.not-found`, `identity-hub.key-taken`, `identity-hub.keys-full`
   */
  add(id: ParticipantContextId, request: KeyRequest, more: { active: boolean; makeDefault: boolean }): Promise<void>
  /**
   * A key that was made signs from now on, in the place of the one that it replaces. Active ones stay so.
   * @throws `request.not-found`, `identity-hub.key-over`
   */
  activate(id: ParticipantContextId, keyPairId: string): Promise<void>
  /**
   * A successor signs; the old public key stays published until what it signed has run out. Where the DID document lies
   * with the customer, the successor waits in CREATED until it is published there.
   * @throws `request.not-found`, `identity-hub.key-over`, `identity-hub.key-taken`
   */
  rotate(id: ParticipantContextId, keyPairId: string, change?: KeyChange): Promise<void>
  /**
   * The key is out of the DID document at once; a successor signs where it was an active one. Repeating it is fine.
   * @throws `request.not-found`, `identity-hub.key-taken`
   */
  revoke(id: ParticipantContextId, keyPairId: string, change?: KeyChange): Promise<void>
  /** Registers the first keys of a new context for rotation by age; in the transaction that adds them. */
  begin(tx: Transaction, id: ParticipantContextId, keyPairs: readonly KeyPair[]): Promise<void>
}

interface KeyChange {
  /** One of the same kind when absent. */
  readonly successor?: KeyRequest | undefined
  /** How long the old key stays published, in milliseconds. */
  readonly publishedForMs?: number | undefined
}

export interface KeyPairsOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly vault: Vault
  readonly contexts: OwnContexts
  readonly signingKeys: SigningKeys
  readonly logger: Logger
  readonly clock: () => number
  /** Age at which an active key is rotated by itself. */
  readonly rotationMs: number
}

const rotateTask = 'key-pair.rotate'
const destroyTask = 'key-pair.destroy'

/** Vaults are away for hours at times; what still fails after about two days is parked for the operator. */
const taskPolicy: TaskPolicy = { limit: 60, baseMs: 1000, maxMs: 3_600_000 }
/** Other replicas may sign with the key that they know for a second yet. */
const destroyAfterMs = 5_000
/** Keys that sign or are published, at most. */
const maxLiveKeys = 20

/** Registers the tasks with the engine; call before it starts. */
export function createKeyPairs(options: KeyPairsOptions): KeyPairs {
  const { database, processes, vault, contexts, signingKeys, clock } = options
  const logger = options.logger.child({ category: 'audit' })

  const make = async (participant: Participant, request: KeyRequest, pairId: string = randomUUID()) => {
    const key = await generateSigningKey(request.algorithm)
    const { participantContextId: id, did } = participant
    await vault.partition(id).put(secretNameOfKey(pairId), JSON.stringify(key.privateJwk))
    const made: KeyPair = {
      id: pairId,
      kid: `${did}#${request.fragment}`,
      publicJwk: key.publicJwk,
      usage: request.usage,
      state: 'ACTIVATED',
      isDefault: false,
      replaces: null,
      publishedUntil: null,
      createdAt: new Date(clock()),
    }
    return made
  }

  /**
   * Makes a key, then changes rows under the lock of the context. Secrets go first, under names that no other attempt
   * uses; where the change does not come about, the secret goes again.
   */
  const withNewKey = async (
    id: ParticipantContextId,
    made: KeyPair | undefined,
    change: (tx: Transaction, pairs: readonly KeyPair[]) => Promise<boolean>,
  ): Promise<void> => {
    const drop = async () => {
      if (made) await vault.partition(id).delete(secretNameOfKey(made.id))
    }
    try {
      const used = await database.tenant(id, async (tx) => {
        const pairs = await lockKeyPairs(tx, id)
        if (made && pairs.some((pair) => pair.kid === made.kid)) throw new WeftError(hubErrors['key-taken'])
        await forgetEndedKeyPairs(tx, id, clock())
        return await change(tx, pairs)
      })
      if (!used) await drop()
    } catch (error) {
      // After a lost connection the rows may be there: only a refusal of ours says that they are not.
      if (error instanceof WeftError && error.entry.side === 'caller') await drop()
      throw error
    } finally {
      contexts.forget(id)
    }
  }

  const record = async (
    tx: Transaction,
    id: ParticipantContextId,
    pair: { readonly id: string; readonly from: KeyPairState | null; readonly to: KeyPairState },
    tasks: readonly TaskRequest[],
    reason: string,
  ): Promise<void> =>
    await processes.record(tx, {
      participantContextId: id,
      processType: keyPairProcess,
      processId: pair.id,
      from: pair.from,
      to: pair.to,
      reason,
      tasks,
    })

  const rotationTasks = (): readonly TaskRequest[] => [{ name: rotateTask, dueInMs: options.rotationMs }]

  const insert = async (tx: Transaction, id: ParticipantContextId, pair: KeyPair, reason: string): Promise<void> => {
    if (pair.isDefault) await clearDefault(tx, id)
    await insertKeyPairs(tx, id, [pair])
    const tasks = pair.state === 'ACTIVATED' ? rotationTasks() : []
    await record(tx, id, { id: pair.id, from: null, to: pair.state }, tasks, reason)
  }

  /** The old key signs no more; its private part is destroyed, its public part stays for a while. */
  const retire = async (
    tx: Transaction,
    id: ParticipantContextId,
    pair: KeyPair,
    publishedForMs: number | undefined,
    reason: string,
  ): Promise<void> => {
    const until = publishedUntil(clock(), publishedForMs)
    await moveKeyPair(tx, id, pair.id, { state: 'ROTATED', isDefault: false, publishedUntil: until })
    const tasks = [{ name: destroyTask, dueInMs: destroyAfterMs }]
    await record(tx, id, { id: pair.id, from: pair.state, to: 'ROTATED' }, tasks, reason)
  }

  const participantOf = async (id: ParticipantContextId): Promise<Participant> => {
    const participant = await database.tenant(id, (tx) => findParticipant(tx, id))
    if (!participant) throw new WeftError(requestErrors['not-found'])
    return participant
  }

  const pairOf = (pairs: readonly KeyPair[], keyPairId: string): KeyPair => {
    const pair = pairs.find((one) => one.id === keyPairId)
    if (!pair) throw new WeftError(requestErrors['not-found'])
    return pair
  }

  const find = async (id: ParticipantContextId, keyPairId: string): Promise<KeyPair> => {
    const pair = await database.tenant(id, (tx) => findKeyPair(tx, id, keyPairId))
    if (!pair) throw new WeftError(requestErrors['not-found'])
    return pair
  }

  const newFragment = (): string => `key-${randomUUID().slice(0, 13)}`

  const rotate = async (
    id: ParticipantContextId,
    keyPairId: string,
    change: KeyChange,
    task?: Task,
  ): Promise<'rotated' | 'pending' | 'nothing'> => {
    const participant = await participantOf(id)
    const current = await find(id, keyPairId)
    const request = change.successor ?? successorRequest(current, newFragment())
    const reason = task ? 'rotated by age' : 'rotated on request'
    const waits = participant.didHosting === 'customer'
    let outcome: 'rotated' | 'pending' | 'nothing' = 'nothing'
    const made = await make(participant, request, task?.id)
    await withNewKey(id, made, async (tx, pairs) => {
      const pair = pairOf(pairs, keyPairId)
      await task?.complete(tx)
      if (pair.state !== 'ACTIVATED') {
        if (task) return false
        throw new WeftError(hubErrors['key-over'])
      }
      if (pairs.some((one) => one.state === 'CREATED' && one.replaces === pair.id)) return false
      if (waits) {
        await insert(tx, id, { ...made, state: 'CREATED', replaces: pair.id }, reason)
        outcome = 'pending'
        return true
      }
      await retire(tx, id, pair, change.publishedForMs, reason)
      await insert(tx, id, { ...made, isDefault: pair.isDefault }, reason)
      outcome = 'rotated'
      return true
    })
    if (outcome !== 'nothing') {
      signingKeys.forget(id, [{ id: keyPairId }])
      const about = { participantContextId: id, action: 'key-pair.rotate', keyPairId, outcome, reason }
      if (waits) logger.warn('a new key waits until the customer publishes it in its DID document', about)
      else logger.info('a key pair was rotated', about)
    }
    return outcome
  }

  processes.handle(rotateTask, taskPolicy, async (task) => {
    const known = await database.tenant(task.participantContextId, (tx) =>
      findKeyPair(tx, task.participantContextId, task.processId),
    )
    if (known?.state !== 'ACTIVATED') return
    await rotate(task.participantContextId, task.processId, {}, task)
  })

  processes.handle(destroyTask, taskPolicy, async (task) => {
    await vault.partition(task.participantContextId).delete(secretNameOfKey(task.processId))
    signingKeys.forget(task.participantContextId, [{ id: task.processId }])
  })

  return {
    add: async (id, request, { active, makeDefault }) => {
      const participant = await participantOf(id)
      const made = await make(participant, request)
      await withNewKey(id, made, async (tx, pairs) => {
        const live = pairs.filter((pair) => pair.state === 'CREATED' || isPublished(pair, clock()))
        if (live.length >= maxLiveKeys) throw new WeftError(hubErrors['keys-full'])
        const state = active ? 'ACTIVATED' : 'CREATED'
        await insert(tx, id, { ...made, state, isDefault: makeDefault }, 'added on request')
        return true
      })
      logger.info('a key pair was added', { participantContextId: id, action: 'key-pair.add', keyPairId: made.id })
    },

    activate: async (id, keyPairId) => {
      await withNewKey(id, undefined, async (tx, pairs) => {
        const pair = pairOf(pairs, keyPairId)
        if (pair.state === 'ACTIVATED') return true
        if (pair.state !== 'CREATED') throw new WeftError(hubErrors['key-over'])
        const replaced = pairs.find((one) => one.id === pair.replaces)
        const isDefault = pair.isDefault || replaced?.isDefault === true
        if (replaced?.state === 'ACTIVATED') await retire(tx, id, replaced, undefined, 'its successor was activated')
        await moveKeyPair(tx, id, pair.id, { state: 'ACTIVATED', isDefault, publishedUntil: null })
        const step = { id: pair.id, from: pair.state, to: 'ACTIVATED' } as const
        await record(tx, id, step, rotationTasks(), 'activated')
        return true
      })
      logger.info('a key pair was activated', { participantContextId: id, action: 'key-pair.activate', keyPairId })
    },

    rotate: async (id, keyPairId, change = {}) => {
      if ((await find(id, keyPairId)).state !== 'ACTIVATED') throw new WeftError(hubErrors['key-over'])
      await rotate(id, keyPairId, change)
    },

    revoke: async (id, keyPairId, change = {}) => {
      const participant = await participantOf(id)
      const current = await find(id, keyPairId)
      if (current.state === 'REVOKED') return
      const request = change.successor ?? successorRequest(current, newFragment())
      const made = current.state === 'ROTATED' ? undefined : await make(participant, request)
      await withNewKey(id, made, async (tx, pairs) => {
        const pair = pairOf(pairs, keyPairId)
        if (pair.state === 'REVOKED') return false
        await moveKeyPair(tx, id, pair.id, { state: 'REVOKED', isDefault: false, publishedUntil: null })
        const step = { id: pair.id, from: pair.state, to: 'REVOKED' } as const
        await record(tx, id, step, [{ name: destroyTask }], 'revoked on request')
        const isWaiting = pairs.some((one) => one.state === 'CREATED' && one.replaces === pair.id)
        if (!made || pair.state !== 'ACTIVATED' || isWaiting) return false
        const state = participant.didHosting === 'customer' ? 'CREATED' : 'ACTIVATED'
        const successor = { ...made, state, replaces: pair.id, isDefault: pair.isDefault } as const
        await insert(tx, id, successor, 'made for a key that was revoked')
        return true
      })
      signingKeys.forget(id, [{ id: keyPairId }])
      logger.warn('a key pair was revoked', { participantContextId: id, action: 'key-pair.revoke', keyPairId })
    },

    begin: async (tx, id, keyPairs) => {
      for (const pair of keyPairs) {
        await record(tx, id, { id: pair.id, from: null, to: pair.state }, rotationTasks(), 'made with the context')
      }
    },
  }
}
