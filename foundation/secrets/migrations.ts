import { type Migration, systemReads, tenantTable } from '../database/index.ts'

export const vaultSchema = 'vault'

export const vaultMigrations: readonly Migration[] = [
  {
    id: '001-initial',
    sql: `
create table vault.client (
  participant_context_id text primary key,
  client_id text not null,
  opened_at timestamptz not null default now(),
  constraint client_once unique (client_id));
${tenantTable('vault', 'client')}
-- Finding the context of a client crosses contexts.
${systemReads('vault', 'client')}

create table vault.secret (
  participant_context_id text not null,
  name text not null,
  key_version text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  changed_at timestamptz not null default now(),
  primary key (participant_context_id, name),
  constraint partition_open foreign key (participant_context_id)
    references vault.client (participant_context_id) on delete cascade);
${tenantTable('vault', 'secret')}
-- At start the vault looks whether it has the right key.
${systemReads('vault', 'secret', ['key_version'])}`,
  },
]
