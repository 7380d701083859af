import { type ServiceKey, serviceKey } from '../assembly/index.ts'
import type { Database } from './port.ts'

export { databaseErrors } from './errors.ts'
export { json, systemReads, systemTable, systemWrites, tenantTable } from './fragments.ts'
export { openPglite } from './pglite.ts'
export type { Database, Migration, ServiceDatabase, Transaction } from './port.ts'
export { openPostgresql } from './postgresql.ts'

export const databaseKey: ServiceKey<Database> = serviceKey('database')
