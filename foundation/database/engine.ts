export interface StatementResult {
  readonly rows: object[]
  readonly count: number
}

/**
 * One connection, lent to one caller at a time. What is started before the last answer has come runs after it, in the order
 * of the calls. Throws what the driver throws.
 */
export interface Session {
  /** Runs text without parameters that may hold several statements, in one round trip. */
  script(text: string, options?: { readonly timeoutMs: number }): Promise<void>
  /** Runs one statement; parameters as in `values.ts`. */
  execute(text: string, params: readonly unknown[]): Promise<StatementResult>
}

/** What differs between PGlite and a server. */
export interface Engine {
  readonly kind: 'pglite' | 'postgresql'
  readonly exclusive: boolean
  /** More `set_config` calls, each after a comma, for the statement that begins a transaction. */
  readonly transactionSettings: string
  /** Lends a session. One whose work throws a `BrokenSession` is thrown away. */
  session<T>(work: (session: Session) => Promise<T>): Promise<T>
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** Says that a session is in an unknown state and must not be lent again; `cause` is what the caller should see. */
export class BrokenSession extends Error {
  constructor(cause: unknown) {
    super('the database session is in an unknown state', { cause })
  }
}
