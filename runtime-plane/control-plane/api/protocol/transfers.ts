import type { Transaction } from '@weft/foundation/database'
import { WeftError } from '@weft/foundation/errors'
import type { ApiDefinition, App } from '@weft/foundation/http'
import { checkPids, dspErrors, dspPaths, parseDspMessage, type TransferMessage } from '@weft/protocols/dsp'
import { counterpartyFailure } from '../../domain/failure.ts'
import { type ReceivedMessage, receivedMessage, remember } from '../../domain/received-message.ts'
import { applyToTransfer, ownsAddress, type Transfer, waitsForOurs } from '../../domain/transfer.ts'
import type { TransferRules } from '../../domain/transfer-rules.ts'
import { serviceErrors, terminationErrors } from '../../errors.ts'
import type { Parts } from '../../parts.ts'
import type { Step } from '../../store/process-steps.ts'
import { lockTransfer, moveTransfer, type TransferChanges } from '../../store/transfers.ts'
import { forgetAddress, keepAddress } from '../../transfer/addresses.ts'
import { keepsAddress } from '../../transfer/steps.ts'
import { transferTasks } from '../../transfer/tasks.ts'
import type { VerifiedSender } from '../../trust/counterparty-identity.ts'
import { transferAcknowledgement } from './acknowledgement.ts'
import {
  type Answer,
  addressee,
  authenticate,
  contextIdOf,
  dspRoute,
  loadedInTransaction,
  type Message,
} from './message.ts'
import { afterOurs } from './message-order.ts'
import { renderFor } from './refusal.ts'
import { receiveTransferRequest } from './transfer-request.ts'

/** The transfer endpoints of both roles (2.4): what a pid in a path is depends on which role we have. */
export function transferEndpoints(parts: Parts): ApiDefinition {
  return {
    name: 'dsp-transfers',
    title: 'Dataspace Protocol 2025-1: transfer processes',
    version: '2025-1',
    prefix: '/dsp/:participantContextId/:profileId',
    documented: false,
    renderError: renderFor('transfer'),
    routes: (app) => {
      const post = (url: string, action: string, handle: (message: Message) => Promise<Answer>) =>
        dspRoute(app, parts, 'transfer', { method: 'POST', url, action }, handle)
      registerRead(app, parts)
      post(dspPaths.transferRequest, 'transfer.request.receive', receiveTransferRequest)
      post(dspPaths.transferStart, 'transfer.start.receive', receiveStart)
      post(dspPaths.transferCompletion, 'transfer.completion.receive', receiveCompletion)
      post(dspPaths.transferSuspension, 'transfer.suspension.receive', receiveSuspension)
      post(dspPaths.transferTermination, 'transfer.termination.receive', receiveTermination)
    },
  }
}

/** DSP-34; of the consumer's side, too. */
function registerRead(app: App, parts: Parts): void {
  const route = { method: 'GET', url: dspPaths.transfer, action: 'transfer.read' } as const
  dspRoute(app, parts, 'transfer', route, async (message) => {
    const { to } = await addressee(message)
    const sender = await authenticate(message, to)
    return loadedInTransaction(message, lock(message), async (_tx, stored) => {
      const transfer = requireTransfer(stored, message)
      checkCounterparty(transfer, sender)
      return { status: 200, body: transferAcknowledgement(transfer) }
    })
  })
}

/** The first start, or a resumption. The address, where one comes, is kept before the transaction and counts only by it. */
async function receiveStart(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('TransferStartMessage', body),
    ({ transfer, content, addressRef, rules }) => {
      checkStartAddress(transfer, content.dataAddress !== undefined, rules)
      const correlationId = theirPidOf(transfer, content)
      const changes = { correlationId, ...(addressRef === undefined ? {} : { addressRef }) }
      const resumed = transfer.suspendedBy !== null
      if (!resumed) {
        return { step: { path: ['STARTUP_REQUESTED'], tasks: [{ name: transferTasks.notifyStarted }] }, changes }
      }
      return ownsAddress(transfer)
        ? { step: { path: ['RESUMING'], tasks: [{ name: transferTasks.resume }] }, changes }
        : { step: { path: ['STARTUP_REQUESTED'], tasks: [{ name: transferTasks.resumeDataPlane }] }, changes }
    },
  )
}

/**
 * DSP-38: who owns the address sends it. In a resumption the other side's message has none, and is answered by the owner's
 * with a new one (DPS 4.6).
 */
function checkStartAddress(transfer: Transfer, present: boolean, rules: TransferRules): void {
  const weOwn = ownsAddress(transfer)
  // A push consumer has told its address in the request; the provider's start message confirms it without one.
  const expected = !weOwn && (transfer.role === 'CONSUMER' || transfer.suspendedBy !== null)
  if (present === expected || (expected && rules.dataAddress === 'optional')) return
  throw new WeftError(dspErrors['unexpected-data-address'], { field: '/dataAddress' })
}

async function receiveCompletion(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('TransferCompletionMessage', body),
    () => ({ step: { path: ['COMPLETED'], tasks: [{ name: transferTasks.completeDataPlane }] }, changes: {} }),
  )
}

async function receiveSuspension(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('TransferSuspensionMessage', body),
    ({ content }) => {
      const failure = counterpartyFailure(content, terminationErrors['counterparty-suspended'])
      return {
        step: { path: ['SUSPENDED'], reason: failure.code, tasks: [{ name: transferTasks.suspendDataPlane }] },
        changes: { suspendedBy: 'COUNTERPARTY', failure },
      }
    },
  )
}

async function receiveTermination(message: Message): Promise<Answer> {
  return receiveStep(
    message,
    (body) => parseDspMessage('TransferTerminationMessage', body),
    ({ transfer, content }) => {
      // Both sides ended it at the same time: our own reason stands.
      const ending = transfer.state === 'TERMINATING' ? transfer.failure : null
      const failure = ending ?? counterpartyFailure(content, terminationErrors['counterparty-terminated'])
      const correlationId = theirPidOf(transfer, content)
      return {
        step: { path: ['TERMINATED'], reason: failure.code, tasks: [{ name: transferTasks.terminateDataPlane }] },
        changes: { failure, correlationId },
      }
    },
  )
}

interface AcceptedStep<M> {
  readonly transfer: Transfer
  readonly content: M
  /** Name of the vault secret that keeps the message's data address. */
  readonly addressRef: string | undefined
  readonly rules: TransferRules
}

interface Transition {
  readonly step: Pick<Step<Transfer['state']>, 'path' | 'reason' | 'tasks'>
  readonly changes: TransferChanges
}

/** The checks of every message about a transfer that exists, in their order; `transition` is what sets the messages apart. */
async function receiveStep<M extends TransferMessage>(
  message: Message,
  parse: (body: unknown) => M,
  transition: (accepted: AcceptedStep<M>) => Transition,
): Promise<Answer> {
  const { to } = await addressee(message)
  const sender = await authenticate(message, to)
  const rules = to.profile.transferRules ?? {}
  const content = parse(message.body)
  message.pids = pidsOf(content)
  const addressRef = await keepMessageAddress(message, content)
  let used: string | null = null
  try {
    const accept = async (tx: Transaction, stored: Transfer | undefined, mayWait: boolean): Promise<string | null> => {
      const transfer = requireTransfer(stored, message)
      message.contractId = transfer.agreementId
      checkCounterparty(transfer, sender)
      if (rules.pids !== 'path') checkOwnPids(transfer, content)
      const received = receivedMessage(message.body, content.messageId)
      if (mayWait && waitsForOurs(transfer, content)) throw new WeftError(serviceErrors['step-under-way'])
      if (checkState(transfer, content, received) === 'repeated') return null
      const { step, changes } = transition({ transfer, content, addressRef, rules })
      const after = await moveTransfer(
        tx,
        message.parts.processes,
        transfer,
        { ...step, message: received },
        {
          ...(keepsAddress({ state: step.path[0] }) ? {} : { addressRef: null }),
          ...changes,
          received: remember(transfer.received, received),
        },
      )
      logReceived(message, transfer)
      used = after.addressRef
      return after.addressRef === transfer.addressRef ? null : transfer.addressRef
    }
    const obsolete = await afterOurs(`${message.participantContextId} ${message.id}`, (mayWait) =>
      loadedInTransaction(message, lock(message), (tx, stored) => accept(tx, stored, mayWait)),
    )
    await forgetAddress(message.parts.vault, contextIdOf(message), obsolete)
  } finally {
    if (addressRef !== undefined && used !== addressRef) {
      await forgetAddress(message.parts.vault, contextIdOf(message), addressRef)
    }
  }
  return { status: 200 }
}

/** Before the transaction, since the vault has its own; a refused message leaves nothing behind. */
async function keepMessageAddress(message: Message, content: TransferMessage): Promise<string | undefined> {
  if (content.type !== 'TransferStartMessage' || content.dataAddress === undefined) return undefined
  return keepAddress(message.parts.vault, contextIdOf(message), message.id, content.dataAddress)
}

const lock = (message: Message) => (tx: Transaction) => lockTransfer(tx, message.id)

/** DSP-32: by our own id, within the addressed context and dataspace: each has its own rules, and trusts its own issuers. */
function requireTransfer(transfer: Transfer | undefined, message: Message): Transfer {
  if (transfer?.profile === message.profile) return transfer
  throw new WeftError(dspErrors['unknown-transfer'])
}

/** DSP-33: to everybody else it looks as if it did not exist. */
function checkCounterparty(transfer: Transfer, sender: VerifiedSender): void {
  if (transfer.counterpartyDid !== sender.id) throw new WeftError(dspErrors['unknown-transfer'])
}

/** DSP-46. */
function checkOwnPids(transfer: Transfer, content: TransferMessage): void {
  checkPids(content, {
    ourRole: transfer.role === 'CONSUMER' ? 'consumer' : 'provider',
    ourPid: transfer.id,
    theirPid: transfer.correlationId ?? undefined,
  })
}

/** DSP-40, DSP-50, DPS-19. */
function checkState(transfer: Transfer, content: TransferMessage, received: ReceivedMessage): 'next' | 'repeated' {
  const applied = applyToTransfer(transfer, content, received)
  if (applied.kind === 'refused') throw applied.error
  return applied.kind === 'duplicate' ? 'repeated' : 'next'
}

/** The counterparty's pid: what it told first counts. */
function theirPidOf(
  transfer: Transfer,
  content: { readonly providerPid: string; readonly consumerPid: string },
): string {
  return transfer.correlationId ?? (transfer.role === 'CONSUMER' ? content.providerPid : content.consumerPid)
}

function pidsOf(content: TransferMessage): { providerPid?: string; consumerPid: string } {
  return 'providerPid' in content
    ? { providerPid: content.providerPid, consumerPid: content.consumerPid }
    : { consumerPid: content.consumerPid }
}

function logReceived(message: Message, transfer: Transfer): void {
  message.parts.logger.info('a transfer message was accepted', {
    category: 'dsp',
    action: message.action,
    ...message.identity,
    counterparty: transfer.counterpartyDid,
    processId: transfer.id,
    contractId: transfer.agreementId,
  })
}
