import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { afterCommit, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Processes, Task, TaskRequest } from '@weft/foundation/processes'
import type { Vault } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import type { Clock, GeneratedAlgorithm } from '@weft/protocols/trust'
import { issuerErrors } from './domain/errors.ts'
import { type IssuerKey, type KeyState, publishedKeys, vaultNameOf } from './domain/signing-key.ts'
import type { Issuers } from './issuers.ts'
import { makeOffer } from './offers.ts'
import {
  holdersConcerned,
  insertKey,
  lastValidUntil,
  listKeys,
  lockActiveKey,
  lockKey,
  moveKey,
  renewLists,
} from './store/signing-keys.ts'

const keyProcess = 'signing_key'
const rotateTask = 'signing-key.rotate'
const expireTask = 'signing-key.expire'
const destroyTask = 'signing-key.destroy'
const offerTask = 'signing-key.offer'

const dayMs = 86_400_000
/** A document names no more keys than that; verifiers read a hundred at most. */
const mostPublished = 50
/** Holders that are offered a new credential in one transaction. */
const holdersAtOnce = 50

export interface SigningKeysOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly vault: Vault
  readonly issuers: Issuers
  readonly clock: Clock
  readonly logger: Logger
  /** Age at which a key is replaced by itself. */
  readonly maxAgeDays: number
}

/** The keys of issuers, from the first signature to the last (DCP-45). */
export interface SigningKeys {
  list(contextId: ParticipantContextId): Promise<readonly IssuerKey[]>
  /**
   * Makes a new key that signs from now on; what the old one signed stays good.
   * @throws `issuer.issuer-unknown`, `issuer.keys-full`
   */
  rotate(contextId: ParticipantContextId, algorithm?: GeneratedAlgorithm): Promise<IssuerKey>
  /**
   * Takes a key out of the DID document at once, after a new one has replaced it if it was the active one, and offers new
   * credentials to the holders of those that it signed. Repeated is fine.
   * @throws `issuer.key-unknown`
   */
  revoke(contextId: ParticipantContextId, kid: string): Promise<void>
}

interface Replacement {
  /** Of the new key. */
  readonly fragment: string
  /** That of the old key when absent. */
  readonly algorithm?: GeneratedAlgorithm | undefined
  /** The key to be replaced; nothing happens when another one signs by now. */
  readonly expected?: string
  /** However many keys there are: the old one is about to be revoked. */
  readonly isUrgent?: true
}

/** What a new key begins with: the time when it will be replaced. */
export async function beginKey(
  { processes, maxAgeDays }: Pick<SigningKeysOptions, 'processes' | 'maxAgeDays'>,
  tx: Transaction,
  participantContextId: ParticipantContextId,
  kid: string,
): Promise<void> {
  const rotation = { name: rotateTask, dueInMs: maxAgeDays * dayMs }
  await record(processes, tx, { participantContextId, kid, from: null, to: 'ACTIVE' }, [rotation])
}

/** Registers the durable part of a key's life, and returns the rest. */
export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const { database, processes, vault, issuers, clock, logger } = options
  const quick = { limit: 12, baseMs: 200, maxMs: 60_000 }
  const said = (tx: Transaction, action: string, participantContextId: ParticipantContextId, kid: string): void =>
    afterCommit(tx, () =>
      logger.info('a signing key has changed', { category: 'audit', action, participantContextId, kid }),
    )

  /** Replaces the key that is active now, if it is `expected` where one is named. */
  const replace = async (
    contextId: ParticipantContextId,
    how: Replacement,
    alongside?: (tx: Transaction) => Promise<void>,
  ): Promise<void> => {
    const issuer = await issuers.read(contextId)
    const { before, published } = await database.tenant(contextId, async (tx) => ({
      before: await lockActiveKey(tx),
      published: publishedKeys(await listKeys(tx)).length,
    }))
    if (how.isUrgent !== true && published >= mostPublished) throw new WeftError(issuerErrors['keys-full'])
    const kid = `${issuer.did}#${how.fragment}`
    const algorithm = how.algorithm ?? before?.algorithm ?? 'ES256'
    const isWanted = (active: IssuerKey | undefined): boolean =>
      active !== undefined && active.kid !== kid && (how.expected === undefined || active.kid === how.expected)
    const publicJwk = isWanted(before) ? await issuers.makeKey(contextId, kid, algorithm) : undefined
    const isActive = await database.tenant(contextId, async (tx) => {
      const active = await lockActiveKey(tx)
      if (publicJwk && active && isWanted(active)) {
        const now = new Date(clock())
        await moveKey(tx, active.kid, 'RETIRED', now)
        await insertKey(tx, { kid, algorithm, publicJwk }, now)
        await renewLists(tx)
        await beginKey(options, tx, contextId, kid)
        // What is under way when the key changes may still carry its signature, hence the day.
        const retired = { participantContextId: contextId, kid: active.kid, from: 'ACTIVE', to: 'RETIRED' } as const
        await record(processes, tx, retired, [{ name: destroyTask }, { name: expireTask, dueInMs: dayMs }])
        said(tx, 'signing-key.rotate', contextId, kid)
      }
      await alongside?.(tx)
      return publicJwk !== undefined && (isWanted(active) || active?.kid === kid)
    })
    // Somebody else replaced the key meanwhile, so nothing of this attempt stays.
    if (publicJwk && !isActive) await vault.partition(contextId).delete(vaultNameOf(kid))
  }

  processes.handle(rotateTask, quick, (task) =>
    replace(task.participantContextId, { fragment: `key-${task.id}`, expected: task.processId }, (tx) =>
      task.complete(tx),
    ),
  )
  processes.handle(destroyTask, quick, async (task) => {
    await vault.partition(task.participantContextId).delete(vaultNameOf(task.processId))
    await database.tenant(task.participantContextId, (tx) => task.complete(tx))
  })
  processes.handle(expireTask, quick, (task) => expire(options, task))
  processes.handle(offerTask, quick, (task) => offerAnew(options, task))

  return {
    list: (contextId) => database.tenant(contextId, listKeys),
    rotate: async (contextId, algorithm) => {
      const fragment = `key-${randomUUID()}`
      await replace(contextId, { fragment, algorithm })
      const made = (await database.tenant(contextId, listKeys)).find(({ kid }) => kid.endsWith(`#${fragment}`))
      if (!made) throw new WeftError(issuerErrors['key-unknown'])
      return made
    },
    revoke: async (contextId, kid) => {
      const key = (await database.tenant(contextId, listKeys)).find((one) => one.kid === kid)
      if (!key) throw new WeftError(issuerErrors['key-unknown'])
      if (key.state === 'ACTIVE') {
        await replace(contextId, { fragment: `key-${randomUUID()}`, expected: kid, isUrgent: true })
      }
      await database.tenant(contextId, async (tx) => {
        const locked = await lockKey(tx, kid)
        if (locked?.state !== 'RETIRED') return
        await moveKey(tx, kid, 'REVOKED', new Date(clock()))
        const revoked = { participantContextId: contextId, kid, from: 'RETIRED', to: 'REVOKED' } as const
        await record(processes, tx, revoked, [{ name: offerTask }])
        said(tx, 'signing-key.revoke', contextId, kid)
      })
    },
  }
}

/** A retired key goes when nothing that it signed is valid any more. */
async function expire({ database, processes, clock }: SigningKeysOptions, task: Task): Promise<void> {
  const { participantContextId, processId: kid } = task
  await database.tenant(participantContextId, async (tx) => {
    const key = await lockKey(tx, kid)
    if (key?.state === 'RETIRED') {
      const now = clock()
      const last = (await lastValidUntil(tx, kid))?.getTime() ?? 0
      if (last > now) {
        const later = { name: expireTask, dueInMs: last - now }
        await record(processes, tx, { participantContextId, kid, from: 'RETIRED', to: 'RETIRED' }, [later])
      } else {
        await moveKey(tx, kid, 'EXPIRED', new Date(now))
        await record(processes, tx, { participantContextId, kid, from: 'RETIRED', to: 'EXPIRED' }, [])
      }
    }
    await task.complete(tx)
  })
}

/** Everybody who holds something with a signature that counts no more may have it anew, some at a time. */
async function offerAnew(options: SigningKeysOptions, task: Task): Promise<void> {
  const { participantContextId, processId: kid, payload } = task
  const after = typeof payload.after === 'string' ? payload.after : ''
  await options.database.tenant(participantContextId, async (tx) => {
    const page = { now: new Date(options.clock()), after, limit: holdersAtOnce }
    const holders = await holdersConcerned(tx, kid, page)
    for (const { holderId, definitionIds } of holders) {
      await makeOffer(options, tx, { participantContextId, holderId, definitionIds, reason: 'proof-key-revocation' })
    }
    const last = holders.at(-1)
    if (holders.length === holdersAtOnce && last) {
      const next = { name: offerTask, payload: { after: last.holderId } }
      await record(options.processes, tx, { participantContextId, kid, from: 'REVOKED', to: 'REVOKED' }, [next])
    }
    await task.complete(tx)
  })
}

function record(
  processes: Processes,
  tx: Transaction,
  step: {
    readonly participantContextId: ParticipantContextId
    readonly kid: string
    readonly from: KeyState | null
    readonly to: KeyState
  },
  tasks: readonly TaskRequest[],
): Promise<void> {
  const { participantContextId, kid: processId, from, to } = step
  return processes.record(tx, { participantContextId, processType: keyProcess, processId, from, to, tasks })
}
