import type { ParticipantContextId } from '@weft/foundation/access'
import type { Transaction } from '@weft/foundation/database'
import type { Processes } from '@weft/foundation/processes'
import type { Logger } from '@weft/foundation/telemetry'
import { afterFailure, type Renewal, type RenewalState, renewalProcess } from './domain/credential-renewal.ts'
import type { CredentialRequest } from './domain/credential-request.ts'
import type { HeldCredential } from './domain/held-credential.ts'
import { deleteCredentials, findCredential, setRenewal } from './store/credentials.ts'

/** The task that asks the issuer of a held credential again; `processId` is the credential. */
export const renewTask = 'credential.renew'

/** How the renewal of held credentials moves on, each step inside the transaction that causes it. */
export interface RenewalSchedule {
  /** Credentials that were just kept: the task is set for those that are to be renewed. */
  begin(tx: Transaction, id: ParticipantContextId, held: readonly HeldCredential[]): Promise<void>
  /** The issuer is asked under `holderPid`. */
  requested(tx: Transaction, credential: HeldCredential, holderPid: string, reason: string): Promise<void>
  /** A request for a renewal came to nothing: another one is scheduled, or it ends in FAILED. */
  failed(
    tx: Transaction,
    of: Pick<CredentialRequest, 'participantContextId' | 'renews'>,
    error: NonNullable<Renewal['error']>,
  ): Promise<void>
  /** The new credential is kept: the old one goes. */
  replaced(tx: Transaction, request: Pick<CredentialRequest, 'participantContextId' | 'renews'>): Promise<void>
}

export interface RenewalScheduleOptions {
  readonly processes: Processes
  readonly logger: Logger
  readonly clock: () => number
}

export function createRenewalSchedule({ processes, clock, ...options }: RenewalScheduleOptions): RenewalSchedule {
  const logger = options.logger.child({ category: 'dcp' })

  const record = async (
    tx: Transaction,
    id: ParticipantContextId,
    step: { credentialId: string; from: RenewalState | null; to: RenewalState | 'REPLACED'; reason?: string },
    at: Date | null = null,
  ): Promise<void> => {
    const { credentialId, from, to, reason } = step
    await processes.record(tx, {
      participantContextId: id,
      processType: renewalProcess,
      processId: credentialId,
      from,
      to,
      ...(reason !== undefined && { reason }),
      ...(at && { tasks: [{ name: renewTask, dueInMs: Math.max(0, at.getTime() - clock()) }] }),
    })
  }

  return {
    begin: async (tx, id, held) => {
      for (const { id: credentialId, renewal } of held) {
        if (renewal.at) await record(tx, id, { credentialId, from: null, to: renewal.state }, renewal.at)
      }
    },

    requested: async (tx, credential, holderPid, reason) => {
      const { participantContextId: id, renewal } = credential
      await setRenewal(tx, id, credential.id, { ...renewal, state: 'REQUESTED', at: null, holderPid })
      await record(tx, id, { credentialId: credential.id, from: renewal.state, to: 'REQUESTED', reason })
    },

    failed: async (tx, { participantContextId: id, renews }, error) => {
      const credential = renews === null ? undefined : await findCredential(tx, id, renews, { lock: true })
      if (!credential) return
      const next = afterFailure(credential.renewal, error, credential.validUntil, clock())
      await setRenewal(tx, id, credential.id, next)
      const reason = `${error.code}: ${error.reason}`
      const step = { credentialId: credential.id, from: credential.renewal.state, to: next.state, reason }
      await record(tx, id, step, next.at)
      const about = {
        participantContextId: id,
        counterparty: credential.issuerDid,
        action: 'credential.renew',
        credentialId: credential.id,
        attempts: next.attempts,
        reason,
      }
      if (next.state === 'FAILED') logger.error('a credential will not be renewed; it ends with its date', about)
      else logger.warn('a renewal came to nothing and will be tried again', { ...about, at: next.at?.toISOString() })
    },

    replaced: async (tx, { participantContextId: id, renews }) => {
      if (renews === null) return
      await record(tx, id, { credentialId: renews, from: 'REQUESTED', to: 'REPLACED' })
      await deleteCredentials(tx, id, [renews])
    },
  }
}
