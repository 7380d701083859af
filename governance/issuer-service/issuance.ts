import { afterCommit, databaseErrors, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { Processes, Task, TaskPolicy, TaskRequest } from '@weft/foundation/processes'
import type { Vault } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import { type CredentialContainer, type CredentialDelivery, deliverCredentials } from '@weft/protocols/dcp'
import { issueCredential, type SigningKey } from '@weft/protocols/trust'
import { decide, generate } from './approval.ts'
import { type FormatNaming, formatName, traitsOf } from './domain/credential-profile.ts'
import { issuerErrors } from './domain/errors.ts'
import type { IssuanceState } from './domain/issuance.ts'
import type { Issuer, IssuerUrls } from './domain/issuer.ts'
import { callHolder, type HolderCallOptions } from './holder-calls.ts'
import type { Issuers } from './issuers.ts'
import { type IssuedCredential, readCredentialsOf } from './store/credentials.ts'
import { readHolder } from './store/holders.ts'
import { type Issuance, moveIssuance, readIssuance } from './store/issuances.ts'

export const issuanceProcess = 'issuance'
export const approveTask = 'issuance.approve'
const deliverTask = 'issuance.deliver'
const rejectTask = 'issuance.reject'
const tidyTask = 'issuance.tidy'

export interface IssuanceOptions extends HolderCallOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly vault: Vault
  readonly issuers: Issuers
  readonly urls: IssuerUrls
  readonly logger: Logger
  /** How often and how fast a delivery is tried; about five minutes in all when absent. */
  readonly deliveryPolicy?: Omit<TaskPolicy, 'exhausted'>
}

/** Name of the vault entry with the holder's access token of a request. */
export function accessTokenName(issuanceId: string): string {
  return `issuer-service/request/${issuanceId}`
}

/** Registers the steps of issuance: SUBMITTED -> APPROVED -> DELIVERED, or ERRORED from either. */
export function handleIssuance(options: IssuanceOptions): void {
  const { processes } = options
  const delivery = options.deliveryPolicy ?? { limit: 12, baseMs: 200, maxMs: 60_000 }
  const quick = { limit: 8, baseMs: 200, maxMs: 30_000 }
  const giveUp = (from: IssuanceState) => (task: Task, error: Error) => finishWithError(options, task, from, error)
  processes.handle(approveTask, { ...quick, exhausted: giveUp('SUBMITTED') }, (task) => approve(options, task))
  processes.handle(deliverTask, { ...delivery, exhausted: giveUp('APPROVED') }, (task) => deliver(options, task))
  // The holder reads the refusal at our endpoint too, so telling it is an attempt and no more.
  const rejection = { ...delivery, exhausted: (task: Task) => endRejection(options, task) }
  processes.handle(rejectTask, rejection, (task) => reject(options, task))
  processes.handle(tidyTask, quick, async (task) => {
    await options.vault.partition(task.participantContextId).delete(accessTokenName(task.processId))
  })
}

async function approve(options: IssuanceOptions, task: Task): Promise<void> {
  const now = new Date(options.clock())
  await options.database.tenant(task.participantContextId, async (tx) => {
    const issuance = await readIssuance(tx, task.processId)
    if (issuance?.state === 'SUBMITTED') {
      const decision = await decide(tx, issuance)
      if (decision.kind === 'approved') {
        await generate(tx, issuance, decision.credentials, now)
        await step(options, tx, task, issuance, { to: 'APPROVED', claims: decision.claims }, [{ name: deliverTask }])
      } else {
        const error = { code: decision.code, detail: decision.explanation }
        await step(options, tx, task, issuance, { to: 'ERRORED', error }, [{ name: rejectTask }])
      }
    }
    await task.complete(tx)
  })
}

async function deliver(options: IssuanceOptions, task: Task): Promise<void> {
  const { issuer, issuance, credentials, naming } = await load(options, task)
  if (issuance.state !== 'APPROVED') return done(options, task)
  const key = await options.issuers.signingKey(issuer)
  const containers = await Promise.all(
    credentials.map((credential) => contain(options, issuer, credential, naming, key)),
  )
  await tellHolder(options, issuer, issuance, key, {
    status: 'ISSUED',
    issuerPid: issuance.id,
    holderPid: issuance.holderPid,
    credentials: containers,
  })
  await options.database.tenant(task.participantContextId, async (tx) => {
    await step(options, tx, task, issuance, { to: 'DELIVERED' }, tidyTasks(issuance))
    await task.complete(tx)
  })
}

async function reject(options: IssuanceOptions, task: Task): Promise<void> {
  const { issuer, issuance } = await load(options, task)
  await tellHolder(options, issuer, issuance, await options.issuers.signingKey(issuer), {
    status: 'REJECTED',
    issuerPid: issuance.id,
    holderPid: issuance.holderPid,
    // The code alone: the explanation may say what the issuer knows of others (DCP-46).
    rejectionReason: issuance.error?.code,
  })
  await endRejection(options, task)
}

async function endRejection(options: IssuanceOptions, task: Task): Promise<void> {
  await options.vault.partition(task.participantContextId).delete(accessTokenName(task.processId))
  await done(options, task)
}

interface Loaded {
  readonly issuer: Issuer
  readonly issuance: Issuance
  readonly credentials: readonly IssuedCredential[]
  readonly naming: FormatNaming
}

async function load(options: IssuanceOptions, task: Task): Promise<Loaded> {
  const issuer = await options.issuers.read(task.participantContextId)
  return options.database.tenant(task.participantContextId, async (tx) => {
    const issuance = await readIssuance(tx, task.processId)
    if (!issuance) throw new WeftError(issuerErrors['issuance-unknown'])
    const holder = await readHolder(tx, issuance.holderId)
    const credentials = await readCredentialsOf(tx, task.processId)
    return { issuer, issuance, credentials, naming: holder?.formatNames ?? 'profile' }
  })
}

/** Signs anew on every try; what is signed is the same, so the holder gets one credential however often it arrives. */
async function contain(
  options: IssuanceOptions,
  issuer: Issuer,
  credential: IssuedCredential,
  naming: FormatNaming,
  key: SigningKey,
): Promise<CredentialContainer> {
  const { format, credentialType, schemaUrl } = credential
  const payload = await issueCredential(
    {
      profile: format,
      id: credential.credentialId,
      issuer: issuer.did,
      types: [credentialType],
      subject: { id: credential.subjectDid, claims: credential.subjectClaims },
      validFrom: credential.validFrom,
      validUntil: credential.validUntil,
      status: credential.status.map(({ kind, purpose, listId, index }) => ({
        kind,
        purpose,
        index,
        listUrl: options.urls.statusList(listId),
      })),
      ...(schemaUrl === null ? {} : { schema: { id: schemaUrl, type: traitsOf(format).schemaType } }),
      contexts: credential.contexts,
    },
    key,
  )
  return { credentialType, payload, format: formatName(format, naming) }
}

/** DCP-35: to the credential service in the holder's DID document, with the holder's own access token sent back. */
async function tellHolder(
  options: IssuanceOptions,
  issuer: Issuer,
  issuance: Issuance,
  key: SigningKey,
  delivery: CredentialDelivery,
): Promise<void> {
  const accessToken = issuance.hasAccessToken
    ? await options.vault.partition(issuer.participantContextId).get(accessTokenName(issuance.id))
    : undefined
  const call = { issuer: issuer.did, key, holder: issuance.holderDid, accessToken }
  await callHolder(options, call, (to) => deliverCredentials({ ...to, delivery }))
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
      await step(options, tx, task, issuance, { to: 'ERRORED', error: reason }, tidyTasks(issuance))
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
  options: IssuanceOptions,
  tx: Transaction,
  task: Task,
  issuance: Issuance,
  next: Omit<Parameters<typeof moveIssuance>[2], 'from'>,
  tasks: readonly TaskRequest[],
): Promise<void> {
  const from = issuance.state
  const moved = await moveIssuance(tx, issuance.id, { from, ...next }, new Date(options.clock()))
  // Somebody else was first; the task's own transaction is given back and looked at anew.
  if (!moved) throw new WeftError(databaseErrors.busy, { detail: `issuance ${issuance.id} left ${from}` })
  await options.processes.record(tx, {
    participantContextId: task.participantContextId,
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
      participantContextId: task.participantContextId,
      counterparty: issuance.holderDid,
      issuanceId: issuance.id,
      state: next.to,
      ...(next.error === undefined ? {} : { code: next.error.code, explanation: next.error.detail }),
    }),
  )
}
