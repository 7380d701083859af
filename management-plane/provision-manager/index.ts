export { provisionManagerApi } from './api/provision-manager-api.ts'
export { type ProvisionManagerSettings, provisionManagerModule, provisionManagerSettings } from './service.ts'
