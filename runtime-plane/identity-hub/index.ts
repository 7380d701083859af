export { identityApiName } from './api/identity-api.ts'
export { type IdentityHubOptions, identityHubModule } from './service.ts'
export { type IdentityHubSettings, identityHubSettings } from './settings.ts'
