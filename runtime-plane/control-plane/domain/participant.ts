import type { ParticipantContextId } from '@weft/foundation/access'
import type { JsonObject } from '@weft/foundation/processes'
import { canonicalJson } from '@weft/protocols/policy'
import type { Did } from '@weft/protocols/trust'

export type ContextState = 'CREATED' | 'ACTIVATED' | 'DEACTIVATED'

/** A participant as this control plane knows it: its id never leaves the platform save in URLs, its DID does. */
export interface ParticipantContext {
  readonly id: ParticipantContextId
  /** The DID: catalog `participantId`, assigner, assignee, audience of every token that is meant for it. */
  readonly identity: Did
  /** Opaque to the control plane (a VPA or tenant id, for instance). */
  readonly properties: JsonObject
  readonly state: ContextState
  readonly createdAt: Date
}

/** Settings of one context. The values of `privateNames` are in the vault and are never read back. */
export interface ContextConfig {
  readonly entries: Readonly<Record<string, string>>
  readonly privateNames: readonly string[]
}

/** Whether a second creation asks for what is there already: then it is answered as the first one was. */
export function sameContext(
  existing: ParticipantContext,
  wanted: Pick<ParticipantContext, 'identity' | 'properties' | 'state'>,
): boolean {
  return (
    existing.identity === wanted.identity &&
    existing.state === wanted.state &&
    canonicalJson(existing.properties) === canonicalJson(wanted.properties)
  )
}

/** Who a log line is about: the context, and the ids that the platform stored with it when it was provisioned. */
export interface LogIdentity {
  readonly participantContextId: string
  readonly vpaId?: string
  readonly tenantId?: string
}

export function logIdentity(context: ParticipantContext): LogIdentity {
  const { vpaId, tenantId } = context.properties
  return {
    participantContextId: context.id,
    ...(typeof vpaId === 'string' ? { vpaId } : {}),
    ...(typeof tenantId === 'string' ? { tenantId } : {}),
  }
}
