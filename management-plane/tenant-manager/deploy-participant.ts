import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import { requestErrors, WeftError } from '@weft/foundation/errors'
import type { Processes } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import { type PlanFault, planDeployment } from './domain/deployment-plan.ts'
import type { TenantId } from './domain/ids.ts'
import { deployManifest, subjects } from './domain/messages.ts'
import { type ParticipantProfile, type ProfileRequest, pendingProfile } from './domain/participant-profile.ts'
import { tenantErrors } from './errors.ts'
import { deploymentProcess } from './profile-process.ts'
import { allCells, keepCell } from './store/cells.ts'
import { keepDataspaceProfiles } from './store/dataspace-profiles.ts'
import { insertProfile } from './store/participant-profiles.ts'
import { tenantById } from './store/tenants.ts'

export interface DeployDeps {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly logger: Logger
  readonly clock: () => number
  /** How long the provision manager may take, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * Stores a profile with four pending VPAs and asks for its deployment: profile, manifest in the outbox and deadline in
 * one transaction, so that the answer can never come before there is a profile to apply it to.
 * @throws `request.not-found` for an unknown tenant; `tenant-manager.unknown-dataspace-profile`, `.no-dataspace-profile`,
 * `.unknown-cell`, `.no-active-cell`, `.identifier-taken`
 */
export async function deployParticipant(
  deps: DeployDeps,
  tenantId: string,
  request: ProfileRequest,
): Promise<ParticipantProfile> {
  const { profile, manifest } = await deps.database.system('tenant-manager.deploy-participant', async (tx) => {
    const tenant = await tenantById(tx, tenantId, true)
    if (!tenant) throw new WeftError(requestErrors['not-found'], { message: 'Not found' })
    const prepared = await prepare(tx, tenant.id, request, new Date(deps.clock()))
    const { id } = prepared.manifest
    if (!(await insertProfile(tx, prepared.profile, id))) {
      throw new WeftError(tenantErrors['identifier-taken'], { field: 'identifier' })
    }
    await deps.processes.record(tx, {
      ...deploymentProcess(id),
      from: null,
      to: 'pending',
      events: [{ subject: subjects.request, body: { ...prepared.manifest } }],
      tasks: [{ name: 'deployment.deadline', dueInMs: deps.deadlineMs }],
    })
    return prepared
  })
  // The one line that has both the caller's correlation id and the orchestration's id, under which all else is logged.
  const about = { action: 'participant.deploy', participantProfileId: profile.id, tenantId: profile.tenantId }
  deps.logger.info('a participant is being deployed', { ...about, orchestrationId: manifest.id })
  return profile
}

async function prepare(tx: Transaction, tenantId: TenantId, request: ProfileRequest, at: Date) {
  const cells = await allCells(tx)
  const profiles = await keepDataspaceProfiles(tx, request.dataspaceProfileIds ?? [])
  const plan = planDeployment(request, cells, profiles)
  if ('fault' in plan) throw refusal(plan.fault)
  // Chosen from a plain read: it may have been deleted since.
  if (!(await keepCell(tx, plan.cell.id))) throw refusal({ kind: 'no-active-cell' })
  const dataspaceProfileIds = plan.dataspaceProfiles.map(({ id }) => id)
  const profile = pendingProfile(request, { tenantId, cell: plan.cell, dataspaceProfileIds }, at)
  return { profile, manifest: deployManifest(profile, plan.credentials) }
}

function refusal(fault: PlanFault): WeftError {
  switch (fault.kind) {
    case 'unknown-dataspace-profile':
      return new WeftError(tenantErrors['unknown-dataspace-profile'], { field: fault.field })
    case 'no-dataspace-profile':
      return new WeftError(tenantErrors['no-dataspace-profile'])
    case 'unknown-cell':
      return new WeftError(tenantErrors['unknown-cell'], { field: 'cellId' })
    case 'no-active-cell':
      return new WeftError(tenantErrors['no-active-cell'], fault.id === undefined ? {} : { field: 'cellId' })
  }
}
