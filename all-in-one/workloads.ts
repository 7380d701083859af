import { createHmac } from 'node:crypto'
import type { Role } from '@weft/foundation/access'

/** A client of the identity provider that one of our own services, agents or operators uses. */
export interface Workload {
  readonly clientId: string
  readonly role: Role
  readonly scopes: readonly string[]
}

/** Every client with just what it calls; nobody has two systems' rights but the operator's administrator. */
export const workloads = {
  controlPlane: workload('control-plane', ['sts:tokens:write', 'signaling:dataflow:write']),
  dataPlane: workload('data-plane', ['sts:tokens:write', 'signaling:dataflow:write']),
  accessAgent: workload('access-agent', ['idp:clients:write', 'vault:clients:write']),
  controlPlaneAgent: workload('control-plane-agent', ['management-api:admin']),
  identityHubAgent: workload('identity-hub-agent', ['identity-api:admin']),
  issuerRegistrationAgent: workload('issuer-registration-agent', ['issuer-admin-api:holders:write']),
  credentialOnboardingAgent: workload('credential-onboarding-agent', ['identity-api:credentials:write']),
  dataPlaneAgent: workload('data-plane-agent', ['data-plane-api:participants:write']),
} as const

/** The operator's two clients: one may do everything, one onboards and sees no business. */
export const operators = {
  admin: { clientId: 'admin', role: 'admin', scopes: ['management-api:admin'] },
  provisioner: {
    clientId: 'provisioner',
    role: 'provisioner',
    scopes: [
      'tenant-manager-api:write',
      'provision-manager-api:write',
      'management-api:admin',
      'identity-api:admin',
      'issuer-admin-api:holders:write',
      'data-plane-api:participants:write',
    ],
  },
} as const satisfies Record<string, Workload>

function workload(clientId: string, scopes: readonly string[]): Workload {
  return { clientId, role: 'workload', scopes }
}

/**
 * The secret of one of our own clients, made from the deployment's key: nothing has to be stored, handed over or lost.
 * Embedded use only, where one process holds the key anyway; in production each service gets its own secret.
 */
export function derivedSecret(key: Uint8Array, clientId: string): string {
  return createHmac('sha256', key).update(`client secret of ${clientId}`).digest('base64url')
}
