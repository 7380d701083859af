import type { TokenVerifier } from '@weft/foundation/access'
import type { ServiceDatabase } from '@weft/foundation/database'
import type { Processes } from '@weft/foundation/processes'
import type { Vault } from '@weft/foundation/secrets'
import type { Logger } from '@weft/foundation/telemetry'
import type { PlaneTokenVerifier } from '@weft/protocols/dps'
import type { OperandRegistry } from '@weft/protocols/policy'
import type { Clock } from '@weft/protocols/trust'
import type { Counterparty } from './counterparty/counterparty.ts'
import type { DataPlaneCalls } from './counterparty/data-plane-calls.ts'
import type { Discovery } from './counterparty/discovery.ts'
import type { DataspaceDirectory } from './dataspace-directory.ts'
import type { OwnContexts } from './own-contexts.ts'
import type { CounterpartyIdentity } from './trust/counterparty-identity.ts'

/** What the rooms of this service work with, put together once in `service.ts`. */
export interface Parts {
  readonly database: ServiceDatabase
  readonly processes: Processes
  readonly vault: Vault
  readonly directory: DataspaceDirectory
  readonly ownContexts: OwnContexts
  readonly logger: Logger
  readonly clock: Clock
  /** The left operands that policies may use. */
  readonly operands: OperandRegistry
  readonly identity: CounterpartyIdentity
  readonly counterparty: Counterparty
  readonly discovery: Discovery
  readonly dataPlanes: DataPlaneCalls
  /** Checks tokens of data planes with keys of their own. */
  readonly planeTokens: PlaneTokenVerifier
  /** Checks the workload tokens of the deployment. */
  readonly verifier: TokenVerifier
  /** Our id among planes: subject of the tokens that we call data planes with, audience of theirs. */
  readonly controlPlaneId: string
  /** The DSP base of one of our participants under a profile: callback address and endpoint of its offers. */
  readonly dspBase: (participantContextId: string, profile: string) => string
  readonly deadlines: { readonly negotiationMs: number; readonly decisionMs: number; readonly transferMs: number }
  readonly retry: { readonly limit: number; readonly baseMs: number; readonly maxMs: number }
}
