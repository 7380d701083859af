import { type ServiceKey, serviceKey } from '../assembly/index.ts'
import type { Vault, VaultAdministration } from './port.ts'

export { secretErrors } from './errors.ts'
export { createLocalVault } from './local-vault.ts'
export type { SecretPartition, Vault, VaultAdministration } from './port.ts'
export { vaultApi } from './vault-api.ts'
export { loadVaultKey } from './vault-key.ts'

export const vaultKey: ServiceKey<Vault & VaultAdministration> = serviceKey('vault')
