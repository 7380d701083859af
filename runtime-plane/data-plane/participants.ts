import type { ParticipantContextId } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import { toWeftError, WeftError } from '@weft/foundation/errors'
import { dpsErrors, registerDataPlane, unregisterDataPlane } from '@weft/protocols/dps'
import type { ControlPlaneCalls } from './control-plane-calls.ts'
import type { DataFlows } from './data-flows.ts'
import { dataPlaneErrors } from './domain/errors.ts'
import type { PlaceSecrets } from './place-secrets.ts'
import { controlPlaneSecrets } from './store/control-planes.ts'
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
  readonly placeSecrets: PlaceSecrets
  readonly flows: DataFlows
  readonly calls: ControlPlaneCalls
  /** Base of our signaling API for a context, as control planes reach it. */
  readonly endpointOf: (contextId: string) => string
  readonly dataplaneId: string
  readonly profiles: readonly string[]
  readonly clock: () => number
}): Participants {
  const { database, tokenKeys, dataplaneId, profiles, calls } = options
  const registrationOf = (contextId: ParticipantContextId): Registration => ({
    dataplaneId,
    endpoint: options.endpointOf(contextId),
    profiles,
  })
  return {
    enable: async (contextId) => {
      await tokenKeys.create(contextId)
      await database.tenant(contextId, (tx) => enableParticipant(tx, new Date(options.clock())))
      const registration = registrationOf(contextId)
      try {
        const message = { type: 'DataPlaneRegistrationMessage', labels: [], ...registration } as const
        await registerDataPlane(await calls.toOwn(contextId), message)
      } catch (cause) {
        throw new WeftError(dataPlaneErrors['registration-failed'], { cause })
      }
      await database.tenant(contextId, (tx) => markRegistered(tx, new Date(options.clock())))
      return registration
    },
    disable: async (contextId) => {
      if (!(await database.tenant(contextId, isEnabled))) return
      try {
        await unregisterDataPlane(await calls.toOwn(contextId), dataplaneId)
      } catch (cause) {
        // A repeated call, or a control plane that has forgotten the context already.
        if (toWeftError(cause).code !== dpsErrors['plane-unaware'].code) {
          throw new WeftError(dataPlaneErrors['registration-failed'], { cause })
        }
      }
      await options.flows.terminateAll(contextId, 'the participant context was disabled')
      const secrets = await database.tenant(contextId, async (tx) => {
        const names = await controlPlaneSecrets(tx)
        await deleteParticipant(tx)
        return names
      })
      for (const name of secrets) await options.placeSecrets.forget(contextId, name)
      await tokenKeys.delete(contextId)
    },
  }
}
