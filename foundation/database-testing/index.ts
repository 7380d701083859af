export { expectTenantIsolation } from './tenant-isolation.ts'
export { openTestDatabase, overEachEngine, type TestEngine } from './test-database.ts'
