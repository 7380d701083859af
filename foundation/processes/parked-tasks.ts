import type { ServiceDatabase } from '../database/index.ts'
import type { ProcessRef } from './port.ts'

export interface ParkedTask extends ProcessRef {
  readonly id: string
  readonly name: string
  readonly attempt: number
  readonly parkedAt: Date
  readonly lastError: string | null
}

export interface ParkedTasks {
  count(): Promise<number>
  /** At most `limit`, by id, after the given id. */
  list(page: { readonly limit: number; readonly after?: string }): Promise<ParkedTask[]>
  /** Makes a parked task due again with all its tries. False when there is none with this id. */
  resume(id: string): Promise<boolean>
}

/** For operators: the tasks of a service that failed for good. They stay until somebody resumes them. */
export function parkedTasks(database: ServiceDatabase): ParkedTasks {
  const table = `${database.schema}.process_task`
  return {
    async count() {
      const row = await database.system('processes.parked', (tx) =>
        tx.one<{ n: number }>(`select count(*) as n from ${table} where parked_at is not null`),
      )
      return row?.n ?? 0
    },
    list({ limit, after }) {
      return database.system('processes.parked', (tx) =>
        tx.rows<ParkedTask>(
          `select id, name, attempt, parked_at as "parkedAt", last_error as "lastError", process_type as "processType",
             process_id as "processId", participant_context_id as "participantContextId"
           from ${table} where parked_at is not null and ($2::uuid is null or id > $2::uuid) order by id limit $1`,
          [limit, after ?? null],
        ),
      )
    },
    async resume(id) {
      const resumed = await database.system('processes.resume', (tx) =>
        tx.run(
          `with resumed as (
             update ${table} set parked_at = null, attempt = 1, claims = 0, due_at = now()
             where id = $1::uuid and parked_at is not null returning id)
           select pg_notify('weft_${database.schema}_task', 'resumed') from resumed`,
          [id],
        ),
      )
      return resumed === 1
    },
  }
}
