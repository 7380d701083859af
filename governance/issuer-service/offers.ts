import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import { afterCommit, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { Processes, Task, TaskPolicy } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import { offerCredentials } from '@weft/protocols/dcp'
import { parseDid } from '@weft/protocols/trust'
import { credentialObject } from './domain/credential-object.ts'
import { issuerErrors } from './domain/errors.ts'
import type { IssuerUrls } from './domain/issuer.ts'
import { callHolder, type HolderCallOptions } from './holder-calls.ts'
import type { Issuers } from './issuers.ts'
import { readHolder } from './store/holders.ts'
import { readDefinitions } from './store/offerings.ts'
import { endOffer, insertOffer, type OfferState, readOffer } from './store/offers.ts'

const offerProcess = 'offer'
const sendTask = 'offer.send'

export interface OfferOptions extends HolderCallOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly issuers: Issuers
  readonly urls: IssuerUrls
  readonly logger: Logger
  /** How often and how fast an offer is tried; about half a day in all when absent: it may come late. */
  readonly deliveryPolicy?: Omit<TaskPolicy, 'exhausted'>
}

/** Registers the sending of offers: PENDING -> SENT, or FAILED when the holder could not be told. */
export function handleOffers(options: OfferOptions): void {
  const policy = options.deliveryPolicy ?? { limit: 24, baseMs: 500, maxMs: 3_600_000 }
  const exhausted = (task: Task, error: Error) => end(options, task, 'FAILED', toWeftError(error).code)
  options.processes.handle(sendTask, { ...policy, exhausted }, (task) => send(options, task))
}

/**
 * Writes an offer that is sent after the commit; returns its id. Undefined when the holder is not registered any more.
 * @throws `trust.did-invalid`
 */
export async function makeOffer(
  { processes, clock }: Pick<OfferOptions, 'processes' | 'clock'>,
  tx: Transaction,
  offer: {
    readonly participantContextId: ParticipantContextId
    readonly holderId: string
    readonly definitionIds: readonly string[]
    readonly reason: string
  },
): Promise<string | undefined> {
  const { participantContextId, holderId, definitionIds, reason } = offer
  const holder = await readHolder(tx, holderId)
  if (!holder) return undefined
  const id = randomUUID()
  const holderDid = parseDid(holder.did)
  await insertOffer(tx, { id, holderId, holderDid, definitionIds, reason }, new Date(clock()))
  await processes.record(tx, {
    participantContextId,
    processType: offerProcess,
    processId: id,
    from: null,
    to: 'PENDING',
    tasks: [{ name: sendTask }],
  })
  return id
}

async function send(options: OfferOptions, task: Task): Promise<void> {
  const { database, issuers, urls } = options
  const { participantContextId } = task
  const issuer = await issuers.read(participantContextId)
  const found = await database.tenant(participantContextId, async (tx) => {
    const offer = await readOffer(tx, task.processId)
    return offer?.state === 'PENDING'
      ? { offer, definitions: await readDefinitions(tx, offer.definitionIds) }
      : undefined
  })
  if (!found) return database.tenant(participantContextId, (tx) => task.complete(tx))
  const { offer, definitions } = found
  if (definitions.length === 0) throw new WeftError(issuerErrors['definition-gone'])
  const credentials = definitions.map((definition) => credentialObject(definition, issuer, urls, offer.reason))
  const key = await issuers.signingKey(issuer)
  await callHolder(options, { issuer: issuer.did, key, holder: offer.holderDid }, (to) =>
    offerCredentials({ ...to, offer: { issuer: issuer.did, credentials } }),
  )
  await end(options, task, 'SENT', null)
}

async function end(
  { database, processes, clock, logger }: OfferOptions,
  task: Task,
  state: Exclude<OfferState, 'PENDING'>,
  errorCode: string | null,
): Promise<void> {
  const { participantContextId, processId } = task
  await database.tenant(participantContextId, async (tx) => {
    if (await endOffer(tx, processId, { state, errorCode }, new Date(clock()))) {
      await processes.record(tx, {
        participantContextId,
        processType: offerProcess,
        processId,
        from: 'PENDING',
        to: state,
        ...(errorCode === null ? {} : { reason: errorCode }),
      })
      const action = `offer.${state.toLowerCase()}`
      const about = { category: 'dcp', action, participantContextId, offerId: processId } as const
      afterCommit(tx, () =>
        logger.info('an offer has ended', { ...about, ...(errorCode === null ? {} : { code: errorCode }) }),
      )
    }
    await task.complete(tx)
  })
}
