import type { ParticipantContextId, WorkloadTokens } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import { internalCalls, type OutboundClient } from '@weft/foundation/http'
import { dpsErrors, registerDataPlane, unregisterDataPlane } from '@weft/protocols/dps'
import type { DataFlows } from './data-flows.ts'
import { servedProfiles } from './domain/data-flow.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import { deleteParticipant, enableParticipant, isEnabled, markRegistered } from './store/participants.ts'
import type { TokenKeys } from './token-keys.ts'

/** How the control plane knows this data plane for one context. */
interface Registration {
  readonly dataplaneId: string
  readonly endpoint: string
  readonly profiles: readonly string[]
}

/** Which participant contexts this data plane serves. */
export interface Participants {
  /** Enables the context and registers at its control plane; repeated, it registers anew. @throws `data-plane.registration-failed` */
  enable(contextId: ParticipantContextId): Promise<Registration>
  /** Removes the registration, ends the context's flows and forgets it; unknown contexts are fine. @throws `data-plane.registration-failed` */
  disable(contextId: ParticipantContextId): Promise<void>
}

export function createParticipants(options: {
  readonly database: ServiceDatabase
  readonly tokenKeys: TokenKeys
  readonly flows: DataFlows
  readonly outbound: OutboundClient
  readonly tokens: WorkloadTokens
  /** Base URL of our signaling listener, and of the control plane's signaling API. */
  readonly signalingUrl: string
  readonly controlPlaneUrl: string
  readonly dataplaneId: string
  readonly clock: () => number
}): Participants {
  const { database, tokenKeys, dataplaneId } = options
  const registrationOf = (contextId: ParticipantContextId): Registration => ({
    dataplaneId,
    endpoint: `${options.signalingUrl.replace(/\/$/, '')}/data-plane/${contextId}`,
    profiles: servedProfiles,
  })
  const callOf = async (contextId: ParticipantContextId) => ({
    outbound: internalCalls(options.outbound),
    endpoint: `${options.controlPlaneUrl.replace(/\/$/, '')}/participants/${contextId}`,
    token: await options.tokens.token(),
  })
  return {
    enable: async (contextId) => {
      await tokenKeys.create(contextId)
      await database.tenant(contextId, (tx) => enableParticipant(tx, new Date(options.clock())))
      const registration = registrationOf(contextId)
      try {
        const message = { type: 'DataPlaneRegistrationMessage', labels: [], ...registration } as const
        await registerDataPlane(await callOf(contextId), message)
      } catch (cause) {
        throw new WeftError(dataPlaneErrors['registration-failed'], { cause })
      }
      await database.tenant(contextId, (tx) => markRegistered(tx, new Date(options.clock())))
      return registration
    },
    disable: async (contextId) => {
      if (!(await database.tenant(contextId, isEnabled))) return
      try {
        await unregisterDataPlane(await callOf(contextId), dataplaneId)
      } catch (cause) {
        // A repeated call, or a control plane that has forgotten the context already.
        if (toWeftError(cause).code !== dpsErrors['plane-unaware'].code) {
          throw new WeftError(dataPlaneErrors['registration-failed'], { cause })
        }
      }
      await options.flows.terminateAll(contextId, 'the participant context was disabled')
      await database.tenant(contextId, deleteParticipant)
      await tokenKeys.delete(contextId)
    },
  }
}
