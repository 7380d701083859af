import type { DataFlowPrepareMessage, DataFlowStartMessage, HttpAccess } from '@weft/protocols/dps'
import type { DataFlow, HttpPlace, PlaceHeaders } from './data-flow.ts'

/** The counterparty's endpoint, with a token that is good now. */
export interface Peer {
  /** @param renewNow the token was refused although it should not have aged yet */
  access(renewNow?: boolean): Promise<HttpAccess>
}

/** Moving all bytes of one flow. */
export interface Carriage {
  readonly flow: DataFlow
  /** The headers for the participant's own end. */
  readonly ownHeaders: () => Promise<PlaceHeaders>
  readonly peer: Peer
  /** Aborted when the flow is suspended or ends, or this process stops. */
  readonly signal: AbortSignal
}

/**
 * How the flows of some transfer profiles are carried: an extension point of the data plane. What a transport says
 * decides what is answered at once and what later, and who ends a flow.
 */
export interface Transport {
  /** Names under which the data plane is registered; the direction is in the name. */
  readonly profiles: readonly string[]
  /** Reads the participant's own end from the message that opens a flow. @throws `data-plane.source-invalid`, `.destination-invalid` */
  ownEnd(message: DataFlowPrepareMessage | DataFlowStartMessage): {
    readonly place: HttpPlace | null
    readonly headers: PlaceHeaders
  }
  /** Whether the counterparty's address must say how its token is renewed (DPS-25). */
  demandsRenewal(profile: string): boolean
  /** A flow that needs time to get ready is answered 202 and reported when `getReady` is done (DPS-10). */
  takesTime(flow: DataFlow): boolean
  /** Gets what `takesTime` ready; may be called again after a fault. */
  getReady(flow: DataFlow): Promise<void>
  /** Whether this data plane moves the bytes itself, and so finds the end of the flow (DPS-11). */
  carries(flow: DataFlow): boolean
  /** Moves all bytes; resolves with their number when the last one has arrived. Called again after a fault that may pass. */
  carry(carriage: Carriage): Promise<number>
}

/** The transports of a data plane by profile; of two for one profile the later one counts. */
export class Transports {
  readonly #byProfile: ReadonlyMap<string, Transport>

  constructor(transports: readonly Transport[]) {
    this.#byProfile = new Map(
      transports.flatMap((transport) => transport.profiles.map((profile) => [profile, transport] as const)),
    )
  }

  get profiles(): readonly string[] {
    return [...this.#byProfile.keys()]
  }

  find(profile: string): Transport | undefined {
    return this.#byProfile.get(profile)
  }
}
