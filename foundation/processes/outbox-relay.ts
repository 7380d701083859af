import { randomUUID } from 'node:crypto'
import { type ServiceDatabase, WorkLoop } from '../database/index.ts'
import type { Messaging } from '../messaging/index.ts'
import type { Logger } from '../telemetry/index.ts'
import type { JsonObject } from './port.ts'
import { outboxChannel } from './task-statements.ts'

const batch = 100
const leaseMs = 15_000

export interface OutboxRelayOptions {
  readonly database: ServiceDatabase
  readonly messaging: Messaging
  readonly logger: Logger
  /** `Database.exclusive`: what a dead process had claimed is let go at start instead of after 15 s. */
  readonly exclusive?: boolean
}

export interface OutboxRelay {
  start(): Promise<void>
  /** Ends after the event that is being published. */
  stop(): Promise<void>
}

interface OutboxRow {
  readonly position: number
  readonly id: string
  readonly subject: string
  readonly body: JsonObject
}

/**
 * Publishes the events of `Processes.record` after their commit, in order, then deletes them. One replica at a time
 * has the head of the outbox; an event may be published twice, with the same dedupe key.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { database, messaging, logger } = options
  const outbox = `${database.schema}.outbox`
  const owner = randomUUID()
  const sql = statements(outbox)
  let isStopping = false

  const claim = (): Promise<OutboxRow[]> =>
    database.system('outbox.claim', (tx) => tx.rows<OutboxRow>(sql.claim, [batch, owner, leaseMs]))

  async function publish(rows: readonly OutboxRow[]): Promise<void> {
    const deadline = performance.now() + leaseMs / 2
    const published: number[] = []
    try {
      for (const row of rows) {
        if (isStopping || performance.now() > deadline) break
        await messaging.publish(row.subject, row.body, { dedupeKey: row.id })
        published.push(row.position)
      }
    } finally {
      await database.system('outbox.settle', (tx) => tx.run(sql.settle, [published, owner]))
    }
  }

  const loop = new WorkLoop({
    name: `${database.schema} outbox`,
    database,
    channel: outboxChannel(database.schema),
    logger,
    async round() {
      for (;;) {
        const rows = await claim()
        if (rows.length === 0) break
        await publish(rows)
        if (isStopping) return null
      }
      const left = await database.system('outbox.look', (tx) => tx.one<{ next: number | null }>(sql.next))
      return left?.next ?? null
    },
  })

  return {
    async start() {
      if (options.exclusive) await database.system('outbox.release', (tx) => tx.run(sql.releaseAll))
      await loop.start()
    },
    async stop() {
      isStopping = true
      await loop.stop()
    },
  }
}

function statements(outbox: string) {
  return {
    // Takes the head as a whole or, when another relay has a part of it, nothing: the order would be lost.
    claim: `
with head as (select position, claimed_until from ${outbox} order by position limit $1 for update),
taken as (
  update ${outbox} as o set claimed_by = $2, claimed_until = now() + $3::float8 * interval '1 millisecond'
  from head where o.position = head.position
    and not exists (select 1 from head as other where other.claimed_until > now())
  returning o.position, o.id, o.subject, o.body)
select * from taken order by position`,

    settle: `
with done as (delete from ${outbox} where position = any($1::bigint[]) and claimed_by = $2)
update ${outbox} set claimed_by = null, claimed_until = null
where claimed_by = $2 and position <> all($1::bigint[])`,

    // When the claim of another relay ends, in ms.
    next: `select extract(epoch from min(claimed_until) - now())::float8 * 1000 as next from ${outbox}`,

    releaseAll: `update ${outbox} set claimed_by = null, claimed_until = null where claimed_by is not null`,
  }
}
