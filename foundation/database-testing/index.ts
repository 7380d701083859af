import type { Database, ServiceDatabase } from '../database/index.ts'

/** A fresh, empty database for one test file: PGlite in memory, or a database of its own on the server of WEFT_TEST_DATABASE_URL. Close it in `afterAll`. */
export function openTestDatabase(): Promise<Database> {
  throw new Error('not yet')
}

/** Fails unless every table of the service's schema that has tenant rows keeps unfiltered select, update and delete inside one context. Needs rows of two contexts or more in each. */
export function expectTenantIsolation(database: ServiceDatabase): Promise<{ readonly tables: readonly string[] }> {
  throw new Error(database.schema)
}
