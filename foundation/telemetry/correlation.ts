import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

const storage = new AsyncLocalStorage<string>()
const shape = /^[A-Za-z0-9._:-]{1,128}$/

/**
 * Runs `work`, and everything that it awaits or schedules, under one correlation id. Log lines, problem answers and
 * outbound calls made inside carry it.
 */
export function withCorrelation<T>(id: string, work: () => T): T {
  return storage.run(id, work)
}

/** The correlation id of the running work; undefined outside `withCorrelation`. */
export function correlationId(): string | undefined {
  return storage.getStore()
}

/** A correlation id from outside when it is a harmless one (1 to 128 letters, digits, `.`, `_`, `:`, `-`), else a new one. */
export function newCorrelationId(received?: string): string {
  return received !== undefined && shape.test(received) ? received : randomUUID()
}
