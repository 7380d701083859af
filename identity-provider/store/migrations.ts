import { type Migration, systemTable } from '@weft/foundation/database'

export const schema = 'identity_provider'

/** Clients are the operator's, whatever context they are bound to: no tenant transaction reaches them. */
export const migrations: readonly Migration[] = [
  {
    id: '001-clients',
    sql: `
      create table ${schema}.client (
        client_id text primary key,
        role text not null check (role in ('admin', 'provisioner', 'participant', 'workload')),
        bound_context_id text,
        scopes jsonb not null,
        secret_hash text,
        of_settings boolean not null default false,
        created_at timestamptz not null default now(),
        check ((role = 'participant') = (bound_context_id is not null)),
        check (client_id <> bound_context_id)
      );
      create index client_bound_context on ${schema}.client (bound_context_id) where bound_context_id is not null;
      ${systemTable(schema, 'client')}
    `,
  },
]
