import { type Migration, systemReads, tenantTable } from '@weft/foundation/database'
import { processMigrations } from '@weft/foundation/processes'

/** The service's schema in the database. */
export const schema = 'data_plane'

/** Everything that the data plane keeps; the engine's own tables come with it. */
export const migrations: readonly Migration[] = [
  ...processMigrations(schema),
  {
    id: '001-data-flows',
    sql: `
create table ${schema}.participant (
  participant_context_id text primary key,
  enabled_at timestamptz not null,
  registered_at timestamptz
);
${tenantTable(schema, 'participant')}

create table ${schema}.data_flow (
  participant_context_id text not null references ${schema}.participant,
  id text not null,
  process_role text not null check (process_role in ('provider', 'consumer')),
  profile text not null,
  state text not null,
  generation integer not null default 0,
  source jsonb,
  source_secret text,
  caller text not null,
  counterparty text not null,
  agreement_id text not null,
  dataset_id text not null,
  bytes_delivered bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (participant_context_id, id)
);
${tenantTable(schema, 'data_flow')}
${systemReads(schema, 'data_flow', ['participant_context_id', 'id', 'state', 'generation'])}

-- What was answered to which message, so that a repeated message gets its first answer.
create table ${schema}.answered_message (
  participant_context_id text not null,
  message_id text not null,
  flow_id text not null,
  signal text not null,
  state text not null,
  token_generation integer,
  token_expires_at bigint,
  answered_at timestamptz not null,
  primary key (participant_context_id, message_id),
  foreign key (participant_context_id, flow_id) references ${schema}.data_flow on delete cascade
);
create index answered_message_flow on ${schema}.answered_message (participant_context_id, flow_id);
${tenantTable(schema, 'answered_message')}
`,
  },
  {
    id: '002-control-planes-and-carriage',
    sql: `
alter table ${schema}.data_flow
  add column renewals integer not null default 0,
  add column peer_secret text,
  add column control_plane text,
  add column participant text not null default '',
  add column carried_by text,
  add column carried_until timestamptz;

-- Control planes that registered for a context, beside the deployment's own.
create table ${schema}.control_plane (
  participant_context_id text not null references ${schema}.participant,
  id text not null,
  endpoint text not null,
  registration jsonb not null,
  secret text,
  registered_by text not null,
  updated_at timestamptz not null,
  primary key (participant_context_id, id)
);
${tenantTable(schema, 'control_plane')}

-- Ids of tokens that were seen: one id belongs to one token.
create table ${schema}.used_token (
  participant_context_id text not null,
  issuer text not null,
  jti text not null,
  digest text not null,
  expires_at timestamptz not null,
  primary key (participant_context_id, issuer, jti)
);
create index used_token_expiry on ${schema}.used_token (participant_context_id, expires_at);
${tenantTable(schema, 'used_token')}
`,
  },
]
