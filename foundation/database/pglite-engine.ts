import { type messages, type PGlite, protocol } from '@electric-sql/pglite'
import type { Engine, Session, StatementResult } from './engine.ts'
import { isStalePlan } from './failures.ts'
import { outsideTransaction } from './running-transaction.ts'
import { SerialQueue } from './serial-queue.ts'
import { StatementNames } from './statement-names.ts'
import { parserOf, toWire } from './values.ts'

/**
 * PGlite has one session for everybody. Speaking the wire protocol with it directly lets statements stay prepared,
 * which its own `query` does not: a transaction of two statements takes a third of the time.
 */
export class PgliteEngine implements Engine {
  readonly kind = 'pglite'
  readonly exclusive = true
  /** Timeouts need signals, which the WebAssembly build has not; a statement blocks the process anyway. */
  readonly transactionSettings = ''
  readonly #db: PGlite
  readonly #onClose: () => Promise<void>
  readonly #queue = new SerialQueue()
  readonly #session: PgliteSession
  readonly #handlers = new Map<string, Set<(payload: string) => void>>()
  #closing: Promise<void> | undefined

  constructor(db: PGlite, onClose: () => Promise<void>) {
    this.#db = db
    this.#onClose = onClose
    this.#session = new PgliteSession(db)
    db.onNotification((channel, payload) => {
      for (const handler of this.#handlers.get(channel) ?? []) outsideTransaction(() => handler(payload))
    })
  }

  session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#queue.run(() => work(this.#session))
  }

  async listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>> {
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers)
    handlers.add(handler)
    await this.session((session) => session.script(`listen ${channel}`))
    return async () => {
      handlers.delete(handler)
    }
  }

  /** Waits for the transactions that were begun. Repeatable. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.run(async () => {
      await this.#db.close()
      await this.#onClose()
    })
    return this.#closing
  }
}

class PgliteSession implements Session {
  readonly #db: PGlite
  readonly #names = new StatementNames()
  readonly #prepared = new Set<string>()
  readonly #statements = new SerialQueue()

  constructor(db: PGlite) {
    this.#db = db
  }

  script(text: string): Promise<void> {
    return this.#statements.run(async () => {
      await this.#db.execProtocolStream(protocol.serialize.query(text), { syncToFs: false })
    })
  }

  execute(text: string, params: readonly unknown[]): Promise<StatementResult> {
    return this.#statements.run(() => this.#execute(text, params))
  }

  async #execute(text: string, params: readonly unknown[]): Promise<StatementResult> {
    const { bind, describe, execute, parse, sync } = protocol.serialize
    const name = this.#names.of(text) ?? ''
    const request = [
      bind({ statement: name, values: params.map(toWire) }),
      describe({ type: 'P', name: '' }),
      execute({}),
      sync(),
    ]
    if (name === '') request.unshift(parse({ text }))
    else if (!this.#prepared.has(name)) await this.#prepare(name, text)
    try {
      return readResult(await this.#db.execProtocolStream(Buffer.concat(request), { syncToFs: false }))
    } catch (error) {
      if (name !== '' && error instanceof Error && isStalePlan(error)) await this.#forget(name)
      throw error
    }
  }

  /** In a request of its own: one that fails as a whole would not tell whether the name is taken now. */
  async #prepare(name: string, text: string): Promise<void> {
    const { parse, sync } = protocol.serialize
    await this.#db.execProtocolStream(Buffer.concat([parse({ name, text }), sync()]), { syncToFs: false })
    this.#prepared.add(name)
  }

  async #forget(name: string): Promise<void> {
    const { close, sync } = protocol.serialize
    await this.#db.execProtocolStream(Buffer.concat([close({ type: 'S', name }), sync()]), { syncToFs: false })
    this.#prepared.delete(name)
  }
}

function readResult(answer: readonly messages.BackendMessage[]): StatementResult {
  const rows: object[] = []
  let columns: { readonly name: string; readonly parse: (text: string) => unknown }[] = []
  let count = 0
  for (const message of answer) {
    if (message.name === 'rowDescription') {
      const { fields } = message as messages.RowDescriptionMessage
      columns = fields.map((field) => ({ name: field.name, parse: parserOf(field.dataTypeID) }))
    } else if (message.name === 'dataRow') {
      const { fields } = message as messages.DataRowMessage
      const row: Record<string, unknown> = {}
      for (const [index, { name, parse }] of columns.entries()) {
        const text = fields[index]
        row[name] = text === null || text === undefined ? null : parse(text)
      }
      rows.push(row)
    } else if (message.name === 'commandComplete') {
      count = Number(/\d+$/.exec((message as messages.CommandCompleteMessage).text)?.[0] ?? 0)
    }
  }
  return { rows, count }
}
