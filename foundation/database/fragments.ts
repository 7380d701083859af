export function json(value: unknown): string {
  return JSON.stringify(value)
}
export function tenantTable(schema: string, table: string): string {
  throw new Error(`${schema}.${table}`)
}
export function systemTable(schema: string, table: string): string {
  throw new Error(`${schema}.${table}`)
}
export function systemReads(schema: string, table: string): string {
  throw new Error(`${schema}.${table}`)
}
export function systemWrites(schema: string, table: string): string {
  throw new Error(`${schema}.${table}`)
}
