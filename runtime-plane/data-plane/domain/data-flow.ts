import type { ParticipantContextId } from '@weft/foundation/access'
import { type DataFlowState, httpDataPull } from '@weft/protocols/dps'

/** How the process engine names these processes. */
export const dataFlowProcess = 'data-flow'

/** The one profile that is served, provider and consumer side. That of DPS itself demands renewal of tokens (DPS-24). */
export const servedProfiles: readonly string[] = [httpDataPull]

/** How long an access token lives, in seconds. */
export const tokenLifetimeSeconds = 600

/** A finished flow and its messages are kept that long, for repeated messages and questions. */
export const forgetAfterMs = 30 * 86_400_000

/** Where the bytes of a flow come from: the HttpData address of an asset, read once. */
export interface HttpSource {
  readonly type: 'HttpData'
  /** Absolute http(s) URL without fragment; `path` and `queryParams` of the address are in it. */
  readonly url: string
  /** Whether a path below the endpoint, and its query, are passed on to the source. */
  readonly proxyPath: boolean
  readonly proxyQuery: boolean
}

/** Headers for the source; they may hold its credentials, so they are kept in the vault, apart from the rest. */
export type SourceHeaders = Readonly<Record<string, string>>

/** One side of a transfer: the provider's flow has a source, the consumer's has none. */
export interface DataFlow {
  readonly participantContextId: ParticipantContextId
  readonly id: string
  readonly role: 'provider' | 'consumer'
  readonly profile: string
  readonly state: DataFlowState
  /** Rises with every signal; tokens and streams of an older one are dead. */
  readonly generation: number
  readonly source: HttpSource | null
  /** Name of the vault entry with the headers for the source; null where it needs none. */
  readonly sourceSecret: string | null
  /** Client id of the control plane that created the flow; nobody else may signal it (DPS-18). */
  readonly caller: string
  readonly counterparty: string
  readonly agreementId: string
  readonly datasetId: string
  readonly bytesDelivered: number
}

/** What a message was answered, kept without the token itself, which is made again from it. */
export interface GivenAnswer {
  readonly messageId: string
  readonly flowId: string
  readonly signal: string
  readonly state: DataFlowState
  readonly token: { readonly generation: number; readonly expiresAt: number } | null
}
