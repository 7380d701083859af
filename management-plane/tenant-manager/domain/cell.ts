import type { JsonObject } from '@weft/protocols/policy'
import type { DeploymentState } from './deployment-state.ts'
import type { CellId } from './ids.ts'

/** A deployment of the runtime that takes participants; only recorded here, nothing is provisioned. */
export interface Cell {
  readonly id: CellId
  readonly version: number
  readonly externalId: string | null
  readonly state: DeploymentState
  readonly stateTimestamp: Date
  readonly properties: JsonObject
}
