import { type Migration, systemTable } from '@weft/foundation/database'
import { processMigrations } from '@weft/foundation/processes'

export const schema = 'provision_manager'

/** The tables of the provision manager; for the system role only, as nothing in them belongs to a participant context. */
export const migrations: readonly Migration[] = [
  ...processMigrations(schema),
  {
    id: '100-orchestrations',
    sql: `
      create table ${schema}.activity_definition (
        type text primary key,
        description text,
        input_schema jsonb,
        output_schema jsonb
      );
      create table ${schema}.orchestration_definition (
        orchestration_type text primary key,
        template_ref text not null,
        description text,
        schema jsonb,
        activities jsonb not null
      );
      create index orchestration_definition_template on ${schema}.orchestration_definition (template_ref);
      create table ${schema}.orchestration (
        id text primary key,
        version int not null default 0,
        correlation_id text not null,
        definition_id text not null,
        orchestration_type text not null,
        state int not null,
        state_timestamp timestamptz not null,
        created_timestamp timestamptz not null,
        activities jsonb not null,
        started jsonb not null,
        completed jsonb not null,
        processing_data jsonb not null,
        output_data jsonb not null,
        error_code text,
        error_detail text
      );
      create index orchestration_correlation on ${schema}.orchestration (correlation_id);
      create index orchestration_created on ${schema}.orchestration (created_timestamp, id);
      create index orchestration_ongoing on ${schema}.orchestration (definition_id) where state < 2;
      ${['activity_definition', 'orchestration_definition', 'orchestration'].map((table) => systemTable(schema, table)).join('\n')}
    `,
  },
]
