import type { DataAddress } from '../dsp/index.ts'
import type { JsonObject } from '../policy/index.ts'
import type { DataFlowState } from './data-flow-machine.ts'

/** What prepare and start have in common. Messages of DPS have no type on the wire: the path tells it. */
export interface DataFlowBase {
  /** The same at every retry. */
  readonly messageId: string
  /** The participant whose control plane sends this. */
  readonly participantId: string
  readonly counterPartyId: string
  readonly dataspaceContext: string
  /** Transfer process id of the sending control plane; data planes use it as data flow id too (DPS-27). */
  readonly processId: string
  readonly agreementId: string
  readonly datasetId: string
  /** Transfer profile: the `format` of the transfer request. */
  readonly profile: string
  /** Of the counterparty, as the control plane verified them. */
  readonly claims: JsonObject
  readonly labels: readonly string[]
  readonly metadata?: JsonObject
}

export interface DataFlowPrepareMessage extends DataFlowBase {
  readonly type: 'DataFlowPrepareMessage'
}

export interface DataFlowStartMessage extends DataFlowBase {
  readonly type: 'DataFlowStartMessage'
  /** Push only (DPS-04). */
  readonly dataAddress?: DataAddress
}

// Planes in the field leave ids out of the messages below (4.4), so none is demanded on input; ours never do.

export interface DataFlowStartedNotificationMessage {
  readonly type: 'DataFlowStartedNotificationMessage'
  readonly messageId?: string
  /** Pull only (DPS-05). */
  readonly dataAddress?: DataAddress
}

export interface DataFlowSuspendMessage {
  readonly type: 'DataFlowSuspendMessage'
  readonly messageId?: string
  readonly reason?: string
}

export interface DataFlowResumeMessage {
  readonly type: 'DataFlowResumeMessage'
  readonly messageId?: string
  readonly dataAddress?: DataAddress
}

export interface DataFlowTerminateMessage {
  readonly type: 'DataFlowTerminateMessage'
  readonly messageId?: string
  readonly reason?: string
}

/** Answer to prepare, start and resume, and body of what a data plane reports. */
export interface DataFlowStatusMessage {
  readonly type: 'DataFlowStatusMessage'
  readonly messageId?: string
  /** Absent: the process id stands for it. */
  readonly dataFlowId?: string
  readonly state: DataFlowState
  readonly dataAddress?: DataAddress
  readonly error?: string
}

/** Answer of the status endpoint. */
export interface DataFlowStatusResponseMessage {
  readonly type: 'DataFlowStatusResponseMessage'
  readonly dataFlowId: string
  readonly state: DataFlowState
}

/** How the registered plane authenticates, and is authenticated; holds a secret. */
export type AuthorizationEntry =
  | {
      readonly type: 'oauth2_client_credentials'
      readonly tokenEndpoint: string
      readonly clientId: string
      readonly clientSecret: string
      /** Inline JWK set; never together with `jwksUri`. */
      readonly jwks?: JsonObject
      readonly jwksUri?: string
    }
  | {
      readonly type: 'oauth2_token_exchange'
      readonly tokenExchangeEndpoint: string
      readonly issuer: string
      readonly jwksUri: string
    }

export interface DataPlaneRegistrationMessage {
  readonly type: 'DataPlaneRegistrationMessage'
  readonly dataplaneId: string
  /** Base URL of its signaling endpoint. */
  readonly endpoint: string
  /** At least one. */
  readonly profiles: readonly string[]
  readonly labels: readonly string[]
  /** Absent: both planes stand in one deployment and use its workload tokens. */
  readonly authorization?: AuthorizationEntry
}

export interface ControlPlaneRegistrationMessage {
  readonly type: 'ControlPlaneRegistrationMessage'
  readonly controlplaneId: string
  readonly endpoint: string
  readonly authorization?: AuthorizationEntry
}

export type DpsMessage =
  | DataFlowPrepareMessage
  | DataFlowStartMessage
  | DataFlowStartedNotificationMessage
  | DataFlowSuspendMessage
  | DataFlowResumeMessage
  | DataFlowTerminateMessage
  | DataFlowStatusMessage
  | DataFlowStatusResponseMessage
  | DataPlaneRegistrationMessage
  | ControlPlaneRegistrationMessage

export type DpsMessageType = DpsMessage['type']
export type DpsMessageOf<T extends DpsMessageType> = Extract<DpsMessage, { readonly type: T }>

type Outgoing<M> = M &
  ('messageId' extends keyof M ? { readonly messageId: string } : unknown) &
  ('dataFlowId' extends keyof M ? { readonly dataFlowId: string } : unknown)

/** What is sent has every id that its schema demands. */
export type OutgoingDpsMessage<T extends DpsMessageType = DpsMessageType> = T extends DpsMessageType
  ? Outgoing<DpsMessageOf<T>>
  : never
