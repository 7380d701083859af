import type { ParticipantContextId } from '../access/index.ts'

/** A running transaction. SQL is text with `$1` placeholders; names are qualified with the service's schema. */
export interface Transaction {
  /** The participant context whose rows are visible; null in a system transaction. */
  readonly contextId: ParticipantContextId | null
  /** Runs a statement and returns its rows. Pass JSON as `json(value)` for a `$n::jsonb`; `timestamptz` comes back as Date, `bigint` as number. */
  rows<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  /** The first row, or undefined. */
  one<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row | undefined>
  /** Runs a statement and returns how many rows it touched. */
  run(sql: string, params?: readonly unknown[]): Promise<number>
}

/** One service's part of a database: its schema, its two roles, its migrations. */
export interface ServiceDatabase {
  readonly schema: string
  /**
   * Runs `work` in a transaction that sees and writes the rows of one participant context only (row-level security,
   * under a role that is neither owner nor may bypass it). Rolls back when `work` throws.
   * A statement that hits a unique constraint throws `database.duplicate`.
   */
  tenant<T>(contextId: ParticipantContextId, work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * As `tenant`, in one round trip: for work that starts all of its statements before it waits for one, and whose commit
   * depends on nothing but that they succeed. What is thrown after that rolls nothing back; a later statement throws.
   */
  tenantAtOnce<T>(contextId: ParticipantContextId, work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * Runs `work` across contexts, with the rights of the system role: only tables declared for it. `purpose` names the
   * function that crosses (`identity-hub.did-lookup`), for the audit.
   */
  system<T>(purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Calls `handler` for each notification on `channel`, and once after every reconnect. Returns the way to stop. */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>
}

export interface Migration {
  /** `001-initial`: sorted by it, applied once. */
  readonly id: string
  readonly sql: string
}

export interface Database {
  readonly engine: 'pglite' | 'postgresql'
  /** True when no other process can have this database open: claims of a dead process can be let go at start. */
  readonly exclusive: boolean
  /** Applies the service's migrations under a lock and returns its part. Schema and roles are made when missing. */
  forService(schema: string, migrations: readonly Migration[]): Promise<ServiceDatabase>
  /** Round trip for a readiness check. */
  ping(): Promise<void>
  close(): Promise<void>
}
