import { randomUUID } from 'node:crypto'
import { json, type ServiceDatabase, type Transaction } from '../database/index.ts'
import type { JsonObject } from '../processes/index.ts'

export const messageChannel = 'weft_messaging_message'

/** A message with the proof that we hold it: nobody else claimed it since. */
export interface ClaimedMessage {
  readonly position: number
  readonly id: string
  readonly subject: string
  readonly body: JsonObject
  readonly delivery: number
}

export interface MessageClaim {
  readonly messages: readonly ClaimedMessage[]
  /** When the next message of the subject falls due; null when none is scheduled. */
  readonly nextInMs: number | null
}

const maxReason = 1_000
const batch = 1_000
const dedupeMs = 7 * 24 * 3_600_000
const keepMs = 30 * 24 * 3_600_000
const keepKeysMs = 3 * keepMs
const held = 'position = $1 and claimed_by = $2 and deliveries = $3'

const sql = {
  publish: `
with fresh as (insert into messaging.dedupe (key) values ($1) on conflict do nothing returning key),
added as (
  insert into messaging.message (id, subject, body) select $2::uuid, $3, $4::jsonb from fresh returning subject)
select pg_notify('${messageChannel}', subject) from added`,

  // $1 subject, $2 limit, $3 owner, $4 time to answer in ms, $5 most deliveries
  claim: `
with pick as (
  select position from messaging.message where subject = $1 and due_at <= now()
  order by position limit $2::int for update skip locked),
spent as (
  delete from messaging.message as m using pick where m.position = pick.position and m.deliveries >= $5::int
  returning m.*),
buried as (
  insert into messaging.dead_letter (position, id, subject, body, published_at, deliveries, reason)
  select position, id, subject, body, published_at, deliveries, 'not answered in ' || deliveries || ' deliveries' from spent),
claimed as (
  update messaging.message as m
  set deliveries = m.deliveries + 1, claimed_by = $3, due_at = now() + $4::float8 * interval '1 millisecond'
  from pick where m.position = pick.position and m.deliveries < $5::int
  returning m.position, m.id, m.subject, m.body, m.deliveries)
select
  (select coalesce(jsonb_agg(jsonb_build_object(
     'position', position, 'id', id, 'subject', subject, 'body', body, 'delivery', deliveries) order by position), '[]')
   from claimed) as messages,
  (select extract(epoch from min(due_at) - now())::float8 * 1000 from messaging.message
   where subject = $1 and due_at > now()) as next,
  (select count(*)::int from spent) as spent`,

  ack: `delete from messaging.message where ${held}`,

  retry: `
update messaging.message set claimed_by = null, due_at = now() + $4::float8 * interval '1 millisecond' where ${held}`,

  bury: `
with dead as (delete from messaging.message where ${held} returning *)
insert into messaging.dead_letter (position, id, subject, body, published_at, deliveries, reason)
select position, id, subject, body, published_at, deliveries, $4 from dead`,

  releaseAll: `update messaging.message set claimed_by = null, due_at = now() where claimed_by is not null`,

  register: `
with added as (
  insert into messaging.consumer (subject, durable) values ($1, $2) on conflict do nothing returning durable)
select durable from added union all select durable from messaging.consumer where subject = $1`,

  forgetDedupe: `
delete from messaging.dedupe where key in (
  select key from messaging.dedupe where seen_at < now() - $1::float8 * interval '1 millisecond' limit $2)`,

  forgetDead: `
delete from messaging.dead_letter where position in (
  select position from messaging.dead_letter where died_at < now() - $1::float8 * interval '1 millisecond' limit $2)`,

  forgetKeys: `
delete from messaging.key_value where (bucket, key) in (
  select bucket, key from messaging.key_value where changed_at < now() - $1::float8 * interval '1 millisecond' limit $2)`,

  buryOld: `
with dead as (
  delete from messaging.message where position in (
    select position from (
      select position, published_at from messaging.message order by position limit $2) as oldest
    where published_at < now() - $1::float8 * interval '1 millisecond')
  returning *)
insert into messaging.dead_letter (position, id, subject, body, published_at, deliveries, reason)
select position, id, subject, body, published_at, deliveries, 'nobody took it in time' from dead`,
} as const

/** The tables of messages, for one running adapter (`owner`). */
export class MessageStore {
  readonly #database: ServiceDatabase
  readonly #owner: string

  constructor(database: ServiceDatabase, owner: string) {
    this.#database = database
    this.#owner = owner
  }

  async publish(subject: string, body: JsonObject, dedupeKey: string): Promise<void> {
    await this.#system('publish', (tx) => tx.run(sql.publish, [dedupeKey, randomUUID(), subject, json(body)]))
  }

  /** Claims due messages in order of publication; those that had all their deliveries become dead letters. */
  async claim(
    subject: string,
    limit: number,
    ackWaitMs: number,
    maxDeliveries: number,
  ): Promise<MessageClaim & { spent: number }> {
    const row = await this.#system('claim', (tx) =>
      tx.one<{ messages: ClaimedMessage[]; next: number | null; spent: number }>(sql.claim, [
        subject,
        limit,
        this.#owner,
        ackWaitMs,
        maxDeliveries,
      ]),
    )
    if (!row) throw new Error('a claim returned nothing')
    return { messages: row.messages, nextInMs: row.next, spent: row.spent }
  }

  /** The three answers return false when the message was given to another replica in the meantime. */
  ack(message: ClaimedMessage): Promise<boolean> {
    return this.#answer('ack', sql.ack, message)
  }

  retry(message: ClaimedMessage, afterMs: number): Promise<boolean> {
    return this.#answer('retry', sql.retry, message, afterMs)
  }

  bury(message: ClaimedMessage, reason: string): Promise<boolean> {
    return this.#answer('bury', sql.bury, message, reason.slice(0, maxReason))
  }

  /** Names the durable that has the subject: the given one when nobody had it. */
  async register(subject: string, durable: string): Promise<string | undefined> {
    const row = await this.#system('register', (tx) => tx.one<{ durable: string }>(sql.register, [subject, durable]))
    return row?.durable
  }

  /** Only when no other process can have the database: what was claimed, a dead process had. */
  async releaseAll(): Promise<void> {
    await this.#system('release', (tx) => tx.run(sql.releaseAll))
  }

  /** Forgets dedupe keys after a week, dead letters after thirty days, and entries that nobody changed for ninety; messages that nobody took for so long become dead letters. */
  async forgetOld(): Promise<void> {
    for (const [text, age] of [
      [sql.forgetDedupe, dedupeMs],
      [sql.forgetDead, keepMs],
      [sql.forgetKeys, keepKeysMs],
      [sql.buryOld, keepMs],
    ] as const) {
      let touched: number
      do touched = await this.#system('forget', (tx) => tx.run(text, [age, batch]))
      while (touched === batch)
    }
  }

  async #answer(what: string, text: string, message: ClaimedMessage, ...more: unknown[]): Promise<boolean> {
    const params = [message.position, this.#owner, message.delivery, ...more]
    return (await this.#system(what, (tx) => tx.run(text, params))) === 1
  }

  #system<T>(what: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#database.system(`messaging.${what}`, work)
  }
}
