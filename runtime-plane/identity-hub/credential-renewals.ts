import { randomUUID } from 'node:crypto'
import type { ServiceDatabase, Transaction } from '@weft/foundation/database'
import type { Processes, TaskPolicy } from '@weft/foundation/processes'
import type { CredentialRequests } from './credential-requests.ts'
import type { HeldCredential } from './domain/held-credential.ts'
import { hubErrors } from './errors.ts'
import { type RenewalSchedule, renewTask } from './renewal-schedule.ts'
import { findCredential } from './store/credentials.ts'
import { findParticipant } from './store/participants.ts'

/** Asking issuers again for what is held (section 3.11): before it expires, or because they offer it. */
export interface CredentialRenewals {
  /**
   * Asks for one held credential again; the caller holds its lock. False when a request for it is under way, or when it
   * is not known how it was asked for.
   */
  renew(tx: Transaction, credential: HeldCredential, reason: string): Promise<boolean>
}

export interface CredentialRenewalsOptions {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly schedule: RenewalSchedule
  readonly credentialRequests: CredentialRequests
}

/** The task only writes rows: what can fail is the database, which comes back. */
const taskPolicy: TaskPolicy = { limit: 30, baseMs: 1000, maxMs: 600_000 }

/** Registers the task with the engine; call before it starts. */
export function createCredentialRenewals(options: CredentialRenewalsOptions): CredentialRenewals {
  const { database, processes, schedule, credentialRequests } = options

  const renew = async (tx: Transaction, credential: HeldCredential, reason: string): Promise<boolean> => {
    const { definitionId, renewal } = credential
    if (renewal.state === 'REQUESTED' || definitionId === undefined) return false
    const type = credential.types.find((one) => one !== 'VerifiableCredential') ?? 'VerifiableCredential'
    const holderPid = randomUUID()
    await credentialRequests.begin(tx, credential.participantContextId, {
      issuerDid: credential.issuerDid,
      holderPid,
      requested: [{ id: definitionId, credentialType: type, profile: credential.profile }],
      renews: credential.id,
    })
    await schedule.requested(tx, credential, holderPid, reason)
    return true
  }

  processes.handle(renewTask, taskPolicy, async (task) => {
    const { participantContextId: id } = task
    await database.tenant(id, async (tx) => {
      await task.complete(tx)
      const credential = await findCredential(tx, id, task.processId, { lock: true })
      // An offer may have been faster, and then the new credential has a schedule of its own.
      if (credential?.renewal.state !== 'SCHEDULED') return
      const participant = await findParticipant(tx, id)
      if (participant?.active) {
        await renew(tx, credential, 'its end is near')
        return
      }
      const { code, title } = hubErrors['context-inactive']
      await schedule.failed(tx, { participantContextId: id, renews: credential.id }, { code, reason: title })
    })
  })

  return { renew }
}
