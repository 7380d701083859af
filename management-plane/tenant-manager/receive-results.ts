import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import type { Message, Verdict } from '@weft/foundation/messaging'
import type { Processes, Task } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import type { ManifestId } from './domain/ids.ts'
import { isAboutDeployment, readProgress, readResponse } from './domain/messages.ts'
import {
  type DeploymentResult,
  type ParticipantProfile,
  withActiveVpas,
  withDeploymentResult,
} from './domain/participant-profile.ts'
import { tenantErrors } from './errors.ts'
import { deploymentProcess } from './profile-process.ts'
import { closeDeployment, lockDeployment, storeResult } from './store/participant-profiles.ts'

export interface ResultDeps {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly logger: Logger
  readonly clock: () => number
}

/** A message may overtake the commit that it answers by a moment, not by minutes. */
const earlyDeliveries = 8

/** Makes the VPAs active that a progress message names; nothing for one that names none. */
export async function receiveProgress(deps: ResultDeps, message: Message): Promise<Verdict> {
  if (!isAboutDeployment(message.body)) return { kind: 'ack' }
  const progress = readProgress(message.body)
  if (!progress) return { kind: 'reject', reason: 'not a progress message' }
  if (progress.vpaTypes.length === 0) return { kind: 'ack' }
  return applyTo(deps, message, progress.manifestId, (profile, at) => withActiveVpas(profile, progress.vpaTypes, at))
}

/** Records how a deployment ended. A second response to the same manifest changes nothing. */
export async function receiveResponse(deps: ResultDeps, message: Message): Promise<Verdict> {
  if (!isAboutDeployment(message.body)) return { kind: 'ack' }
  const response = readResponse(message.body)
  if (!response) return { kind: 'reject', reason: 'not a response' }
  const { manifestId, result } = response
  return applyTo(deps, message, manifestId, (profile, at) => withDeploymentResult(profile, result, at), result)
}

/** Ends a deployment that nobody answered: the pending VPAs fail with `tenant-manager.deployment-timeout`. */
export async function deploymentOverdue(deps: ResultDeps, task: Task): Promise<void> {
  const manifestId = task.processId as ManifestId
  const { code, title } = tenantErrors['deployment-timeout']
  const result: DeploymentResult = { success: false, properties: {}, errorCode: code, errorDetail: title }
  const ended = await deps.database.system('tenant-manager.deployment-deadline', async (tx) => {
    const deployment = await lockDeployment(tx, manifestId)
    const pending = deployment?.state === 'pending' ? deployment.profile : undefined
    const after = pending && withDeploymentResult(pending, result, new Date(deps.clock()))
    if (after) {
      await storeResult(tx, after)
      await close(deps, tx, manifestId, result)
    }
    await task.complete(tx)
    return after
  })
  if (ended) logEnd(deps.logger, ended)
}

async function applyTo(
  deps: ResultDeps,
  message: Message,
  manifestId: ManifestId,
  change: (profile: ParticipantProfile, at: Date) => ParticipantProfile,
  result?: DeploymentResult,
): Promise<Verdict> {
  const { verdict, ended } = await deps.database.system('tenant-manager.receive-result', async (tx) => {
    const deployment = await lockDeployment(tx, manifestId)
    if (!deployment) return { verdict: unknownManifest(message) }
    if (deployment.state !== 'pending') return { verdict: ack }
    const after = change(deployment.profile, new Date(deps.clock()))
    if (after !== deployment.profile) await storeResult(tx, after)
    if (!result) return { verdict: ack }
    await close(deps, tx, manifestId, result)
    return { verdict: ack, ended: after }
  })
  if (ended) logEnd(deps.logger, ended)
  return verdict
}

const ack: Verdict = { kind: 'ack' }

async function close(
  deps: ResultDeps,
  tx: Transaction,
  manifestId: ManifestId,
  result: DeploymentResult,
): Promise<void> {
  const to = result.success ? 'active' : 'error'
  await closeDeployment(tx, manifestId, to)
  const why = result.success ? {} : { reason: result.errorCode }
  await deps.processes.record(tx, { ...deploymentProcess(manifestId), from: 'pending', to, ...why })
}

function logEnd(logger: Logger, { id, tenantId, error, errorCode, errorDetail }: ParticipantProfile): void {
  const about = { action: 'participant.deploy', participantProfileId: id, tenantId }
  if (error) logger.error('a participant could not be deployed', { ...about, code: errorCode, reason: errorDetail })
  else logger.info('a participant is deployed', about)
}

/** Too early, or about a deployment that somebody else started: tried again for a while. */
function unknownManifest(message: Message): Verdict {
  if (message.delivery >= earlyDeliveries) {
    return { kind: 'reject', reason: 'no deployment was asked for under this manifest id' }
  }
  return { kind: 'retry', afterMs: 50 * 2 ** message.delivery }
}
