import type { ParticipantContextId } from '@weft/foundation/access'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import type { JsonObject } from '@weft/foundation/processes'
import {
  completeDataFlow,
  type DpsCall,
  dpsErrors,
  notifyDataFlowStarted,
  prepareDataFlow,
  readDataFlowStatus,
  resumeDataFlow,
  startDataFlow,
  suspendDataFlow,
  terminateDataFlow,
} from '@weft/protocols/dps'
import type { DataAddress } from '@weft/protocols/dsp'
import type { Asset } from '../domain/asset.ts'
import type { DataPlane } from '../domain/data-plane.ts'
import type { Transfer } from '../domain/transfer.ts'
import { serviceErrors } from '../errors.ts'
import type { Parts } from '../parts.ts'

/** A transfer with everything that its data plane has to be told. */
export interface Flow {
  readonly contextId: ParticipantContextId
  readonly transfer: Transfer
  /** Our own DID. */
  readonly participant: string
  readonly plane: DataPlane | undefined
  /** Of a provider. */
  readonly asset: Asset | undefined
}

/** @param messageId the same at every repeat: the data plane answers a repeated signal as it did the first one (DPS 4.9) */
export async function prepareAtDataPlane(parts: Parts, flow: Flow, messageId: string) {
  const { transfer } = flow
  return prepareDataFlow(await callOf(parts, flow), {
    type: 'DataFlowPrepareMessage',
    ...baseOf(flow, messageId),
    labels: transfer.dataplaneMetadata?.labels ?? [],
    ...(transfer.dataplaneMetadata?.properties ? { metadata: transfer.dataplaneMetadata.properties } : {}),
  })
}

/** The asset's source goes along, with its secrets, which nobody but the data plane gets. */
export async function startAtDataPlane(
  parts: Parts,
  flow: Flow,
  messageId: string,
  destination: DataAddress | undefined,
) {
  const metadata = await sourceMetadata(parts, flow)
  return startDataFlow(await callOf(parts, flow), {
    type: 'DataFlowStartMessage',
    ...baseOf(flow, messageId),
    labels: flow.asset?.dataplaneMetadata?.labels ?? [],
    metadata,
    ...(destination === undefined ? {} : { dataAddress: destination }),
  })
}

export async function tellDataPlaneStarted(
  parts: Parts,
  flow: Flow,
  messageId: string,
  dataAddress: DataAddress | undefined,
): Promise<void> {
  await notifyDataFlowStarted(await callOf(parts, flow), flowIdOf(flow), {
    type: 'DataFlowStartedNotificationMessage',
    messageId,
    ...(dataAddress === undefined ? {} : { dataAddress }),
  })
}

/** When both sides suspend at once, the second signal finds the flow suspended already, which is as good. */
export async function suspendAtDataPlane(parts: Parts, flow: Flow, messageId: string): Promise<void> {
  const call = await callOf(parts, flow)
  const id = flowIdOf(flow)
  try {
    await suspendDataFlow(call, id, { type: 'DataFlowSuspendMessage', messageId, ...reasonOf(flow.transfer) })
  } catch (error) {
    if (toWeftError(error).entry !== dpsErrors['plane-refused']) throw error
    const { state } = await readDataFlowStatus(call, id)
    if (state !== 'SUSPENDED') throw error
  }
}

/** A refusal may only mean that the suspension before has not reached the data plane yet, so it is tried again. */
export async function resumeAtDataPlane(
  parts: Parts,
  flow: Flow,
  messageId: string,
  dataAddress: DataAddress | undefined,
) {
  const call = await callOf(parts, flow)
  try {
    return await resumeDataFlow(call, flowIdOf(flow), {
      type: 'DataFlowResumeMessage',
      messageId,
      ...(dataAddress === undefined ? {} : { dataAddress }),
    })
  } catch (error) {
    if (toWeftError(error).entry !== dpsErrors['plane-refused']) throw error
    throw new WeftError(serviceErrors['data-plane-not-ready'], { cause: error })
  }
}

/** A flow that the data plane does not know, or has ended already, is ended. */
export async function terminateAtDataPlane(parts: Parts, flow: Flow, messageId: string): Promise<void> {
  if (!flow.plane) return
  const call = await callOf(parts, flow)
  await unlessOver(parts, flow, () =>
    terminateDataFlow(call, flowIdOf(flow), {
      type: 'DataFlowTerminateMessage',
      messageId,
      ...reasonOf(flow.transfer),
    }),
  )
}

/** A flow that cannot be completed, since its data plane has not heard of its start, is ended: its tokens must die. */
export async function completeAtDataPlane(parts: Parts, flow: Flow, messageId: string): Promise<void> {
  const call = await callOf(parts, flow)
  const completed = await unlessOver(parts, flow, () => completeDataFlow(call, flowIdOf(flow)))
  if (!completed) await terminateAtDataPlane(parts, flow, messageId)
}

/** @returns false when the data plane had no such flow, or it was over */
async function unlessOver(parts: Parts, flow: Flow, signal: () => Promise<void>): Promise<boolean> {
  try {
    await signal()
    return true
  } catch (thrown) {
    const error = toWeftError(thrown)
    if (error.entry !== dpsErrors['plane-unaware'] && error.entry !== dpsErrors['plane-refused']) throw error
    parts.logger.warn('a data plane had no flow to end', { category: 'dps', processId: flow.transfer.id, error })
    return false
  }
}

async function callOf(parts: Parts, flow: Flow): Promise<DpsCall> {
  if (!flow.plane) throw new WeftError(serviceErrors['data-plane-gone'])
  return parts.dataPlanes.to(flow.contextId, flow.plane)
}

/** DPS-27: a data plane that named no flow id of its own knows the flow by our process id. */
function flowIdOf(flow: Flow): string {
  return flow.transfer.dataFlowId ?? flow.transfer.id
}

function baseOf({ transfer, participant }: Flow, messageId: string) {
  return {
    messageId,
    participantId: participant,
    counterPartyId: transfer.counterpartyDid,
    dataspaceContext: transfer.profile,
    processId: transfer.id,
    agreementId: transfer.agreementId,
    datasetId: transfer.assetId,
    profile: transfer.transferType,
    claims: transfer.claims,
  }
}

async function sourceMetadata(parts: Parts, { contextId, asset }: Flow): Promise<JsonObject> {
  const properties = asset?.dataplaneMetadata?.properties ?? {}
  if (!asset?.dataAddress) return properties
  const secrets = asset.secretRef === null ? undefined : await parts.vault.partition(contextId).get(asset.secretRef)
  const known = secrets === undefined ? {} : (JSON.parse(secrets) as Readonly<Record<string, string>>)
  return { ...properties, dataAddress: { ...asset.dataAddress, ...known } }
}

function reasonOf(transfer: Transfer): { readonly reason?: string } {
  return transfer.failure ? { reason: transfer.failure.reason } : {}
}
