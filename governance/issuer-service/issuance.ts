import { afterCommit, databaseErrors, type ServiceDatabase, type Transaction } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { Processes, Task, TaskPolicy, TaskRequest } from '@weft/foundation/processes'
import type { Vault } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import {
  type CredentialDelivery,
  createSelfIssuedToken,
  dcpErrors,
  deliverCredentials,
  type Send,
} from '@weft/protocols/dcp'
import { type Clock, type DidResolver, issueCredential, type SigningKey, serviceEndpoint } from '@weft/protocols/trust'
import { decide, generate } from './approval.ts'
import { issuerErrors } from './domain/errors.ts'
import type { IssuanceState } from './domain/issuance.ts'
import type { Issuer, IssuerUrls } from './domain/issuer.ts'
import type { Issuers } from './issuers.ts'
import { type IssuedCredential, readCredentialsOf } from './store/credentials.ts'
import { type Issuance, moveIssuance, readIssuance } from './store/issuances.ts'

export const issuanceProcess = 'issuance'
export const approveTask = 'issuance.approve'
const deliverTask = 'issuance.deliver'
const rejectTask = 'issuance.reject'
const tidyTask = 'issuance.tidy'

export interface IssuanceOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly vault: Vault
  readonly issuers: Issuers
  readonly urls: IssuerUrls
  readonly resolver: DidResolver
  readonly send: Send
  readonly clock: Clock
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
  const { issuer, issuance, credentials } = await load(options, task)
  if (issuance.state !== 'APPROVED') return done(options, task)
  const key = await options.issuers.signingKey(issuer)
  const containers = await Promise.all(credentials.map((credential) => contain(options, issuer, credential, key)))
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

async function load(
  options: IssuanceOptions,
  task: Task,
): Promise<{ issuer: Issuer; issuance: Issuance; credentials: readonly IssuedCredential[] }> {
  const issuer = await options.issuers.read(task.participantContextId)
  return options.database.tenant(task.participantContextId, async (tx) => {
    const issuance = await readIssuance(tx, task.processId)
    if (!issuance) throw new WeftError(issuerErrors['issuance-unknown'])
    return { issuer, issuance, credentials: await readCredentialsOf(tx, task.processId) }
  })
}

/** Signs anew on every try; what is signed is the same, so the holder gets one credential however often it arrives. */
async function contain(options: IssuanceOptions, issuer: Issuer, credential: IssuedCredential, key: SigningKey) {
  const payload = await issueCredential(
    {
      profile: 'vc11-sl2021/jwt',
      id: credential.credentialId,
      issuer: issuer.did,
      types: [credential.credentialType],
      subject: { id: credential.subjectDid, claims: credential.subjectClaims },
      validFrom: credential.validFrom,
      validUntil: credential.validUntil,
      status: [
        {
          kind: 'BitstringStatusList',
          purpose: 'revocation',
          index: credential.statusIndex,
          listUrl: options.urls.statusList(credential.statusListId),
        },
      ],
      ...(credential.schemaUrl === null
        ? {}
        : { schema: { id: credential.schemaUrl, type: 'JsonSchemaValidator2018' } }),
      contexts: credential.contexts,
    },
    key,
  )
  return { credentialType: credential.credentialType, payload, format: credential.format }
}

/** DCP-35: to the credential service in the holder's DID document, with the holder's own access token sent back. */
async function tellHolder(
  options: IssuanceOptions,
  issuer: Issuer,
  issuance: Issuance,
  key: SigningKey,
  delivery: CredentialDelivery,
): Promise<void> {
  const document = await options.resolver.resolve(issuance.holderDid)
  const accessToken = issuance.hasAccessToken
    ? await options.vault.partition(issuer.participantContextId).get(accessTokenName(issuance.id))
    : undefined
  const { token } = await createSelfIssuedToken({
    did: issuer.did,
    audience: issuance.holderDid,
    key,
    clock: options.clock,
    ...(accessToken === undefined ? {} : { accessToken }),
  })
  const credentialService = serviceEndpoint(document, 'CredentialService')
  try {
    await deliverCredentials({ send: options.send, credentialService, token, delivery })
  } catch (error) {
    throw mayPass(error) ? new WeftError(issuerErrors['delivery-failed'], { cause: error }) : error
  }
}

/** Refusals that another try may cure: a document of ours not yet readable there, a request not yet committed. */
const passingRefusals: readonly unknown[] = [401, 404, 409, 425]

function mayPass(error: unknown): boolean {
  const { entry, detail } = toWeftError(error)
  if (entry.code !== dcpErrors['counterparty-refused'].code) return false
  return typeof detail === 'object' && detail !== null && 'status' in detail && passingRefusals.includes(detail.status)
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
