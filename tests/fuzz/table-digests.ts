import type { AllInOne } from '@weft/all-in-one'
import { databaseKey } from '@weft/foundation/database'

/** Reads what is in the tables of a running platform. */
export interface TableDigests {
  /** A digest of every table that only an accepted message may change, by its name. */
  read(): Promise<ReadonlyMap<string, string>>
}

/** Work in progress, delivery, and ids of tokens that were used: these move by themselves, or by a refused message too. */
const moving = [
  'process_task',
  'outbox',
  'used_token',
  'seen_token',
  'consumer',
  'message',
  'dedupe',
  'key_value',
  'dead_letter',
]

/** Owned by the one who made all tables, so it sees their rows past every policy. */
const reader = `
  create function fuzz.digests() returns table (name text, digest text)
  language plpgsql security definer as $$
  declare one record;
  begin
    for one in
      select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'fuzz')
        and c.relname not in (${moving.map((table) => `'${table}'`).join(', ')})
    loop
      return query execute format(
        'select %L::text, coalesce(md5(string_agg(md5(x::text), '''' order by md5(x::text))), '''') from %I.%I x',
        one.nspname || '.' || one.relname, one.nspname, one.relname);
    end loop;
  end $$;
  grant execute on function fuzz.digests() to public;`

/** Adds the reading function to the platform's database. */
export async function createTableDigests(platform: AllInOne): Promise<TableDigests> {
  const database = platform.assembly('runtime').service(databaseKey)
  const own = await database.forService('fuzz', [{ id: '001-digests', sql: reader }])
  return {
    read: async () => {
      const rows = await own.system('fuzz.digests', (tx) =>
        tx.rows<{ name: string; digest: string }>('select name, digest from fuzz.digests()'),
      )
      return new Map(rows.map(({ name, digest }) => [name, digest]))
    },
  }
}

/** Names of the tables that differ. */
export function changedTables(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...after].filter(([name, digest]) => before.get(name) !== digest).map(([name]) => name)
}
