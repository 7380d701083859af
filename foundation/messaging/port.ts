import type { JsonObject } from '../processes/index.ts'

export interface Message {
  readonly id: string
  readonly subject: string
  readonly body: JsonObject
  /** 1 for the first delivery. */
  readonly delivery: number
}

/** What the handler says of a message: done; again after a while; never again (goes to the dead letters with the reason). */
export type Verdict =
  | { readonly kind: 'ack' }
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'reject'; readonly reason: string }

export interface ConsumerOptions {
  /** Replicas with the same name share the messages. */
  readonly durable: string
  readonly subject: string
  /** Messages handled at a time, default 1. */
  readonly concurrency?: number
  /** After that many deliveries a message goes to the dead letters. Default 20. */
  readonly maxDeliveries?: number
  /** A delivery that is not answered within it is given to another replica. Default 30,000. */
  readonly ackWaitMs?: number
}

export interface Consumer {
  /** Waits for running handlers. */
  stop(): Promise<void>
}

export interface KeyValueEntry {
  readonly value: JsonObject
  readonly revision: number
}

/** State of work in progress: an entry that nobody has changed for ninety days is forgotten. */
export interface KeyValue {
  get(key: string): Promise<KeyValueEntry | undefined>
  put(key: string, value: JsonObject): Promise<number>
  /** Writes only when the stored revision is `revision` (0: the key must be new). Returns the new one, or undefined when it lost. */
  compareAndSet(key: string, value: JsonObject, revision: number): Promise<number | undefined>
  /** Calls `handler` for every change from now on. */
  watch(handler: (key: string, entry: KeyValueEntry) => void): Promise<() => Promise<void>>
}

/** Streams, durable consumers and key-value: at least once, in order of publication per subject as far as retries allow. */
export interface Messaging {
  /** Durable once it resolves. A second message with the same `dedupeKey` is dropped. A subject nobody consumes yet keeps its messages. */
  publish(subject: string, body: JsonObject, options: { readonly dedupeKey: string }): Promise<void>
  /** A handler that throws is a retry with back-off. */
  consume(options: ConsumerOptions, handler: (message: Message) => Promise<Verdict>): Promise<Consumer>
  keyValue(bucket: string): KeyValue
  close(): Promise<void>
}
