export type { SeededClient } from './domain/client.ts'
export { type IdentityProviderOptions, identityProviderModule } from './service.ts'
