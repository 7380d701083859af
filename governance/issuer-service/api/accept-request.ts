import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { Vault } from '@weft/foundation/secrets'
import { type CredentialRequest, readCredentialRequest } from '@weft/protocols/dcp'
import { accessTokenName } from '../delivery.ts'
import { currentStatus } from '../domain/credential-status.ts'
import { issuerErrors } from '../domain/errors.ts'
import { type Holder, isOpen } from '../domain/issuance.ts'
import type { Issuer } from '../domain/issuer.ts'
import { begin, beginAgain, type StepOptions } from '../issuance.ts'
import { readCredentialsOf } from '../store/credentials.ts'
import { readHolderByDid } from '../store/holders.ts'
import { type Issuance, insertIssuance, readIssuanceByHolderPid } from '../store/issuances.ts'
import { readDefinitions } from '../store/offerings.ts'
import { takePreAuthorization } from '../store/pre-authorizations.ts'
import { type Sender, type SenderOptions, withToken } from './holder-sender.ts'

export interface AcceptOptions extends SenderOptions, StepOptions {
  readonly vault: Vault
}

/**
 * How long after a delivery the same request counts as a repetition, by a holder that did not hear of the outcome;
 * after that it is a new one.
 */
const repetitionMs = 600_000
/** A delivery that began this long ago and has not ended waits for its next try, which may be a minute off. */
const patienceMs = 1_000

interface Accepted {
  /** Id of the process that deals with the request. */
  readonly id: string
  /** Whether the access token that came with it is needed. */
  readonly keepsToken: boolean
}

/** A request that has been read, by a holder that is known. */
interface Incoming {
  /** Of the process, if it becomes a new one, and of its access token. */
  readonly id: string
  readonly issuer: Issuer
  readonly sender: Sender
  readonly holder: Holder
  readonly holderPid: string
  readonly definitionIds: readonly string[]
}

/** Returns the id of the process that deals with the request; the one of the first time where it is repeated. */
export async function acceptRequest(
  options: AcceptOptions,
  issuer: Issuer,
  sender: Sender,
  body: unknown,
): Promise<string> {
  const id = randomUUID()
  const { accessToken } = sender.token
  const partition = options.vault.partition(issuer.participantContextId)
  if (accessToken !== undefined) await partition.put(accessTokenName(id), accessToken)
  // Read before the transaction, which is no place to expand JSON-LD in; refused in it, after the holder is known.
  const reading = await readCredentialRequest(body).then(
    (request) => ({ request }),
    (refusal: unknown) => ({ refusal }),
  )
  let accepted: Accepted | undefined
  try {
    accepted = await withToken(options, issuer, sender, async (tx) => {
      const holder = await knownHolder(tx, sender)
      if ('refusal' in reading) throw reading.refusal
      const { request } = reading
      const { holderPid } = request
      const incoming = { id, issuer, sender, holder, holderPid, definitionIds: requestedIds(request) }
      return (await repeated(options, tx, incoming)) ?? (await submit(options, tx, incoming, request))
    })
  } finally {
    if (accessToken !== undefined && accepted?.keepsToken !== true) await partition.delete(accessTokenName(id))
  }
  return accepted.id
}

async function knownHolder(tx: Transaction, sender: Sender): Promise<Holder> {
  const holder = await readHolderByDid(tx, sender.token.did)
  if (!holder) throw new WeftError(issuerErrors['requester-unknown'])
  return holder
}

/**
 * What the same holderPid of this holder was used for before. While that is open, a repetition is the same request; while
 * it is being delivered, and soon after, it is delivered at once; else a new request may use the holderPid, because some
 * holders have only one.
 * @throws `issuer.request-conflict` while a request for something else is open
 */
async function repeated(options: AcceptOptions, tx: Transaction, incoming: Incoming): Promise<Accepted | undefined> {
  const { sender, holderPid, definitionIds, issuer, id } = incoming
  const before = await readIssuanceByHolderPid(tx, sender.token.did, holderPid)
  if (!before) return undefined
  const isSame = isDeepStrictEqual(before.definitionIds, definitionIds)
  if (!isSame) {
    if (!isOpen(before.state)) return undefined
    throw new WeftError(issuerErrors['request-conflict'], { field: 'holderPid' })
  }
  if (!(await isToBeDeliveredNow(tx, before, options.clock()))) {
    return isOpen(before.state) ? { id: before.id, keepsToken: false } : undefined
  }
  const { participantContextId } = issuer
  const accessToken = sender.token.accessToken === undefined ? undefined : id
  await beginAgain(options, tx, before, { participantContextId, messageId: sender.token.jti, accessToken })
  return { id: before.id, keepsToken: true }
}

async function isToBeDeliveredNow(tx: Transaction, { id, state, updatedAt }: Issuance, now: number): Promise<boolean> {
  const sinceMs = now - updatedAt.getTime()
  if (state === 'APPROVED') return sinceMs > patienceMs
  if (state !== 'DELIVERED' || sinceMs > repetitionMs) return false
  const credentials = await readCredentialsOf(tx, id)
  return credentials.every((one) => currentStatus(one) === null && one.validUntil.getTime() > now)
}

async function submit(
  options: AcceptOptions,
  tx: Transaction,
  incoming: Incoming,
  request: CredentialRequest,
): Promise<Accepted> {
  const { id, issuer, sender, holder, holderPid, definitionIds } = incoming
  // DCP-33.
  const known = await readDefinitions(tx, definitionIds)
  const unknown = request.credentials.findIndex((asked) => !known.some((definition) => definition.id === asked.id))
  if (unknown >= 0) throw new WeftError(issuerErrors['credential-not-offered'], { field: `credentials/${unknown}/id` })
  const preAuthorized = sender.preAuthorizedCode !== undefined
  if (preAuthorized && !(await isPreAuthorized(options, tx, incoming))) {
    // Used by the same request in another transaction, which is committed by now.
    const winner = await repeated(options, tx, incoming)
    if (winner !== undefined) return winner
    throw new WeftError(issuerErrors['pre-authorization-invalid'])
  }
  const issuance = {
    id,
    holderId: holder.holderId,
    holderDid: sender.token.did,
    holderPid,
    definitionIds,
    hasAccessToken: sender.token.accessToken !== undefined,
    preAuthorized,
  }
  // Lost against the same request in another transaction, which is committed by now.
  if (!(await insertIssuance(tx, issuance, new Date(options.clock())))) {
    const winner = await repeated(options, tx, incoming)
    if (winner !== undefined) return winner
    throw new WeftError(issuerErrors['request-conflict'], { field: 'holderPid' })
  }
  const { participantContextId } = issuer
  await begin(options, tx, { id, participantContextId, messageId: sender.token.jti })
  return { id, keepsToken: true }
}

async function isPreAuthorized(
  { clock }: AcceptOptions,
  tx: Transaction,
  { sender, holder, definitionIds }: Incoming,
): Promise<boolean> {
  const code = sender.preAuthorizedCode ?? ''
  return takePreAuthorization(tx, { code, holderId: holder.holderId, definitionIds }, new Date(clock()))
}

/** In one order, so that two requests for the same are equal. */
function requestedIds(request: CredentialRequest): readonly string[] {
  return [...new Set(request.credentials.map((credential) => credential.id))].sort()
}
