const shape = /^[a-z][a-z0-9_]{0,40}$/

/** A parameter for a `$n::jsonb`. */
export function json(value: unknown): string {
  return JSON.stringify(value)
}

/** Checks a schema, table or channel name that goes into SQL text. @throws Error when it is not a plain lower-case name of at most 41 letters. */
export function plainName(name: string): string {
  if (!shape.test(name)) throw new Error(`"${name}" is not a plain lower-case database name`)
  return name
}

/** The role of `ServiceDatabase.tenant` transactions. */
export function tenantRole(schema: string): string {
  return `weft_${plainName(schema)}_tenant`
}

/** The role of `ServiceDatabase.system` transactions. */
export function systemRole(schema: string): string {
  return `weft_${plainName(schema)}_system`
}

/**
 * SQL for a migration, after `create table`: rows belong to a participant context. The tenant role sees and writes the
 * rows of the running transaction's context only; the system role sees nothing. The table needs a column
 * `participant_context_id text not null`.
 */
export function tenantTable(schema: string, table: string): string {
  const role = tenantRole(schema)
  const own = `participant_context_id = current_setting('weft.participant_context_id', true)`
  return `${isolated(schema, table)}
create policy tenant_own on ${schema}.${table} to ${role} using (${own}) with check (${own});
grant select, insert, update, delete on ${schema}.${table} to ${role};
`
}

/** SQL for a migration, after `create table`: a table without tenant rows, which only system transactions read and write. */
export function systemTable(schema: string, table: string): string {
  return `${isolated(schema, table)}
${systemWrites(schema, table)}`
}

/**
 * SQL for a migration, after `tenantTable`: system transactions may read all contexts' rows, for a look-up that must
 * cross contexts. Name the columns that the look-up needs; all of them when none is named.
 */
export function systemReads(schema: string, table: string, columns: readonly string[] = []): string {
  const role = systemRole(schema)
  const list = columns.length === 0 ? '' : ` (${columns.map(plainName).join(', ')})`
  return `
create policy system_reads on ${schema}.${plainName(table)} for select to ${role} using (true);
grant select${list} on ${schema}.${table} to ${role};
`
}

/** SQL for a migration, after `tenantTable`: system transactions may read and write all contexts' rows (for instance to claim work). */
export function systemWrites(schema: string, table: string): string {
  const role = systemRole(schema)
  return `
create policy system_writes on ${schema}.${plainName(table)} to ${role} using (true) with check (true);
grant select, insert, update, delete on ${schema}.${table} to ${role};
`
}

/** Forced, so that the owner under which migrations run is held by the policies too. */
function isolated(schema: string, table: string): string {
  return `
alter table ${plainName(schema)}.${plainName(table)} enable row level security;
alter table ${schema}.${table} force row level security;`
}
