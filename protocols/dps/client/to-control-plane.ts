import { WeftError } from '@weft/foundation/errors'
import { type AgreementPolicy, parsePolicy } from '../../policy/index.ts'
import { dpsErrors } from '../errors.ts'
import { buildDpsMessage } from '../message-build.ts'
import type { OutgoingDpsMessage } from '../messages.ts'
import { dpsPaths } from '../paths.ts'
import { type DpsCall, exchange, readAnswer } from './exchange.ts'

/** What a data plane reports of a data flow: the end of something asynchronous, or a fault that it cannot cure itself. */
export type DataFlowReport = 'prepared' | 'started' | 'completed' | 'errored'

const pathOf: Readonly<Record<DataFlowReport, string>> = {
  prepared: dpsPaths.transferPrepared,
  started: dpsPaths.transferStarted,
  completed: dpsPaths.transferCompleted,
  errored: dpsPaths.transferErrored,
}

/**
 * Reports to the control plane of a transfer (DPS-10 to DPS-12).
 * @param processId the control plane's transfer process id
 * @throws see `exchange`
 */
export async function reportDataFlow(
  call: DpsCall,
  processId: string,
  report: DataFlowReport,
  message: OutgoingDpsMessage<'DataFlowStatusMessage'>,
): Promise<void> {
  const body = buildDpsMessage(message)
  await exchange(call, { method: 'POST', path: pathOf[report], id: processId, body, purpose: `report-${report}` })
}

/** The agreement of a transfer (DPS-28). @throws see `exchange`; `dps.plane-malformed` */
export async function readTransferAgreement(call: DpsCall, processId: string): Promise<AgreementPolicy> {
  const answer = await exchange(call, {
    method: 'GET',
    path: dpsPaths.transferAgreement,
    id: processId,
    purpose: 'agreement',
  })
  return readAnswer(answer, (body) => {
    const policy = parsePolicy(body)
    if (policy.kind === 'Agreement') return policy
    throw new WeftError(dpsErrors['malformed-message'], { field: '/@type', message: '/@type must be Agreement' })
  })
}

/** Makes a data plane known to a control plane, or replaces what is known of it (DPS-13). @throws see `exchange` */
export async function registerDataPlane(
  call: DpsCall,
  message: OutgoingDpsMessage<'DataPlaneRegistrationMessage'>,
): Promise<void> {
  const body = buildDpsMessage(message)
  await exchange(call, { method: 'PUT', path: dpsPaths.dataPlanes, body, purpose: 'register-data-plane' })
}

/** @throws see `exchange`; `dps.plane-unaware` when it was not registered */
export async function unregisterDataPlane(call: DpsCall, dataplaneId: string): Promise<void> {
  await exchange(call, {
    method: 'DELETE',
    path: dpsPaths.dataPlane,
    id: dataplaneId,
    purpose: 'unregister-data-plane',
  })
}
