import { type Migration, systemReads, tenantTable } from '@weft/foundation/database'
import { processMigrations } from '@weft/foundation/processes'

/** The hub's part of the database. */
export const hubSchema = 'identity_hub'

const initial = `
create table identity_hub.participant (
  participant_context_id text primary key,
  did text not null unique,
  active boolean not null,
  services jsonb not null,
  manifest_digest text not null,
  sts_secret_name text,
  created_at timestamptz not null,
  modified_at timestamptz not null
);
create index participant_by_age on identity_hub.participant (created_at, participant_context_id);
${tenantTable(hubSchema, 'participant')}
-- For identity-hub.did-document, identity-hub.context-of-did and identity-hub.list-participants.
${systemReads(hubSchema, 'participant', ['participant_context_id', 'did', 'active', 'services', 'created_at', 'modified_at'])}

create table identity_hub.key_pair (
  participant_context_id text not null,
  id text not null,
  kid text not null,
  public_jwk jsonb not null,
  usage jsonb not null,
  position integer not null,
  created_at timestamptz not null,
  primary key (participant_context_id, id),
  unique (participant_context_id, kid)
);
${tenantTable(hubSchema, 'key_pair')}
-- For identity-hub.did-document, which publishes them.
${systemReads(hubSchema, 'key_pair', ['participant_context_id', 'kid', 'public_jwk', 'position'])}

create table identity_hub.held_credential (
  participant_context_id text not null,
  id text not null,
  credential_id text,
  issuer_did text not null,
  holder_did text not null,
  holder_pid text not null,
  profile text not null,
  types text[] not null,
  contexts text[] not null,
  raw text not null,
  valid_from timestamptz not null,
  valid_until timestamptz,
  created_at timestamptz not null,
  primary key (participant_context_id, id)
);
create index held_credential_by_age on identity_hub.held_credential (participant_context_id, created_at, id);
${tenantTable(hubSchema, 'held_credential')}

create table identity_hub.credential_request (
  participant_context_id text not null,
  holder_pid text not null,
  issuer_did text not null,
  issuer_pid text,
  requested jsonb not null,
  state text not null,
  error jsonb,
  created_at timestamptz not null,
  primary key (participant_context_id, holder_pid)
);
${tenantTable(hubSchema, 'credential_request')}

create table identity_hub.seen_token (
  participant_context_id text not null,
  issuer text not null,
  jti text not null,
  expires_at timestamptz not null,
  primary key (participant_context_id, issuer, jti)
);
create index seen_token_by_expiry on identity_hub.seen_token (participant_context_id, expires_at);
${tenantTable(hubSchema, 'seen_token')}

create table identity_hub.received_offer (
  participant_context_id text not null,
  issuer_did text not null,
  digest text not null,
  offer jsonb not null,
  received_at timestamptz not null,
  primary key (participant_context_id, issuer_did, digest)
);
${tenantTable(hubSchema, 'received_offer')}
`

/** DCP-45: keys are added, rotated and revoked. The document's look-up needs their state. */
const keyStates = `
alter table identity_hub.key_pair
  add column state text not null default 'ACTIVATED',
  add column is_default boolean not null default false,
  add column replaces text,
  add column published_until timestamptz;
drop policy system_reads on identity_hub.key_pair;
${systemReads(hubSchema, 'key_pair', ['participant_context_id', 'kid', 'public_jwk', 'position', 'state', 'published_until'])}
`

/** DCP-48: DIDs on domains of customers, whose documents lie here or with the customer. */
const didHosting = `
alter table identity_hub.participant add column did_hosting text not null default 'platform';
drop policy system_reads on identity_hub.participant;
${systemReads(hubSchema, 'participant', ['participant_context_id', 'did', 'did_hosting', 'active', 'services', 'created_at', 'modified_at'])}
`

/** Held credentials are renewed before they expire. */
const renewals = `
alter table identity_hub.held_credential
  add column definition_id text,
  add column renewal_state text not null default 'NONE',
  add column renewal_at timestamptz,
  add column renewal_attempts integer not null default 0,
  add column renewal_holder_pid text,
  add column renewal_error jsonb;
create index held_credential_of_request on identity_hub.held_credential (participant_context_id, holder_pid);
alter table identity_hub.credential_request add column renews text;
`

/** Offers are completed, and accepted or carried out (DCP-41). */
const offers = `
alter table identity_hub.received_offer
  add column state text not null default 'RECEIVED',
  add column completed jsonb,
  add column holder_pid text,
  add column error jsonb;
create index received_offer_by_age on identity_hub.received_offer (participant_context_id, received_at);
`

/** Everything that the hub keeps. Each table carries the participant context and its row-level policy. */
export const hubMigrations: readonly Migration[] = [
  { id: '001-initial', sql: initial },
  { id: '002-key-states', sql: keyStates },
  { id: '003-did-hosting', sql: didHosting },
  { id: '004-renewals', sql: renewals },
  { id: '005-offers', sql: offers },
  ...processMigrations(hubSchema),
]
