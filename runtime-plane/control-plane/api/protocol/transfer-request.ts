import { randomUUID } from 'node:crypto'
import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import { flowDirection } from '@weft/protocols/dps'
import { dspErrors, parseDspMessage, type TransferRequestMessage } from '@weft/protocols/dsp'
import { policyErrors } from '@weft/protocols/policy'
import { isObject } from '@weft/protocols/trust'
import type { ContractAgreement } from '../../domain/agreement.ts'
import type { Asset } from '../../domain/asset.ts'
import { type DataPlane, selectDataPlane } from '../../domain/data-plane.ts'
import { receivedMessage } from '../../domain/received-message.ts'
import { publicRefusalReason } from '../../domain/refusal-reason.ts'
import type { Transfer } from '../../domain/transfer.ts'
import type { Addressed } from '../../store/addressed.ts'
import { findAgreementByDspId, isAgreementFinal } from '../../store/agreements.ts'
import { findAsset } from '../../store/assets.ts'
import { listDataPlanes } from '../../store/data-planes.ts'
import { findTransferOfCounterparty, insertTransfer } from '../../store/transfers.ts'
import { forgetAddress, keepAddress } from '../../transfer/addresses.ts'
import { decideTransfer, policyReviews } from '../../transfer/policy-review.ts'
import { transferTasks } from '../../transfer/tasks.ts'
import type { VerifiedSender } from '../../trust/counterparty-identity.ts'
import { claimsByType } from '../../trust/sender-verification.ts'
import { transferAcknowledgement } from './acknowledgement.ts'
import { type Answer, addressee, authenticate, contextIdOf, inTransaction, type Message } from './message.ts'

/** A consumer asks for the data of an agreement (DSP-35). Its policy is decided again, with the credentials of this very message. */
export async function receiveTransferRequest(message: Message): Promise<Answer> {
  const { to, loaded: named } = await addressee(message, (tx) => findNamedAgreement(tx, message.body))
  const sender = await authenticate(message, to, named ? [named.policy] : [])
  const request = parseDspMessage('TransferRequestMessage', message.body)
  message.pids = { consumerPid: request.consumerPid }
  message.contractId = request.agreementId
  const id = randomUUID()
  const addressRef = await keepRequestAddress(message, id, request)
  let used = false
  try {
    const transfer = await inTransaction(message, async (tx) => {
      const repeated = await findTransferOfCounterparty(tx, 'PROVIDER', sender.id, request.consumerPid)
      if (repeated?.profile === to.profile.name) return repeated
      // Pids are the counterparty's: one that it uses in two dataspaces is none that we can answer for.
      if (repeated) throw new WeftError(dspErrors['unknown-agreement'], { field: '/consumerPid' })
      const agreement = await requireAgreement(tx, request, to, sender)
      const { asset, dataPlane } = await requireFormat(tx, request, agreement)
      requireAddressForPushOnly(request)
      requireSatisfiedPolicy(message, agreement, sender)
      const stored = await store(tx, message, { id, request, to, sender, agreement, asset, dataPlane, addressRef })
      used = stored.created
      return stored.transfer
    })
    // DSP-39: a repeated request is told how far its transfer is.
    return { status: 201, body: transferAcknowledgement(transfer) }
  } finally {
    if (!used) await forgetAddress(message.parts.vault, contextIdOf(message), addressRef)
  }
}

/** Reads no more of the unauthenticated body than the agreement's id, and tells nobody what it found before authentication. */
async function findNamedAgreement(tx: Transaction, body: unknown): Promise<ContractAgreement | undefined> {
  const id = isObject(body) ? body.agreementId : undefined
  return typeof id === 'string' ? findAgreementByDspId(tx, id) : undefined
}

async function keepRequestAddress(
  message: Message,
  id: string,
  request: TransferRequestMessage,
): Promise<string | null> {
  if (request.dataAddress === undefined) return null
  return keepAddress(message.parts.vault, contextIdOf(message), id, request.dataAddress)
}

/** DSP-36: an agreement of exactly these two in this dataspace, with the sender as its consumer. Any other looks unknown. */
async function requireAgreement(
  tx: Transaction,
  request: TransferRequestMessage,
  to: Addressed,
  sender: VerifiedSender,
): Promise<ContractAgreement> {
  const agreement = await findAgreementByDspId(tx, request.agreementId)
  const ofThese = agreement?.consumerDid === sender.id && agreement.providerDid === to.context.identity
  if (!agreement || !ofThese || !(await isAgreementFinal(tx, agreement, to.profile.name))) {
    throw new WeftError(dspErrors['unknown-agreement'], { field: '/agreementId' })
  }
  return agreement
}

/** DSP-37: a format in which the catalog shows the dataset, which is what a data plane of ours serves. */
async function requireFormat(
  tx: Transaction,
  request: TransferRequestMessage,
  agreement: ContractAgreement,
): Promise<{ readonly asset: Asset; readonly dataPlane: DataPlane }> {
  const asset = await findAsset(tx, agreement.assetId)
  const dataPlanes = await listDataPlanes(tx)
  const dataPlane = selectDataPlane(dataPlanes, request.format, asset?.dataplaneMetadata?.labels ?? [])
  if (!asset || !dataPlane) throw new WeftError(dspErrors['unsupported-format'], { field: '/format' })
  return { asset, dataPlane }
}

/** DSP-38. */
function requireAddressForPushOnly(request: TransferRequestMessage): void {
  const expected = flowDirection(request.format) === 'push'
  if (expected === (request.dataAddress !== undefined)) return
  throw new WeftError(dspErrors['unexpected-data-address'], { field: '/dataAddress' })
}

/** The counterparty learns that the policy is not satisfied and where, our log learns the whole explanation. */
function requireSatisfiedPolicy(message: Message, agreement: ContractAgreement, sender: VerifiedSender): void {
  const decision = decideTransfer(message.parts, agreement.policy, {
    now: new Date(message.parts.clock()),
    counterparty: sender.id,
    credentials: sender.credentials,
  })
  if (decision.allowed) return
  throw new WeftError(policyErrors['not-satisfied'], { message: publicRefusalReason(decision), detail: decision })
}

interface NewRequest {
  readonly id: string
  readonly request: TransferRequestMessage
  readonly to: Addressed
  readonly sender: VerifiedSender
  readonly agreement: ContractAgreement
  readonly asset: Asset
  readonly dataPlane: DataPlane
  readonly addressRef: string | null
}

async function store(
  tx: Transaction,
  message: Message,
  { id, request, to, sender, agreement, asset, dataPlane, addressRef }: NewRequest,
): Promise<{ readonly created: boolean; readonly transfer: Transfer }> {
  const received = receivedMessage(message.body, request.messageId)
  const stored = await insertTransfer(
    tx,
    message.parts.processes,
    {
      id,
      role: 'PROVIDER',
      state: 'STARTING',
      profile: to.profile.name,
      counterpartyDid: sender.id,
      counterpartyAddress: request.callbackAddress,
      correlationId: request.consumerPid,
      contractId: agreement.id,
      agreementId: agreement.agreementId,
      assetId: asset.id,
      transferType: request.format,
      dataPlaneId: dataPlane.id,
      addressRef,
      claims: claimsByType(sender.credentials),
      dataplaneMetadata: null,
      privateProperties: {},
      received: [received],
    },
    {
      path: ['INITIAL', 'STARTING'],
      message: received,
      tasks: [{ name: transferTasks.start }, ...policyReviews(message.parts, agreement.policy)],
    },
  )
  message.parts.logger.info('a transfer was requested', {
    category: 'dsp',
    action: message.action,
    ...message.identity,
    counterparty: sender.id,
    contractId: agreement.agreementId,
    processId: stored.transfer.id,
  })
  return stored
}
