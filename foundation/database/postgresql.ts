import type { Logger } from '../telemetry/index.ts'
import type { Database } from './port.ts'
import { PostgresqlEngine } from './postgresql-engine.ts'
import { databaseOver } from './service-database.ts'

export interface PostgresqlOptions {
  /** `postgresql://user:password@host:port/database`; may lead through a proxy that pools by transaction. */
  readonly url: string
  /** Default 16. */
  readonly maxConnections?: number
  /** Where LISTEN connects when `url` leads through a pooling proxy, which cannot carry it. */
  readonly listenUrl?: string
  readonly logger?: Logger
}

/**
 * Opens a PostgreSQL database, version 15 or later. The login role needs CREATE on the database and CREATEROLE for
 * the first start.
 * @throws `database.unavailable` when it cannot be reached.
 */
export async function openPostgresql(options: PostgresqlOptions): Promise<Database> {
  const database = databaseOver(new PostgresqlEngine(options))
  try {
    await database.ping()
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}
