import { json, type ServiceDatabase, type Transaction } from '../database/index.ts'
import type { JsonObject } from '../processes/index.ts'
import type { Logger } from '../telemetry/index.ts'
import type { KeyValue, KeyValueEntry } from './port.ts'

const channel = 'weft_messaging_key'
/** A notification carries 8000 bytes at most; larger values are read when it arrives. */
const maxInline = 6_000
const maxKey = 512
/** After a lost connection changes are read back from that long before it was last heard of. */
const overlapMs = 60_000

interface Change {
  readonly bucket: string
  readonly key: string
  readonly revision: number
  readonly value?: JsonObject
}

const notify = `select pg_notify('${channel}', json_build_object(
  'bucket', bucket, 'key', key, 'revision', revision,
  'value', case when octet_length(value::text) <= ${maxInline} then value end)::text), revision from written`

const sql = {
  get: 'select value, revision from messaging.key_value where bucket = $1 and key = $2',

  put: `
with written as (
  insert into messaging.key_value (bucket, key, value, revision)
  values ($1, $2, $3::jsonb, nextval('messaging.revision'))
  on conflict (bucket, key) do update
    set value = excluded.value, revision = nextval('messaging.revision'), changed_at = now()
  returning *)
${notify}`,

  create: `
with written as (
  insert into messaging.key_value (bucket, key, value, revision)
  values ($1, $2, $3::jsonb, nextval('messaging.revision')) on conflict do nothing returning *)
${notify}`,

  replace: `
with written as (
  update messaging.key_value set value = $3::jsonb, revision = nextval('messaging.revision'), changed_at = now()
  where bucket = $1 and key = $2 and revision = $4::bigint returning *)
${notify}`,

  since: `
select key, value, revision from messaging.key_value
where bucket = $1 and changed_at > now() - $2::float8 * interval '1 millisecond' order by revision`,
} as const

/** A bucket of the `key_value` table. Revisions grow over all buckets. */
export function keyValueBucket(database: ServiceDatabase, bucket: string, logger: Logger): KeyValue {
  const system = <T>(what: string, work: (tx: Transaction) => Promise<T>): Promise<T> =>
    database.system(`messaging.key-value-${what}`, work)

  async function write(text: string, key: string, value: JsonObject, ...more: unknown[]): Promise<number | undefined> {
    if (key.length > maxKey) throw new Error(`a key has at most ${maxKey} letters`)
    const row = await system('write', (tx) => tx.one<{ revision: number }>(text, [bucket, key, json(value), ...more]))
    return row?.revision
  }

  const get = (key: string): Promise<KeyValueEntry | undefined> =>
    system('read', (tx) => tx.one<KeyValueEntry>(sql.get, [bucket, key]))

  return {
    get,
    async put(key, value) {
      const revision = await write(sql.put, key, value)
      if (revision === undefined) throw new Error('a put returned no revision')
      return revision
    },
    compareAndSet: (key, value, revision) =>
      revision === 0 ? write(sql.create, key, value) : write(sql.replace, key, value, revision),
    async watch(handler) {
      let heardAt = performance.now()
      /** Changes are handed on in the order in which they were notified of. */
      let last: Promise<void> = Promise.resolve()
      let isWatching = true
      const hand = (key: string, entry: KeyValueEntry): void => {
        if (isWatching) handler(key, entry)
      }

      async function deliver(payload: string): Promise<void> {
        if (payload === '') {
          const missedMs = performance.now() - heardAt + overlapMs
          const rows = await system('catch-up', (tx) =>
            tx.rows<KeyValueEntry & { key: string }>(sql.since, [bucket, missedMs]),
          )
          for (const { key, value, revision } of rows) hand(key, { value, revision })
        } else {
          const change = JSON.parse(payload) as Change
          if (change.bucket !== bucket) return
          const entry = change.value ? { value: change.value, revision: change.revision } : await get(change.key)
          if (entry) hand(change.key, entry)
        }
        heardAt = performance.now()
      }

      const stop = await database.listen(channel, (payload) => {
        last = last
          .then(() => deliver(payload))
          .catch((error: unknown) => logger.error('a change of a key could not be handed on', { error, bucket }))
      })
      return async () => {
        isWatching = false
        await stop()
        await last
      }
    },
  }
}
