import type { Engine, Session } from './engine.ts'
import { toDatabaseFailure } from './failures.ts'
import { plainName, systemRole, tenantRole } from './fragments.ts'

/** Roles belong to the server, so that starts in other databases of the same server may collide with ours. */
const maxTries = 10

interface Standing {
  readonly migrated: boolean
  readonly roles: boolean
}

/**
 * Makes sure that the service's schema, its two roles and its `migration` table exist. Safe for concurrent starts.
 * The login role needs CREATE on the database and, when the roles are missing, CREATEROLE; it need not be a superuser.
 * Returns whether the schema was there already.
 */
export async function provision(engine: Engine, schema: string): Promise<boolean> {
  const standing = await engine.session((session) => standingOf(session, schema))
  if (standing.migrated && standing.roles) return true
  for (let tries = 1; ; tries += 1) {
    try {
      if (!standing.roles) await engine.session((session) => session.script(makeRoles(schema)))
      await engine.session((session) => session.script(makeSchema(schema)))
      return false
    } catch (error) {
      // "tuple concurrently updated" (XX000) and duplicates come from another start that does the same just now.
      const code = (error as { code?: unknown }).code
      const collision = code === 'XX000' || code === '23505' || code === '42710'
      if (code === '42501') throw lacksRights(schema, error)
      if (!collision || tries === maxTries) throw toDatabaseFailure(error)
    }
  }
}

async function standingOf(session: Session, schema: string): Promise<Standing> {
  const result = await session.execute(
    `select to_regclass($1) is not null as migrated, count(*) = 2 as roles
     from (select 1 from pg_roles where rolname = any($2::text[]) and pg_has_role(current_user, oid, 'member')) as mine`,
    [`${plainName(schema)}.migration`, [tenantRole(schema), systemRole(schema)]],
  )
  return result.rows[0] as Standing
}

/**
 * From PostgreSQL 16 on, who creates a role administers it but is no member that may `set role`; before, not even
 * that. A grant makes it so in both, and for roles that an administrator created beforehand fails with a clear text.
 */
function makeRoles(schema: string): string {
  const each = [tenantRole(schema), systemRole(schema)].map(
    (role) => `
  if not exists (select 1 from pg_roles where rolname = '${role}') then
    create role ${role} nologin noinherit nobypassrls;
  end if;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant ${role} to %I', current_user);
  end if;`,
  )
  return `do $$ begin
  perform pg_advisory_xact_lock(hashtext('weft.roles'));${each.join('')}
end $$`
}

function makeSchema(schema: string): string {
  return `do $$ begin
  perform pg_advisory_xact_lock(hashtext('weft.schema'));
  create schema if not exists ${schema};
  grant usage on schema ${schema} to ${tenantRole(schema)}, ${systemRole(schema)};
  create table if not exists ${schema}.migration (
    id text primary key, digest text not null, applied_at timestamptz not null default now());
end $$`
}

function lacksRights(schema: string, cause: unknown): Error {
  const roles = `${tenantRole(schema)}, ${systemRole(schema)}`
  return new Error(
    `The database login may not make the schema ${schema} or its roles. Give it CREATE on the database and CREATEROLE; ` +
      `or, as an administrator, make the roles beforehand and "grant ${roles} to" the login.`,
    { cause },
  )
}
