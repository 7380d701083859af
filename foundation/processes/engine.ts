import type { Migration, ServiceDatabase } from '../database/index.ts'
import type { Messaging } from '../messaging/index.ts'
import type { Logger } from '../telemetry/index.ts'
import type { Processes } from './port.ts'

export interface OutboxRelay {
  start(): Promise<void>
  stop(): Promise<void>
}
export function createProcesses(options: {
  readonly database: ServiceDatabase
  readonly exclusive: boolean
  readonly logger: Logger
  readonly concurrency?: number
}): Processes {
  throw new Error(String(options))
}
export function processMigrations(schema: string): Migration[] {
  throw new Error(schema)
}
export function createOutboxRelay(options: {
  readonly database: ServiceDatabase
  readonly messaging: Messaging
  readonly logger: Logger
}): OutboxRelay {
  throw new Error(String(options))
}
