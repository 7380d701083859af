import { type ServiceKey, serviceKey } from '../assembly/index.ts'
import type { Database } from './port.ts'

export { databaseErrors } from './errors.ts'
export { json, systemReads, systemTable, systemWrites, tenantTable } from './fragments.ts'
export { openPglite, type PgliteOptions } from './pglite.ts'
export type { Database, Migration, ServiceDatabase, Transaction } from './port.ts'
export { openPostgresql, type PostgresqlOptions } from './postgresql.ts'
export { afterCommit } from './running-transaction.ts'
export { WorkLoop, type WorkLoopOptions } from './work-loop.ts'

export const databaseKey: ServiceKey<Database> = serviceKey('database')
