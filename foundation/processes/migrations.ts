import { type Migration, systemWrites, tenantTable } from '../database/index.ts'

/**
 * The engine's tables in a service's schema: `process_history`, `process_task`, `outbox`. Put them among the
 * service's own migrations.
 */
export function processMigrations(schema: string): Migration[] {
  return [
    {
      id: '000-processes',
      sql: `
create table ${schema}.process_history (
  id bigint generated always as identity primary key,
  participant_context_id text not null,
  process_type text not null,
  process_id text not null,
  from_state text,
  to_state text not null,
  at timestamptz not null default clock_timestamp(),
  reason text,
  message_id text);
create index process_history_of on ${schema}.process_history (participant_context_id, process_type, process_id, id);
${tenantTable(schema, 'process_history')}${systemWrites(schema, 'process_history')}

-- due_at is when somebody may claim the task: for a claimed one, the end of the lease.
create table ${schema}.process_task (
  id uuid primary key,
  participant_context_id text not null,
  process_type text not null,
  process_id text not null,
  name text not null,
  payload jsonb not null,
  correlation_id text not null,
  created_at timestamptz not null default now(),
  due_at timestamptz not null,
  attempt int not null default 1,
  claims int not null default 0,
  claimed_by text,
  parked_at timestamptz,
  last_error text);
create index process_task_due on ${schema}.process_task (due_at) where parked_at is null;
create index process_task_fair on ${schema}.process_task (participant_context_id, due_at) where parked_at is null;
create index process_task_of on ${schema}.process_task (participant_context_id, process_type, process_id);
${tenantTable(schema, 'process_task')}${systemWrites(schema, 'process_task')}

create table ${schema}.outbox (
  position bigint generated always as identity primary key,
  id uuid not null,
  participant_context_id text not null,
  subject text not null,
  body jsonb not null,
  claimed_until timestamptz,
  claimed_by text);
${tenantTable(schema, 'outbox')}${systemWrites(schema, 'outbox')}`,
    },
  ]
}
