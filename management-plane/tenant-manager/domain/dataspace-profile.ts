import type { JsonObject } from '@weft/protocols/policy'
import type { DeploymentState } from './deployment-state.ts'
import type { CellId, DataspaceProfileId } from './ids.ts'

/** A credential that participants of a dataspace need. */
export interface CredentialSpec {
  /** Id of the credential definition at the issuer. */
  readonly id: string
  readonly type: string
  /** DID of the issuer. */
  readonly issuer: string
  /** `VC1_0_JWT`, `VC2_0_JOSE`. */
  readonly format: string
  /** Only for participants with this role; everybody when absent or empty. */
  readonly role?: string
}

export interface DataspaceSpec {
  readonly protocolStack?: readonly string[]
  readonly credentialSpecs?: readonly CredentialSpec[]
}

export interface DataspaceDeployment {
  readonly id: string
  readonly version: number
  readonly state: DeploymentState
  readonly stateTimestamp: string
  readonly cellId: CellId
  readonly externalCellId: string
}

export interface DataspaceProfile {
  readonly id: DataspaceProfileId
  readonly version: number
  readonly dataspaceSpec: DataspaceSpec
  readonly artifacts: readonly string[]
  readonly deployments: readonly DataspaceDeployment[]
  readonly properties: JsonObject
}
