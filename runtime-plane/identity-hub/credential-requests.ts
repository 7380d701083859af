import { randomUUID } from 'node:crypto'
import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { requestErrors, toWeftError, WeftError } from '@weft/foundation/errors'
import type { OutboundClient } from '@weft/foundation/http'
import type { Processes, Task, TaskPolicy } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import {
  type CredentialDelivery,
  createSelfIssuedToken,
  dcpErrors,
  requestCredentials,
  type VerifiedToken,
} from '@weft/protocols/dcp'
import { type Did, type DidResolver, serviceEndpoint, type VerifiableCredential } from '@weft/protocols/trust'
import { firstRenewal } from './domain/credential-renewal.ts'
import {
  asksTheSame,
  type CredentialRequest,
  type CredentialRequestState,
  checkDelivery,
  credentialRequestProcess,
  openStates,
  type RequestedCredential,
  requestedAs,
} from './domain/credential-request.ts'
import { heldCredential } from './domain/held-credential.ts'
import { hubErrors } from './errors.ts'
import type { OwnContext, OwnContexts } from './own-contexts.ts'
import type { RenewalSchedule } from './renewal-schedule.ts'
import type { SigningKeys } from './signing-keys.ts'
import { findRequest, insertRequest, moveRequest } from './store/credential-requests.ts'
import { credentialsOfRequest, deleteCredentials, insertCredentials } from './store/credentials.ts'
import { findParticipant } from './store/participants.ts'
import { claimToken } from './store/seen-tokens.ts'

/** Asking issuers for credentials, and taking what they deliver. */
export interface CredentialRequests {
  /**
   * Keeps the request and begins to send it. The same request again is the one that exists.
   * @throws `request.not-found`, `identity-hub.context-inactive`, `identity-hub.request-differs`
   */
  request(id: ParticipantContextId, input: CredentialRequestInput): Promise<CredentialRequest>
  /** The same inside a transaction, for a participant that is known to be active. */
  begin(tx: Transaction, id: ParticipantContextId, input: CredentialRequestInput): Promise<CredentialRequest>
  /** @throws `request.not-found` */
  get(id: ParticipantContextId, holderPid: string): Promise<CredentialRequest>
  /** The request that a delivery is for, before anything of the delivery is checked. */
  find(id: ParticipantContextId, holderPid: string): Promise<CredentialRequest | undefined>
  /**
   * Records the outcome that an issuer delivered and claims its token, in one transaction. A repeated delivery of the
   * same changes nothing; one of other credentials for the same request takes their place. `credentials` are verified.
   * @throws `dcp.replayed`, `identity-hub.delivery-foreign`, `identity-hub.request-closed`
   */
  conclude(
    context: OwnContext,
    sender: VerifiedToken,
    delivery: CredentialDelivery,
    credentials: readonly VerifiableCredential[],
  ): Promise<void>
}

interface CredentialRequestInput {
  readonly issuerDid: Did
  /** Ours to choose; a new one when absent. */
  readonly holderPid: string | undefined
  readonly requested: readonly RequestedCredential[]
  /** The held credential that the outcome replaces. */
  readonly renews?: string
}

export interface CredentialRequestsOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly contexts: OwnContexts
  readonly signingKeys: SigningKeys
  readonly resolver: DidResolver
  readonly send: OutboundClient['send']
  readonly logger: Logger
  readonly clock: () => number
  readonly deadlineMs: number
  readonly renewals: RenewalSchedule
  /** Share of a credential's life that is left when its renewal begins. */
  readonly renewalShare: number
}

const sendTask = 'credential-request.send'
const deadlineTask = 'credential-request.deadline'

/** Up to about two minutes; the deadline ends it in any case. */
const sendPolicy = { limit: 8, baseMs: 500, maxMs: 30_000 } as const
const deadlinePolicy: TaskPolicy = { limit: 20, baseMs: 1000, maxMs: 60_000 }

/** Registers the tasks with the engine; call before it starts. */
export function createCredentialRequests(options: CredentialRequestsOptions): CredentialRequests {
  const { database, processes, contexts, clock } = options
  const logger = options.logger.child({ category: 'dcp' })

  const transition = async (
    tx: Transaction,
    request: CredentialRequest,
    to: CredentialRequestState,
    more: { readonly issuerPid?: string; readonly error?: NonNullable<CredentialRequest['error']> } = {},
  ): Promise<boolean> => {
    if (!(await moveRequest(tx, request, { from: request.state, to, ...more }))) return false
    await processes.record(tx, {
      participantContextId: request.participantContextId,
      processType: credentialRequestProcess,
      processId: request.holderPid,
      from: request.state,
      to,
      ...(more.error && { reason: `${more.error.code}: ${more.error.reason}` }),
      ...(more.issuerPid !== undefined && { messageId: more.issuerPid }),
    })
    return true
  }

  const endInError = async (
    tx: Transaction,
    request: CredentialRequest,
    error: NonNullable<CredentialRequest['error']>,
    issuerPid?: string,
  ): Promise<void> => {
    const moved = await transition(tx, request, 'ERROR', { error, ...(issuerPid !== undefined && { issuerPid }) })
    if (moved) await options.renewals.failed(tx, request, error)
  }

  /** Ends a request that is still open in ERROR, and the task with it. */
  const fail = async (task: Task, error: WeftError): Promise<void> => {
    const failed = await database.tenant(task.participantContextId, async (tx) => {
      const request = await findRequest(tx, task.participantContextId, task.processId, { lock: true })
      const open = request && openStates.includes(request.state) ? request : undefined
      if (open) await endInError(tx, open, { code: error.code, reason: error.message })
      await task.complete(tx)
      return open
    })
    if (!failed) return
    logger.warn('a credential request ended in ERROR', {
      participantContextId: failed.participantContextId,
      counterparty: failed.issuerDid,
      action: task.name,
      holderPid: failed.holderPid,
      error,
    })
  }

  /**
   * REQUESTING is committed before the message leaves, so that a delivery that overtakes the issuer's answer finds an
   * open request. Undefined when there is nothing left to send.
   */
  const beginSending = (task: Task): Promise<CredentialRequest | undefined> =>
    database.tenant(task.participantContextId, async (tx) => {
      const request = await findRequest(tx, task.participantContextId, task.processId, { lock: true })
      if (request?.state === 'REQUESTING') return request
      if (request?.state !== 'CREATED') return undefined
      await transition(tx, request, 'REQUESTING')
      return { ...request, state: 'REQUESTING' }
    })

  /**
   * A fresh token and the same holderPid each time: the issuer knows a repetition by it. Returns the issuer's id of the
   * request; none where the issuer says 409, which means that an earlier try of ours has reached it.
   */
  const sendRequest = async (request: CredentialRequest): Promise<string | undefined> => {
    const context = await contexts.active(request.participantContextId)
    const issuer = await options.resolver.resolve(request.issuerDid)
    const { token } = await createSelfIssuedToken({
      did: context.participant.did,
      audience: request.issuerDid,
      key: await options.signingKeys.for(context, 'sign_token'),
      clock,
    })
    try {
      const { issuerPid } = await requestCredentials({
        send: options.send,
        issuerService: serviceEndpoint(issuer, 'IssuerService'),
        token,
        request: { holderPid: request.holderPid, credentials: request.requested.map(({ id }) => ({ id })) },
      })
      return issuerPid
    } catch (error) {
      if (isConflict(error)) return undefined
      throw error
    }
  }

  processes.handle(
    sendTask,
    { ...sendPolicy, exhausted: (task, error) => fail(task, toWeftError(error)) },
    async (task) => {
      const request = await beginSending(task)
      if (!request) return
      const issuerPid = await sendRequest(request)
      await database.tenant(task.participantContextId, async (tx) => {
        // Loses against a delivery that came before the answer; then there is nothing left to record.
        await transition(tx, request, 'REQUESTED', issuerPid === undefined ? {} : { issuerPid })
        await task.complete(tx)
      })
    },
  )
  processes.handle(deadlineTask, deadlinePolicy, (task) => fail(task, new WeftError(hubErrors['issuer-silent'])))

  const begin: CredentialRequests['begin'] = async (tx, id, input) => {
    const request: CredentialRequest = {
      participantContextId: id,
      holderPid: input.holderPid ?? randomUUID(),
      issuerDid: input.issuerDid,
      issuerPid: null,
      requested: input.requested,
      renews: input.renews ?? null,
      state: 'CREATED',
      error: null,
      createdAt: new Date(clock()),
    }
    if (!(await insertRequest(tx, request))) {
      const existing = await findRequest(tx, id, request.holderPid)
      if (existing && asksTheSame(existing, request)) return existing
      throw new WeftError(hubErrors['request-differs'], { field: 'holderPid' })
    }
    await processes.record(tx, {
      participantContextId: id,
      processType: credentialRequestProcess,
      processId: request.holderPid,
      from: null,
      to: 'CREATED',
      tasks: [{ name: sendTask }, { name: deadlineTask, dueInMs: options.deadlineMs }],
    })
    return request
  }

  /** Keeps what was issued in place of what it is there for, and schedules its renewal. */
  const keep = async (
    tx: Transaction,
    request: CredentialRequest,
    credentials: readonly VerifiableCredential[],
    holderDid: Did,
  ): Promise<void> => {
    const { participantContextId: id, holderPid, requested } = request
    const now = clock()
    const held = credentials.map((credential) =>
      heldCredential(credential, {
        id: randomUUID(),
        participantContextId: id,
        holderDid,
        holderPid,
        definitionId: requestedAs(requested, credential)?.id,
        renewal: firstRenewal(credential.validUntil, now, options.renewalShare),
        now,
      }),
    )
    await insertCredentials(tx, id, held)
    await options.renewals.begin(tx, id, held)
    await options.renewals.replaced(tx, request)
  }

  /** An issuer may deliver again for a request, as the conformance kit of DCP does; nothing held comes back by it. */
  const keepAgain = async (
    tx: Transaction,
    request: CredentialRequest,
    credentials: readonly VerifiableCredential[],
    holderDid: Did,
  ): Promise<string> => {
    const { participantContextId: id, holderPid } = request
    const before = await credentialsOfRequest(tx, id, holderPid)
    const same = new Set(before.map((one) => one.raw))
    if (before.length === 0 || credentials.every((credential) => same.has(credential.jwt.token))) return 'a repetition'
    const ids = before.map((one) => one.id)
    await deleteCredentials(tx, id, ids)
    await keep(tx, { ...request, renews: null }, credentials, holderDid)
    return 'other credentials'
  }

  return {
    request: (id, input) =>
      database.tenant(id, async (tx) => {
        const participant = await findParticipant(tx, id)
        if (!participant) throw new WeftError(requestErrors['not-found'])
        if (!participant.active) throw new WeftError(hubErrors['context-inactive'])
        return await begin(tx, id, input)
      }),

    begin,

    get: async (id, holderPid) => {
      const request = await database.tenant(id, (tx) => findRequest(tx, id, holderPid))
      if (!request) throw new WeftError(requestErrors['not-found'])
      return request
    },

    find: (id, holderPid) => database.tenant(id, (tx) => findRequest(tx, id, holderPid)),

    conclude: async (context, sender, delivery, credentials) => {
      const { participantContextId: id, did: holderDid } = context.participant
      const { issuerPid, holderPid } = delivery
      const outcome = await database.tenant(id, async (tx) => {
        if (!(await claimToken(tx, id, sender.use, clock()))) throw new WeftError(dcpErrors.replayed)
        const locked = await findRequest(tx, id, holderPid, { lock: true })
        const { request, repeat } = checkDelivery(locked, sender.did, delivery)
        if (delivery.status === 'REJECTED') {
          if (repeat) return 'a repetition'
          await endInError(tx, request, rejectionOf(delivery.rejectionReason), issuerPid)
          return 'ERROR'
        }
        if (repeat) return await keepAgain(tx, request, credentials, holderDid)
        await transition(tx, request, 'ISSUED', { issuerPid })
        await keep(tx, request, credentials, holderDid)
        return 'ISSUED'
      })
      const about = { participantContextId: id, counterparty: sender.did, action: 'credential-request.conclude' }
      logger.info('an issuer delivered the outcome of a credential request', { ...about, holderPid, outcome })
    },
  }
}

/** Whether the issuer answered 409: some issuers say so of a holderPid that they have. */
function isConflict(error: unknown): boolean {
  if (!(error instanceof WeftError) || error.code !== dcpErrors['counterparty-refused'].code) return false
  const { detail } = error
  return typeof detail === 'object' && detail !== null && 'status' in detail && detail.status === 409
}

const longestReason = 500

/** The issuer's reason is somebody else's text: cut, and on one line. */
function rejectionOf(reason: string | undefined): NonNullable<CredentialRequest['error']> {
  const { code, title } = hubErrors['issuer-refused']
  const said = reason
    ?.replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longestReason)
  return { code, reason: said ? `${title} It said: ${said}` : title }
}
