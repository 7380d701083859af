export { type MortalDatabase, mortal } from './mortal-database.ts'
export { expectTenantIsolation } from './tenant-isolation.ts'
export { openTestDatabase, overEachEngine, overServer, type TestEngine } from './test-database.ts'
