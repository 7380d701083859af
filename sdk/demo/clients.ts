import { createWorkloadTokens } from '@weft/foundation/access'
import type { OutboundClient } from '@weft/foundation/http'
import { type ApiClient, createApiClient } from '../api-client.ts'
import type { DataPlaneApi } from '../generated/data-plane.ts'
import type { IdentityApi } from '../generated/identity.ts'
import type { IdentityProviderApi } from '../generated/identity-provider.ts'
import type { IssuerAdminApi } from '../generated/issuer-admin.ts'
import type { ManagementApi } from '../generated/management.ts'
import type { ProvisionManagerApi } from '../generated/provision-manager.ts'
import type { TenantManagerApi } from '../generated/tenant-manager.ts'
import type { ClientCredentials, Platform } from './platform.ts'

/** The administration APIs as one caller sees them. */
export interface Apis {
  readonly identityProvider: ApiClient<IdentityProviderApi>
  readonly tenants: ApiClient<TenantManagerApi>
  readonly orchestrations: ApiClient<ProvisionManagerApi>
  readonly management: ApiClient<ManagementApi>
  readonly identity: ApiClient<IdentityApi>
  readonly issuer: ApiClient<IssuerAdminApi>
  readonly dataPlane: ApiClient<DataPlaneApi>
}

/** Every administration API, called with tokens of one client. */
export function apisFor(platform: Platform, caller: ClientCredentials, outbound: OutboundClient): Apis {
  const tokens = createWorkloadTokens({ ...caller, tokenUrl: `${platform.identityProvider.publicUrl}/token`, outbound })
  const at = (baseUrl: string) => ({ baseUrl, token: () => tokens.token(), outbound, timeoutMs: 30_000 })
  return {
    identityProvider: createApiClient(at(`${platform.identityProvider.adminUrl}/clients/v1`)),
    tenants: createApiClient(at(`${platform.fabric.adminUrl}/api/tm/v1alpha1`)),
    orchestrations: createApiClient(at(`${platform.fabric.adminUrl}/api/pm/v1alpha1`)),
    management: createApiClient(at(`${platform.runtime.adminUrl}/api/management/v5beta`)),
    identity: createApiClient(at(`${platform.runtime.adminUrl}/api/identity/v1beta`)),
    issuer: createApiClient(at(`${platform.governance.adminUrl}/api/issuer/v1beta`)),
    dataPlane: createApiClient(at(`${platform.runtime.adminUrl}/api/data-plane/v1`)),
  }
}
