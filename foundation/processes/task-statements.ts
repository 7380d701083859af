import { LRUCache } from 'lru-cache'

/** Channel that says that a task was recorded; the payload names the engine that did and needs no waking. */
export function taskChannel(schema: string): string {
  return `weft_${schema}_task`
}

export function outboxChannel(schema: string): string {
  return `weft_${schema}_outbox`
}

export type TaskStatements = ReturnType<typeof taskStatements>

/** The engine's SQL for a service's schema, made once: the texts are prepared statements. */
export function taskStatements(schema: string) {
  const task = `${schema}.process_task`
  const held = 'id = $1 and claimed_by = $2 and claims = $3'
  return {
    record: recordStatements(schema, task),

    history: `
select from_state as "from", to_state as "to", at, reason, message_id as "messageId"
from ${schema}.process_history where process_type = $1 and process_id = $2 order by id limit $3`,

    claim: claim(task),

    complete: `delete from ${task} where ${held}`,

    // $4 delay in ms, $5 error
    retry: `
update ${task} set attempt = attempt + 1, claimed_by = null, last_error = $5,
  due_at = now() + $4::float8 * interval '1 millisecond'
where ${held}`,

    park: `update ${task} set parked_at = now(), claimed_by = null, last_error = $4 where ${held}`,

    // $1 owner, $2 ids, $3 lease in ms
    renew: `
update ${task} set due_at = now() + $3::float8 * interval '1 millisecond'
where id = any($2::uuid[]) and claimed_by = $1 and parked_at is null`,

    // What the owner had claimed and does not run any more.
    releaseOwn: `update ${task} set due_at = now(), claimed_by = null where claimed_by = $1 and parked_at is null`,

    releaseAll: `update ${task} set due_at = now(), claimed_by = null where claimed_by is not null and parked_at is null`,

    unhandled: `
select distinct name from ${task}
where due_at <= now() and parked_at is null and name <> all($1::text[]) order by name limit 20`,

    // $1 age in ms, $2 batch: looks at the oldest rows only, so needs no index by time.
    forgetHistory: `
delete from ${schema}.process_history where id in (
  select id from (select id, at from ${schema}.process_history order by id limit $2) as oldest
  where at < now() - $1::float8 * interval '1 millisecond')`,
  }
}

interface WrittenRow {
  readonly table: string
  readonly columns: readonly string[]
}

const remembered = 200

/**
 * The statement of a transition, by the row that is part of it: its table and the columns that are written.
 * $1 transition, $2 owner, $3 wake task runners, $4 wake the outbox relay, $5 lease in ms of tasks that the owner begins at
 * once, $6 and $7 id and claims of the task that is completed, if any, $8 and $9 id and version of the row, then the columns.
 */
function recordStatements(schema: string, task: string): (row?: WrittenRow) => string {
  const texts = new LRUCache<string, string>({ max: remembered })
  return (row) => {
    const key = row ? [row.table, ...row.columns].join(' ') : ''
    const known = texts.get(key)
    if (known !== undefined) return known
    const text = recordStatement(schema, task, row)
    texts.set(key, text)
    return text
  }
}

/** Nothing is written unless the task is held still, and the row is as it was read. */
function recordStatement(schema: string, task: string, row?: WrittenRow): string {
  const held = 'id = $6::uuid and claimed_by = $2 and claims = $7::int'
  const columns = (row?.columns ?? []).map((column, at) => `, ${column} = $${at + 10}`).join('')
  const moved = row
    ? `update ${row.table} set version = version + 1, state_at = now()${columns}
  where id = $8 and version = $9 and ($6::uuid is null or exists (select from held)) returning id`
    : 'select'
  return `
with held as (select from ${task} where ${held} for update),
moved as (${moved}),
input as (select $1::jsonb as i where exists (select from moved)),
history as (
  insert into ${schema}.process_history
    (participant_context_id, process_type, process_id, from_state, to_state, reason, message_id)
  select i->>'context', i->>'type', i->>'process', s->>'from', s->>'to', i->>'reason', s->>'messageId'
  from input, jsonb_array_elements(i->'steps') with ordinality as list(s, n) order by n),
tasks as (
  insert into ${task}
    (id, participant_context_id, process_type, process_id, name, payload, correlation_id, due_at, claimed_by, claims)
  select (t->>'id')::uuid, i->>'context', i->>'type', i->>'process', t->>'name', t->'payload', i->>'correlationId',
         now() + case when begun then $5::float8 else (t->>'dueInMs')::float8 end * interval '1 millisecond',
         case when begun then $2::text end, begun::int
  from input, jsonb_array_elements(i->'tasks') as t, lateral (select (t->>'begun')::boolean as begun) as own),
events as (
  insert into ${schema}.outbox (id, participant_context_id, subject, body)
  select (e->>'id')::uuid, i->>'context', e->>'subject', e->'body'
  from input, jsonb_array_elements(i->'events') with ordinality as list(e, n) order by n),
completed as (
  delete from ${task} where ${held} and exists (select from input))
select exists (select from held) as held, exists (select from moved) as moved,
       case when $3::boolean then pg_notify('${taskChannel(schema)}', $2) end,
       case when $4::boolean then pg_notify('${outboxChannel(schema)}', '') end`
}

/**
 * Claims up to $1 due tasks with a name in $2 for owner $3 and a lease of $4 ms.
 *
 * Fair between contexts: when more is due than can be claimed, one task of each context goes first (contexts in random
 * order), then a second of each, and so on; a context with a thousand due tasks delays another one's by a round. The
 * contexts with due tasks are found by skipping along an index, so the cost grows with contexts and not with tasks.
 */
function claim(task: string): string {
  const due = 'due_at <= now() and parked_at is null'
  const wanted = `${due} and name = any($2::text[])`
  return `
with recursive
waiting as (
  select count(*)::int as n from (select 1 from ${task} where ${wanted} limit $1::int + 1) as due),
few as (
  select id from ${task} where ${wanted} and (select n from waiting) <= $1::int
  order by due_at limit $1::int for update skip locked),
context as (
  (select participant_context_id as id from ${task}
   where ${wanted} and (select n from waiting) > $1::int order by participant_context_id limit 1)
  union all
  select (select participant_context_id from ${task}
          where ${wanted} and participant_context_id > context.id order by participant_context_id limit 1)
  from context where context.id is not null),
turn as (
  select mine.id from context cross join lateral (
    select id, row_number() over (order by due_at) as turn from (
      select id, due_at from ${task}
      where ${wanted} and participant_context_id = context.id order by due_at limit $1::int) as head) as mine
  order by mine.turn, random() limit $1::int),
many as (
  select task.id from ${task} as task join turn on turn.id = task.id
  where ${due} for update of task skip locked),
claimed as (
  update ${task} as task
  set due_at = now() + $4::float8 * interval '1 millisecond', claimed_by = $3, claims = task.claims + 1
  from (select id from few union all select id from many) as pick
  where task.id = pick.id
  returning task.*)
select
  (select n from waiting) as waiting,
  (select coalesce(jsonb_agg(jsonb_build_object(
     'id', id, 'participantContextId', participant_context_id, 'processType', process_type, 'processId', process_id,
     'name', name, 'payload', payload, 'correlationId', correlation_id, 'attempt', attempt, 'claims', claims)
     order by created_at), '[]') from claimed) as tasks,
  (select extract(epoch from min(due_at) - now())::float8 * 1000 from ${task}
   where due_at > now() and parked_at is null and claimed_by is distinct from $3) as next`
}
