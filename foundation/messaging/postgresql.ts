import type { Database } from '../database/index.ts'
import type { Logger } from '../telemetry/index.ts'
import type { Messaging } from './port.ts'

export function createPostgresqlMessaging(options: { readonly database: Database; readonly logger: Logger }): Promise<Messaging> {
  throw new Error(String(options))
}
