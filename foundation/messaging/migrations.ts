import { type Migration, systemTable } from '../database/index.ts'

export const messagingSchema = 'messaging'

/** Messages are nobody's tenant data: only system transactions reach them. */
export const messagingMigrations: readonly Migration[] = [
  {
    id: '001-initial',
    sql: `
-- due_at is when somebody may claim the message: for a claimed one, the end of the time to answer.
create table messaging.message (
  position bigint generated always as identity primary key,
  id uuid not null,
  subject text not null,
  body jsonb not null,
  published_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  deliveries int not null default 0,
  claimed_by text);
create index message_due on messaging.message (subject, due_at);
create index message_order on messaging.message (subject, position);
${systemTable('messaging', 'message')}

create table messaging.dedupe (
  key text primary key,
  seen_at timestamptz not null default now());
create index dedupe_age on messaging.dedupe (seen_at);
${systemTable('messaging', 'dedupe')}

create table messaging.consumer (
  subject text primary key,
  durable text not null);
${systemTable('messaging', 'consumer')}

create table messaging.dead_letter (
  position bigint primary key,
  id uuid not null,
  subject text not null,
  body jsonb not null,
  published_at timestamptz not null,
  deliveries int not null,
  reason text not null,
  died_at timestamptz not null default now());
create index dead_letter_age on messaging.dead_letter (died_at);
${systemTable('messaging', 'dead_letter')}

create sequence messaging.revision;
grant usage on sequence messaging.revision to weft_messaging_system;
create table messaging.key_value (
  bucket text not null,
  key text not null,
  value jsonb not null,
  revision bigint not null,
  changed_at timestamptz not null default now(),
  primary key (bucket, key));
create index key_value_changes on messaging.key_value (bucket, changed_at);
${systemTable('messaging', 'key_value')}`,
  },
]
