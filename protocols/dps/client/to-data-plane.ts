import type { DataAddress } from '../../dsp/index.ts'
import { isJsonObject } from '../../policy/index.ts'
import type { DataFlowState } from '../data-flow-machine.ts'
import { buildDpsMessage } from '../message-build.ts'
import { parseDpsMessage } from '../message-parse.ts'
import type { DataFlowStatusResponseMessage, OutgoingDpsMessage } from '../messages.ts'
import { dpsPaths } from '../paths.ts'
import { type DpsCall, exchange, readAnswer } from './exchange.ts'

/** What a data plane answered about a data flow. */
export interface DataFlowStatus {
  /** Names the flow in further signals; the process id where the plane named none (4.2). */
  readonly dataFlowId: string
  /** `PREPARING` and `STARTING`: the plane reports when it is done (DPS-10). */
  readonly state: DataFlowState
  readonly dataAddress?: DataAddress
}

/** Asks a consumer's data plane to get ready (DPS-01). @throws see `exchange`; `dps.plane-malformed` */
export async function prepareDataFlow(
  call: DpsCall,
  message: OutgoingDpsMessage<'DataFlowPrepareMessage'>,
): Promise<DataFlowStatus> {
  const request = {
    method: 'POST',
    path: dpsPaths.prepare,
    body: buildDpsMessage(message),
    purpose: 'prepare',
  } as const
  return readAnswer(await exchange(call, request), (body) => readStatus(body, message.processId))
}

/** Asks a provider's data plane to start (DPS-02). @throws see `exchange`; `dps.plane-malformed` */
export async function startDataFlow(
  call: DpsCall,
  message: OutgoingDpsMessage<'DataFlowStartMessage'>,
): Promise<DataFlowStatus> {
  const request = { method: 'POST', path: dpsPaths.start, body: buildDpsMessage(message), purpose: 'start' } as const
  return readAnswer(await exchange(call, request), (body) => readStatus(body, message.processId))
}

/** Tells a consumer's data plane that the provider has started (DPS-05). @throws see `exchange` */
export async function notifyDataFlowStarted(
  call: DpsCall,
  dataFlowId: string,
  message: OutgoingDpsMessage<'DataFlowStartedNotificationMessage'>,
): Promise<void> {
  await signal(call, dpsPaths.started, dataFlowId, message, 'started')
}

/** @throws see `exchange` */
export async function suspendDataFlow(
  call: DpsCall,
  dataFlowId: string,
  message: OutgoingDpsMessage<'DataFlowSuspendMessage'>,
): Promise<void> {
  await signal(call, dpsPaths.suspend, dataFlowId, message, 'suspend')
}

/** The answer holds a new data address where the plane owns the endpoint (4.6). @throws see `exchange`; `dps.plane-malformed` */
export async function resumeDataFlow(
  call: DpsCall,
  dataFlowId: string,
  message: OutgoingDpsMessage<'DataFlowResumeMessage'>,
): Promise<DataFlowStatus> {
  const answer = await signal(call, dpsPaths.resume, dataFlowId, message, 'resume')
  // Resuming is done when it is answered (DPS-06), so an answer without a state says enough.
  return readAnswer(answer, (body) =>
    isJsonObject(body) && body.state === undefined ? { dataFlowId, state: 'STARTED' } : readStatus(body, dataFlowId),
  )
}

/** Works from every state that is not final (4.1). @throws see `exchange` */
export async function terminateDataFlow(
  call: DpsCall,
  dataFlowId: string,
  message: OutgoingDpsMessage<'DataFlowTerminateMessage'>,
): Promise<void> {
  await signal(call, dpsPaths.terminate, dataFlowId, message, 'terminate')
}

/** Tells a data plane that the counterparty has completed the transfer. @throws see `exchange` */
export async function completeDataFlow(call: DpsCall, dataFlowId: string): Promise<void> {
  await exchange(call, { method: 'POST', path: dpsPaths.completed, id: dataFlowId, body: {}, purpose: 'completed' })
}

/** DPS-09. @throws see `exchange`; `dps.plane-malformed` */
export async function readDataFlowStatus(call: DpsCall, dataFlowId: string): Promise<DataFlowStatusResponseMessage> {
  const answer = await exchange(call, { method: 'GET', path: dpsPaths.status, id: dataFlowId, purpose: 'status' })
  return readAnswer(answer, (body) => parseDpsMessage('DataFlowStatusResponseMessage', body))
}

/** Makes a control plane known to a data plane, or replaces what is known of it (DPS-13). @throws see `exchange` */
export async function registerControlPlane(
  call: DpsCall,
  message: OutgoingDpsMessage<'ControlPlaneRegistrationMessage'>,
): Promise<void> {
  const body = buildDpsMessage(message)
  await exchange(call, { method: 'PUT', path: dpsPaths.controlPlanes, body, purpose: 'register-control-plane' })
}

/** @throws see `exchange`; `dps.plane-unaware` when it was not registered */
export async function unregisterControlPlane(call: DpsCall, controlplaneId: string): Promise<void> {
  const purpose = 'unregister-control-plane'
  await exchange(call, { method: 'DELETE', path: dpsPaths.controlPlane, id: controlplaneId, purpose })
}

function signal(call: DpsCall, path: string, dataFlowId: string, message: OutgoingDpsMessage, purpose: string) {
  return exchange(call, { method: 'POST', path, id: dataFlowId, body: buildDpsMessage(message), purpose })
}

function readStatus(body: unknown, fallbackId: string): DataFlowStatus {
  const { dataFlowId = fallbackId, state, dataAddress } = parseDpsMessage('DataFlowStatusMessage', body)
  return { dataFlowId, state, ...(dataAddress === undefined ? {} : { dataAddress }) }
}
