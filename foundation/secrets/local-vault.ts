import type { Database } from '../database/index.ts'
import type { Vault, VaultAdministration } from './port.ts'

export function createLocalVault(options: { readonly database: Database; readonly key: Uint8Array }): Promise<Vault & VaultAdministration> {
  throw new Error(String(options))
}
export function loadVaultKey(path: string): Promise<Uint8Array> {
  throw new Error(path)
}
