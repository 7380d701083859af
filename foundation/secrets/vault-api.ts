import type { ApiDefinition } from '../http/port.ts'
import type { VaultAdministration } from './port.ts'

export function vaultApi(options: { readonly vault: VaultAdministration; readonly prefix?: string }): ApiDefinition {
  throw new Error(String(options))
}
