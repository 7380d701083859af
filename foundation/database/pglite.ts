import type { Logger } from '../telemetry/index.ts'
import type { Database } from './port.ts'

export function openPglite(options: { readonly folder?: string; readonly logger?: Logger }): Promise<Database> {
  throw new Error(String(options))
}
