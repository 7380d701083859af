export { tenantManagerApi } from './api/tenant-manager-api.ts'
export { type TenantManagerSettings, tenantManagerModule, tenantManagerSettings } from './service.ts'
