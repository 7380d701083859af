import type { ParticipantContextId } from '@weft/foundation/access'
import { type DataFlowState, flowDirection } from '@weft/protocols/dps'

/** How the process engine names these processes. */
export const dataFlowProcess = 'data-flow'

/** How long an access token for pulling lives, in seconds; whoever reads for longer renews it. */
export const tokenLifetimeSeconds = 600

/** A finished flow and its messages are kept that long, for repeated messages and questions. */
export const forgetAfterMs = 30 * 86_400_000

/** Where bytes come from or go to over HTTP: an HttpData address, read once. */
export interface HttpPlace {
  readonly type: 'HttpData'
  /** Absolute http(s) URL without fragment; `path` and `queryParams` of the address are in it. */
  readonly url: string
  /** GET of a source; POST or PUT of a destination. */
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Whether a path below the endpoint, and its query, are passed on to the source. */
  readonly proxyPath: boolean
  readonly proxyQuery: boolean
}

/** Headers for a place; they may hold its credentials, so they are kept in the vault, apart from the rest. */
export type PlaceHeaders = Readonly<Record<string, string>>

/** One side of a transfer. */
export interface DataFlow {
  readonly participantContextId: ParticipantContextId
  readonly id: string
  readonly role: 'provider' | 'consumer'
  readonly profile: string
  readonly state: DataFlowState
  /** Rises with every signal that ends tokens; tokens and streams of an older one are dead. */
  readonly generation: number
  /** How often the token of this generation was renewed (DPS-23). */
  readonly renewals: number
  /** The participant's own end: a provider's source, a consumer's destination where it named one. */
  readonly ownEnd: HttpPlace | null
  /** Name of the vault entry with the headers for it; null where it needs none. */
  readonly ownEndSecret: string | null
  /** Name of the vault entry with the counterparty's data address, where this data plane uses it. */
  readonly peerSecret: string | null
  /** Who created the flow; nobody else may signal it (DPS-18). */
  readonly caller: string
  /** Id of the registered control plane that created the flow; null for the deployment's own. */
  readonly controlPlane: string | null
  /** Our own participant, as its control plane names it. */
  readonly participant: string
  readonly counterparty: string
  readonly agreementId: string
  readonly datasetId: string
  readonly bytesDelivered: number
}

/** Whether this side owns the endpoint of the flow: the provider of a pull, the consumer of a push (4.5). */
export function ownsEndpoint({ role, profile }: Pick<DataFlow, 'role' | 'profile'>): boolean {
  return (flowDirection(profile) === 'pull') === (role === 'provider')
}

/** What a message was answered, kept without the token itself, which is made again from it. */
export interface GivenAnswer {
  readonly messageId: string
  readonly flowId: string
  readonly profile: string
  readonly signal: string
  readonly state: DataFlowState
  /** `expiresAt` 0: the token lives as long as the flow. */
  readonly token: { readonly generation: number; readonly expiresAt: number } | null
}
