import { afterCommit, databaseErrors, type Transaction } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { Processes, Task, TaskPolicy, TaskRequest } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import type { SigningKey } from '@weft/protocols/trust'
import { decide, generate } from './approval.ts'
import { accessTokenName, type DeliveryOptions, deliverIssued, deliverRejection, loadIssuance } from './delivery.ts'
import { issuerErrors } from './domain/errors.ts'
import type { IssuanceState } from './domain/issuance.ts'
import { type Issuance, moveIssuance, readIssuance } from './store/issuances.ts'
import { holdKeyState, writeSigner } from './store/signing-keys.ts'

const issuanceProcess = 'issuance'
const approveTask = 'issuance.approve'
const approvalDeadlineTask = 'issuance.approval.deadline'
const deliverTask = 'issuance.deliver'
const redeliverTask = 'issuance.redeliver'
const rejectTask = 'issuance.reject'
const tidyTask = 'issuance.tidy'

/** How long a request waits for somebody to approve it: thirty days. */
const approvalDeadlineMs = 30 * 86_400_000

export interface IssuanceOptions extends DeliveryOptions {
  readonly processes: Processes
  readonly logger: Logger
  /** How often and how fast a delivery is tried; about five minutes in all when absent. */
  readonly deliveryPolicy?: Omit<TaskPolicy, 'exhausted'>
}

/** What a step of an issuance needs. */
export type StepOptions = Pick<IssuanceOptions, 'processes' | 'clock' | 'logger'>

/**
 * Registers the steps of issuance: SUBMITTED -> APPROVED -> DELIVERED, by way of AWAITING_APPROVAL where a definition
 * demands it, or ERRORED from each of them but the last.
 */
export function handleIssuance(options: IssuanceOptions): void {
  const { processes } = options
  const delivery = options.deliveryPolicy ?? { limit: 12, baseMs: 200, maxMs: 60_000 }
  const quick = { limit: 8, baseMs: 200, maxMs: 30_000 }
  const giveUp = (from: IssuanceState) => (task: Task, error: Error) => finishWithError(options, task, from, error)
  processes.handle(approveTask, { ...quick, exhausted: giveUp('SUBMITTED') }, (task) => approve(options, task))
  processes.handle(approvalDeadlineTask, quick, (task) => endWaiting(options, task))
  processes.handle(deliverTask, { ...delivery, exhausted: giveUp('APPROVED') }, (task) => deliver(options, task))
  // Beside the delivery proper, which goes on or is done, so nothing is lost when this one fails; few tries, since each is
  // on a word of the holder.
  const again = { limit: 3, baseMs: 500, maxMs: 2_000, exhausted: (task: Task) => endRedelivery(options, task) }
  processes.handle(redeliverTask, again, (task) => redeliver(options, task))
  // The holder reads the refusal at our endpoint too, so telling it is an attempt and no more.
  const rejection = { ...delivery, exhausted: (task: Task) => forgetToken(options, task, task.processId) }
  processes.handle(rejectTask, rejection, async (task) => {
    const loaded = await loadIssuance(options, task)
    await deliverRejection(options, loaded, await options.issuers.signingKey(loaded.issuer))
    await forgetToken(options, task, task.processId)
  })
  processes.handle(tidyTask, quick, (task) => forgetToken(options, task, task.processId))
}

/** Begins with a request that was written a moment ago, in the same transaction. */
export async function begin(
  { processes }: StepOptions,
  tx: Transaction,
  { id, participantContextId, messageId }: Pick<Task, 'id' | 'participantContextId'> & { readonly messageId: string },
): Promise<void> {
  await processes.record(tx, {
    participantContextId,
    processType: issuanceProcess,
    processId: id,
    from: null,
    to: 'SUBMITTED',
    messageId,
    tasks: [{ name: approveTask }],
  })
}

/**
 * Delivers at once, because the holder has repeated its request: it is there, and did not hear of what was delivered a
 * moment ago, or was away when it was to be delivered.
 * @param accessToken id under which the vault has the access token that came with the repeat
 */
export async function beginAgain(
  { processes }: StepOptions,
  tx: Transaction,
  issuance: Issuance,
  {
    messageId,
    accessToken,
    participantContextId,
  }: Pick<Task, 'participantContextId'> & {
    readonly messageId: string
    readonly accessToken: string | undefined
  },
): Promise<void> {
  await processes.record(tx, {
    participantContextId,
    processType: issuanceProcess,
    processId: issuance.id,
    from: issuance.state,
    to: issuance.state,
    reason: 'requested again',
    messageId,
    tasks: [{ name: redeliverTask, payload: accessToken === undefined ? {} : { accessToken } }],
  })
}

/**
 * An operator's word on a request that waits for it. Approval decides by what the issuer holds now, so rules still hold.
 * @throws `issuer.issuance-unknown`, `issuer.issuance-not-waiting`, and the refusal of a rule
 */
export async function decideByHand(
  options: StepOptions,
  tx: Transaction,
  id: string,
  word: { readonly approved: true } | { readonly approved: false; readonly reason: string },
): Promise<Issuance> {
  const issuance = await readIssuance(tx, id)
  if (!issuance) throw new WeftError(issuerErrors['issuance-unknown'])
  if (issuance.state !== 'AWAITING_APPROVAL') throw new WeftError(issuerErrors['issuance-not-waiting'])
  if (!word.approved) {
    const error = { code: issuerErrors['not-approved'].code, detail: word.reason }
    await step(options, tx, issuance, { to: 'ERRORED', error }, [{ name: rejectTask }])
    return issuance
  }
  const decision = await decide(tx, issuance)
  if (decision.kind === 'refused') {
    throw new WeftError(issuerErrors['approval-impossible'], { message: `Not approved: ${decision.explanation}.` })
  }
  await generate(tx, issuance, decision.credentials, new Date(options.clock()))
  await step(options, tx, issuance, { to: 'APPROVED', claims: decision.claims }, [{ name: deliverTask }])
  return issuance
}

async function approve(options: IssuanceOptions, task: Task): Promise<void> {
  await options.database.tenant(task.participantContextId, async (tx) => {
    const issuance = await readIssuance(tx, task.processId)
    if (issuance?.state === 'SUBMITTED') {
      const decision = await decide(tx, issuance)
      if (decision.kind === 'refused') {
        const error = { code: decision.code, detail: decision.explanation }
        await step(options, tx, issuance, { to: 'ERRORED', error }, [{ name: rejectTask }])
      } else if (decision.approval === 'manual' && !issuance.preAuthorized) {
        const deadline = { name: approvalDeadlineTask, dueInMs: approvalDeadlineMs }
        await step(options, tx, issuance, { to: 'AWAITING_APPROVAL', claims: decision.claims }, [deadline])
      } else {
        await generate(tx, issuance, decision.credentials, new Date(options.clock()))
        await step(options, tx, issuance, { to: 'APPROVED', claims: decision.claims }, [{ name: deliverTask }])
      }
    }
    await task.complete(tx)
  })
}

async function endWaiting(options: IssuanceOptions, task: Task): Promise<void> {
  await options.database.tenant(task.participantContextId, async (tx) => {
    const issuance = await readIssuance(tx, task.processId)
    if (issuance?.state === 'AWAITING_APPROVAL') {
      const error = { code: issuerErrors['not-approved'].code, detail: 'nobody approved it in time' }
      await step(options, tx, issuance, { to: 'ERRORED', error }, [{ name: rejectTask }])
    }
    await task.complete(tx)
  })
}

async function deliver(options: IssuanceOptions, task: Task): Promise<void> {
  const loaded = await loadIssuance(options, task)
  const { issuer, issuance } = loaded
  if (issuance.state !== 'APPROVED') return done(options, task)
  const key = await options.issuers.signingKey(issuer)
  await deliverIssued(options, loaded, key, issuance.hasAccessToken ? issuance.id : undefined)
  await options.database.tenant(task.participantContextId, async (tx) => {
    await keepSigner(tx, issuance, key)
    await step(options, tx, issuance, { to: 'DELIVERED' }, tidyTasks(issuance))
    await task.complete(tx)
  })
}

async function redeliver(options: IssuanceOptions, task: Task): Promise<void> {
  const loaded = await loadIssuance(options, task)
  const { state } = loaded.issuance
  if (state === 'APPROVED' || state === 'DELIVERED') {
    const key = await options.issuers.signingKey(loaded.issuer)
    await deliverIssued(options, loaded, key, repeatedToken(task))
    await options.database.tenant(task.participantContextId, async (tx) => {
      const issuance = await readIssuance(tx, task.processId)
      if (!issuance) return
      await keepSigner(tx, issuance, key)
      if (issuance.state === 'APPROVED') await step(options, tx, issuance, { to: 'DELIVERED' }, tidyTasks(issuance))
    })
  }
  await endRedelivery(options, task)
}

/** For the day when the key is replaced or revoked. @throws `database.busy` when it was revoked meanwhile: sign again, with the new one */
async function keepSigner(tx: Transaction, issuance: Issuance, { kid }: SigningKey): Promise<void> {
  if ((await holdKeyState(tx, kid)) === 'REVOKED') {
    throw new WeftError(databaseErrors.busy, { detail: `the key of issuance ${issuance.id} was revoked` })
  }
  await writeSigner(tx, issuance.id, kid)
}

function endRedelivery(options: IssuanceOptions, task: Task): Promise<void> {
  const token = repeatedToken(task)
  return token === undefined ? done(options, task) : forgetToken(options, task, token)
}

function repeatedToken({ payload: { accessToken } }: Task): string | undefined {
  return typeof accessToken === 'string' ? accessToken : undefined
}

async function forgetToken(options: IssuanceOptions, task: Task, requestId: string): Promise<void> {
  await options.vault.partition(task.participantContextId).delete(accessTokenName(requestId))
  await done(options, task)
}

async function finishWithError(
  options: IssuanceOptions,
  task: Task,
  from: IssuanceState,
  thrown: Error,
): Promise<void> {
  const error = toWeftError(thrown)
  await options.database.tenant(task.participantContextId, async (tx) => {
    const issuance = await readIssuance(tx, task.processId)
    if (issuance?.state === from) {
      const reason = { code: error.code, detail: error.entry.title }
      await step(options, tx, issuance, { to: 'ERRORED', error: reason }, tidyTasks(issuance))
    }
    await task.complete(tx)
  })
}

function done({ database }: IssuanceOptions, task: Task): Promise<void> {
  return database.tenant(task.participantContextId, (tx) => task.complete(tx))
}

function tidyTasks(issuance: Issuance): readonly TaskRequest[] {
  return issuance.hasAccessToken ? [{ name: tidyTask }] : []
}

async function step(
  options: StepOptions,
  tx: Transaction,
  issuance: Issuance,
  next: Omit<Parameters<typeof moveIssuance>[2], 'from'>,
  tasks: readonly TaskRequest[],
): Promise<void> {
  const from = issuance.state
  const { participantContextId } = issuance
  const moved = await moveIssuance(tx, issuance.id, { from, ...next }, new Date(options.clock()))
  // Somebody else was first; the transaction is given back and everything looked at anew.
  if (!moved) throw new WeftError(databaseErrors.busy, { detail: `issuance ${issuance.id} left ${from}` })
  await options.processes.record(tx, {
    participantContextId,
    processType: issuanceProcess,
    processId: issuance.id,
    from,
    to: next.to,
    ...(next.error === undefined ? {} : { reason: next.error.code }),
    tasks,
  })
  afterCommit(tx, () =>
    options.logger.info('an issuance has moved', {
      category: 'dcp',
      action: `issuance.${next.to.toLowerCase()}`,
      participantContextId,
      counterparty: issuance.holderDid,
      issuanceId: issuance.id,
      state: next.to,
      ...(next.error === undefined ? {} : { code: next.error.code, explanation: next.error.detail }),
    }),
  )
}
