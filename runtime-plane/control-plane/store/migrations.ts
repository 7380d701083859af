import { type Migration, systemReads, systemTable, systemWrites, tenantTable } from '@weft/foundation/database'
import { processMigrations } from '@weft/foundation/processes'

export const schema = 'control_plane'

const tenantTables = [
  'participant_config',
  'participant_profile',
  'asset',
  'policy_definition',
  'contract_definition',
  'data_plane',
  'contract_negotiation',
  'contract_agreement',
  'transfer_process',
  'used_token',
] as const

/** Of a context: `participant_context` owns every other row, so that deleting it leaves nothing behind. */
const owner = `participant_context_id text not null
    references ${schema}.participant_context on delete cascade`

const initial = `
create table ${schema}.participant_context (
  participant_context_id text primary key,
  identity text not null unique,
  properties jsonb not null,
  state text not null,
  created_at timestamptz not null default now()
);
create table ${schema}.participant_config (
  ${owner},
  entries jsonb not null,
  private_names jsonb not null,
  primary key (participant_context_id)
);
create table ${schema}.dataspace_profile (
  name text primary key,
  definition jsonb not null,
  created_at timestamptz not null default now()
);
create table ${schema}.dcp_scope (
  id text primary key,
  type text not null,
  value text not null,
  profile text not null,
  prefix_mapping text,
  created_at timestamptz not null default now()
);
create table ${schema}.participant_profile (
  ${owner},
  profile text not null references ${schema}.dataspace_profile on delete restrict,
  position integer not null,
  primary key (participant_context_id, profile)
);
create index participant_profile_by_name on ${schema}.participant_profile (profile);
create table ${schema}.asset (
  ${owner},
  id text not null,
  properties jsonb not null,
  private_properties jsonb not null,
  dataplane_metadata jsonb,
  data_address jsonb,
  secret_ref text,
  search jsonb not null,
  created_at timestamptz not null default now(),
  primary key (participant_context_id, id)
);
create table ${schema}.policy_definition (
  ${owner},
  id text not null,
  policy jsonb not null,
  private_properties jsonb not null,
  created_at timestamptz not null default now(),
  primary key (participant_context_id, id)
);
create table ${schema}.contract_definition (
  ${owner},
  id text not null,
  access_policy_id text not null,
  contract_policy_id text not null,
  assets_selector jsonb not null,
  asset_ids text[],
  criteria jsonb not null,
  private_properties jsonb not null,
  created_at timestamptz not null default now(),
  primary key (participant_context_id, id),
  foreign key (participant_context_id, access_policy_id) references ${schema}.policy_definition,
  foreign key (participant_context_id, contract_policy_id) references ${schema}.policy_definition
);
create index contract_definition_access on ${schema}.contract_definition (participant_context_id, access_policy_id);
create index contract_definition_contract on ${schema}.contract_definition (participant_context_id, contract_policy_id);
create index contract_definition_assets on ${schema}.contract_definition using gin (asset_ids);
create index contract_definition_open on ${schema}.contract_definition (participant_context_id) where asset_ids is null;
create table ${schema}.data_plane (
  ${owner},
  id text not null,
  endpoint text not null,
  profiles jsonb not null,
  labels jsonb not null,
  "authorization" jsonb not null,
  registered_by text,
  created_at timestamptz not null default now(),
  primary key (participant_context_id, id)
);
create table ${schema}.contract_negotiation (
  ${owner},
  id text not null,
  role text not null,
  state text not null,
  version integer not null,
  state_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  profile text not null,
  counterparty_did text not null,
  counterparty_address text not null,
  correlation_id text,
  asset_id text not null,
  offer jsonb not null,
  agreement jsonb,
  agreement_id text,
  decision jsonb,
  failure jsonb,
  received jsonb not null,
  primary key (participant_context_id, id)
);
create unique index contract_negotiation_once on ${schema}.contract_negotiation
  (participant_context_id, role, counterparty_did, correlation_id);
create index contract_negotiation_age on ${schema}.contract_negotiation (participant_context_id, created_at, id);
create index contract_negotiation_asset on ${schema}.contract_negotiation (participant_context_id, asset_id);
create table ${schema}.contract_agreement (
  ${owner},
  id text not null,
  agreement_id text not null,
  negotiation_id text not null,
  provider_did text not null,
  consumer_did text not null,
  asset_id text not null,
  signed_at timestamptz not null,
  policy jsonb not null,
  created_at timestamptz not null default now(),
  primary key (participant_context_id, id),
  unique (participant_context_id, agreement_id)
);
create index contract_agreement_asset on ${schema}.contract_agreement (participant_context_id, asset_id);
create table ${schema}.transfer_process (
  ${owner},
  id text not null,
  role text not null,
  state text not null,
  version integer not null,
  state_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  profile text not null,
  counterparty_did text not null,
  counterparty_address text not null,
  correlation_id text,
  contract_id text not null,
  agreement_id text not null,
  asset_id text not null,
  transfer_type text not null,
  data_plane_id text not null,
  data_flow_id text,
  address_ref text,
  suspended_by text,
  claims jsonb not null,
  dataplane_metadata jsonb,
  private_properties jsonb not null,
  data_plane_error text,
  failure jsonb,
  received jsonb not null,
  primary key (participant_context_id, id)
);
create unique index transfer_process_once on ${schema}.transfer_process
  (participant_context_id, role, counterparty_did, correlation_id);
create index transfer_process_age on ${schema}.transfer_process (participant_context_id, created_at, id);
create table ${schema}.used_token (
  ${owner},
  issuer text not null,
  jti text not null,
  expires_at timestamptz not null,
  primary key (participant_context_id, issuer, jti)
);
create index used_token_expiry on ${schema}.used_token (expires_at);

-- Whether a search document satisfies every criterion. A member that is missing satisfies none, not even "!=".
create function ${schema}.matches(search jsonb, criteria jsonb) returns boolean language sql immutable parallel safe as $$
  select coalesce(bool_and(coalesce(case c->>'operator'
    when '=' then search->>(c->>'field') = c->'values'->>0
    when '!=' then search->>(c->>'field') <> c->'values'->>0
    when 'in' then c->'values' ? (search->>(c->>'field'))
    when 'notin' then not c->'values' ? (search->>(c->>'field'))
    when 'like' then search->>(c->>'field') like c->'values'->>0
    when 'ilike' then search->>(c->>'field') ilike c->'values'->>0
    when 'contains' then jsonb_typeof(search->(c->>'field')) = 'array' and search->(c->>'field') ? (c->'values'->>0)
  end, false)), true)
  from jsonb_array_elements(criteria) c
$$;

${tenantTable(schema, 'participant_context')}
${systemWrites(schema, 'participant_context')}
${tenantTables.map((table) => tenantTable(schema, table)).join('')}
${systemReads(schema, 'participant_profile', ['profile', 'participant_context_id'])}
${systemWrites(schema, 'used_token')}
${systemTable(schema, 'dataspace_profile')}
${systemTable(schema, 'dcp_scope')}
`

/** A running negotiation is as it was: automatic, and what both sides know of it follows from its state. */
const negotiationConduct = `
alter table ${schema}.contract_definition add column negotiation text not null default 'automatic';
alter table ${schema}.contract_negotiation
  add column conduct text not null default 'automatic',
  add column acknowledged text;
-- Every context's rows at once: only the owner of the table may, and only while it is not fenced itself.
alter table ${schema}.contract_negotiation no force row level security;
update ${schema}.contract_negotiation set acknowledged = case state
  when 'INITIAL' then null
  when 'REQUESTING' then null
  when 'ACCEPTING' then 'OFFERED'
  when 'AGREEING' then 'REQUESTED'
  when 'VERIFYING' then 'AGREED'
  when 'FINALIZING' then 'VERIFIED'
  when 'TERMINATING' then 'REQUESTED'
  else state end;
alter table ${schema}.contract_negotiation force row level security;
`

/** Every migration of this service's schema, the process engine's included. */
export const migrations: readonly Migration[] = [
  ...processMigrations(schema),
  { id: '100-control-plane', sql: initial },
  { id: '110-negotiation-conduct', sql: negotiationConduct },
]
