import { type Migration, systemReads, tenantTable } from '@weft/foundation/database'
import { processMigrations } from '@weft/foundation/processes'

/** The service's schema in the database. */
export const schema = 'issuer_service'

/** Everything that issuers keep; the participant context of a row is the issuer's. */
export const migrations: readonly Migration[] = [
  ...processMigrations(schema),
  {
    id: '001-issuers',
    sql: `
create table ${schema}.issuer (
  participant_context_id text primary key,
  did text not null unique,
  name text not null unique,
  key_id text not null,
  public_jwk jsonb not null,
  created_at timestamptz not null
);
${tenantTable(schema, 'issuer')}
${systemReads(schema, 'issuer')}

create table ${schema}.holder (
  participant_context_id text not null references ${schema}.issuer,
  holder_id text not null,
  did text not null,
  name text not null,
  properties jsonb not null,
  created_at timestamptz not null,
  primary key (participant_context_id, holder_id),
  unique (participant_context_id, did)
);
${tenantTable(schema, 'holder')}

create table ${schema}.attestation (
  participant_context_id text not null references ${schema}.issuer,
  id text not null,
  type text not null,
  configuration jsonb not null,
  created_at timestamptz not null,
  primary key (participant_context_id, id)
);
${tenantTable(schema, 'attestation')}

create table ${schema}.credential_definition (
  participant_context_id text not null references ${schema}.issuer,
  id text not null,
  credential_type text not null,
  definition jsonb not null,
  created_at timestamptz not null,
  primary key (participant_context_id, id)
);
${tenantTable(schema, 'credential_definition')}

create table ${schema}.issuance_process (
  participant_context_id text not null references ${schema}.issuer,
  id text not null,
  holder_id text not null,
  holder_did text not null,
  holder_pid text not null,
  definition_ids jsonb not null,
  state text not null,
  claims jsonb not null,
  has_access_token boolean not null,
  error_code text,
  error_detail text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (participant_context_id, id),
  unique (participant_context_id, holder_did, holder_pid)
);
${tenantTable(schema, 'issuance_process')}

create table ${schema}.status_list (
  participant_context_id text not null references ${schema}.issuer,
  id text not null unique,
  purpose text not null check (purpose in ('revocation')),
  size integer not null,
  allocated integer not null default 0,
  bits bytea not null,
  version integer not null default 1,
  created_at timestamptz not null,
  primary key (participant_context_id, id)
);
${tenantTable(schema, 'status_list')}
${systemReads(schema, 'status_list', ['participant_context_id', 'id', 'version'])}

-- What was issued, for tracking: the content of the credential, never its signed form.
create table ${schema}.issued_credential (
  participant_context_id text not null references ${schema}.issuer,
  id text not null,
  process_id text not null,
  definition_id text not null,
  holder_id text not null,
  credential_id text not null,
  credential_type text not null,
  format text not null,
  subject_did text not null,
  subject_claims jsonb not null,
  schema_url text,
  contexts jsonb not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  status_list_id text not null,
  status_index integer not null,
  revoked_at timestamptz,
  primary key (participant_context_id, id),
  unique (participant_context_id, process_id, definition_id),
  -- An index of a list is used once and never again.
  unique (participant_context_id, status_list_id, status_index),
  foreign key (participant_context_id, status_list_id) references ${schema}.status_list (participant_context_id, id)
);
create index issued_credential_holder on ${schema}.issued_credential (participant_context_id, holder_id);
${tenantTable(schema, 'issued_credential')}

create table ${schema}.used_token (
  participant_context_id text not null references ${schema}.issuer,
  sender_did text not null,
  jti text not null,
  expires_at timestamptz not null,
  primary key (participant_context_id, sender_did, jti)
);
create index used_token_expiry on ${schema}.used_token (participant_context_id, expires_at);
${tenantTable(schema, 'used_token')}
`,
  },
  {
    id: '002-status-entries',
    sql: `
-- Lists of either kind, for suspension too.
alter table ${schema}.status_list
  drop constraint status_list_purpose_check,
  add constraint status_list_purpose_check check (purpose in ('revocation', 'suspension')),
  add column kind text not null default 'BitstringStatusList'
    check (kind in ('BitstringStatusList', 'StatusList2021'));
alter table ${schema}.status_list alter column kind drop default;
create index status_list_open on ${schema}.status_list (participant_context_id, kind, purpose, created_at)
  where allocated < size / 2;

alter table ${schema}.issued_credential add column suspended_at timestamptz;

-- A credential's places in lists, one for each purpose.
create table ${schema}.status_entry (
  participant_context_id text not null,
  credential_id text not null,
  purpose text not null,
  list_id text not null,
  list_index integer not null,
  primary key (participant_context_id, credential_id, purpose),
  -- An index of a list is used once and never again.
  unique (participant_context_id, list_id, list_index),
  foreign key (participant_context_id, credential_id) references ${schema}.issued_credential (participant_context_id, id),
  foreign key (participant_context_id, list_id) references ${schema}.status_list (participant_context_id, id)
);
-- The owner, who migrates, moves the rows of all contexts; the table is held by its policies from tenantTable on.
alter table ${schema}.issued_credential no force row level security;
insert into ${schema}.status_entry
  select participant_context_id, id, 'revocation', status_list_id, status_index from ${schema}.issued_credential;
alter table ${schema}.issued_credential force row level security;
${tenantTable(schema, 'status_entry')}
alter table ${schema}.issued_credential drop column status_list_id, drop column status_index;
`,
  },
  {
    id: '003-holder-format-names',
    sql: `
alter table ${schema}.holder add column format_names text not null default 'profile'
  check (format_names in ('profile', 'edc'));
`,
  },
  {
    id: '004-requests-again',
    sql: `
-- A holder may use its id of a request again once the request is over.
do $$ declare once text; begin
  select conname into once from pg_constraint where conrelid = '${schema}.issuance_process'::regclass and contype = 'u';
  execute format('alter table ${schema}.issuance_process drop constraint %I', once);
end $$;
create unique index issuance_process_open on ${schema}.issuance_process
  (participant_context_id, holder_did, holder_pid) where state in ('SUBMITTED', 'AWAITING_APPROVAL', 'APPROVED');
create index issuance_process_holder_pid on ${schema}.issuance_process
  (participant_context_id, holder_did, holder_pid, created_at);

-- Whether somebody has to approve requests for a definition.
alter table ${schema}.credential_definition no force row level security;
update ${schema}.credential_definition set definition = definition || '{"approval": "automatic"}';
alter table ${schema}.credential_definition force row level security;
`,
  },
  {
    id: '005-signing-keys',
    sql: `
create table ${schema}.signing_key (
  participant_context_id text not null references ${schema}.issuer,
  kid text not null,
  public_jwk jsonb not null,
  algorithm text not null,
  state text not null check (state in ('ACTIVE', 'RETIRED', 'REVOKED', 'EXPIRED')),
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (participant_context_id, kid)
);
create unique index signing_key_active on ${schema}.signing_key (participant_context_id) where state = 'ACTIVE';

-- Which key signed what was delivered.
alter table ${schema}.issued_credential add column signing_kid text;
alter table ${schema}.issuer no force row level security;
alter table ${schema}.issued_credential no force row level security;
alter table ${schema}.process_task no force row level security;
insert into ${schema}.signing_key
  select participant_context_id, key_id, public_jwk, 'ES256', 'ACTIVE', created_at, null from ${schema}.issuer;
update ${schema}.issued_credential credential set signing_kid = issuer.key_id
  from ${schema}.issuer issuer where issuer.participant_context_id = credential.participant_context_id;
insert into ${schema}.process_task
    (id, participant_context_id, process_type, process_id, name, payload, correlation_id, due_at)
  select gen_random_uuid(), participant_context_id, 'signing_key', key_id, 'signing-key.rotate', '{}', 'migration', now()
  + interval '90 days' from ${schema}.issuer;
alter table ${schema}.process_task force row level security;
alter table ${schema}.issued_credential force row level security;
alter table ${schema}.issuer force row level security;
alter table ${schema}.issuer drop column key_id, drop column public_jwk;
${tenantTable(schema, 'signing_key')}
${systemReads(schema, 'signing_key')}
create index issued_credential_signing on ${schema}.issued_credential (participant_context_id, signing_kid, valid_until);
`,
  },
  {
    id: '006-offers',
    sql: `
create table ${schema}.credential_offer (
  participant_context_id text not null references ${schema}.issuer,
  id text not null,
  holder_id text not null,
  holder_did text not null,
  definition_ids jsonb not null,
  reason text not null,
  state text not null check (state in ('PENDING', 'SENT', 'FAILED')),
  error_code text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (participant_context_id, id)
);
create index credential_offer_age on ${schema}.credential_offer (participant_context_id, created_at);
${tenantTable(schema, 'credential_offer')}
`,
  },
  {
    id: '007-pre-authorizations',
    sql: `
-- Requests that an issuer said yes to before they came: a code each, of which only the hash is kept.
create table ${schema}.pre_authorization (
  participant_context_id text not null references ${schema}.issuer,
  code_hash text not null,
  holder_id text not null,
  definition_ids jsonb not null,
  expires_at timestamptz not null,
  primary key (participant_context_id, code_hash)
);
create index pre_authorization_expiry on ${schema}.pre_authorization (participant_context_id, expires_at);
${tenantTable(schema, 'pre_authorization')}
alter table ${schema}.issuance_process add column pre_authorized boolean not null default false;
`,
  },
  {
    id: '008-suspendable-definitions',
    sql: `
alter table ${schema}.credential_definition no force row level security;
update ${schema}.credential_definition set definition = definition || '{"suspendable": false}';
alter table ${schema}.credential_definition force row level security;
`,
  },
]
