import type { Logger } from '../telemetry/index.ts'
import type { Database } from './port.ts'

export function openPostgresql(options: {
  readonly url: string
  readonly maxConnections?: number
  readonly logger?: Logger
}): Promise<Database> {
  throw new Error(String(options))
}
