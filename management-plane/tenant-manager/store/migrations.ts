import { type Migration, systemTable } from '@weft/foundation/database'
import { processMigrations } from '@weft/foundation/processes'

export const schema = 'tenant_manager'

/**
 * The tables of the tenant manager. None belongs to a participant context: who may see them is a matter of the fabric's
 * scopes, so they are for the system role only.
 */
export const migrations: readonly Migration[] = [
  ...processMigrations(schema),
  {
    id: '100-tenants',
    sql: `
      create table ${schema}.tenant (
        id text primary key,
        version int not null default 0,
        properties jsonb not null
      );
      create table ${schema}.cell (
        id text primary key,
        version int not null default 0,
        external_id text unique,
        state text not null,
        state_timestamp timestamptz not null,
        properties jsonb not null
      );
      create table ${schema}.dataspace_profile (
        id text primary key,
        version int not null default 0,
        dataspace_spec jsonb not null,
        artifacts jsonb not null,
        deployments jsonb not null,
        properties jsonb not null,
        created_at timestamptz not null default now()
      );
      create table ${schema}.participant_profile (
        id text primary key,
        version int not null default 0,
        tenant_id text not null references ${schema}.tenant (id),
        identifier text not null unique,
        dataspace_profile_ids jsonb not null,
        participant_roles jsonb not null,
        vpas jsonb not null,
        properties jsonb not null,
        error boolean not null,
        error_code text,
        error_detail text
      );
      create index participant_profile_tenant on ${schema}.participant_profile (tenant_id, id);
      create index participant_profile_vpas on ${schema}.participant_profile using gin (vpas jsonb_path_ops);
      create table ${schema}.deployment (
        manifest_id text primary key,
        participant_profile_id text not null references ${schema}.participant_profile (id),
        state text not null
      );
      create index deployment_profile on ${schema}.deployment (participant_profile_id);
      ${['tenant', 'cell', 'dataspace_profile', 'participant_profile', 'deployment'].map((table) => systemTable(schema, table)).join('\n')}
    `,
  },
]
