import { randomUUID } from 'node:crypto'
import type { Database, ServiceDatabase } from '../database/index.ts'
import { WeftError } from '../errors/index.ts'
import type { JsonObject } from '../processes/index.ts'
import type { Logger } from '../telemetry/index.ts'
import { messagingErrors } from './errors.ts'
import { keyValueBucket } from './key-value-bucket.ts'
import { MessageStore } from './message-store.ts'
import { messagingMigrations, messagingSchema } from './migrations.ts'
import type { Consumer, ConsumerOptions, KeyValue, Message, Messaging, Verdict } from './port.ts'
import { QueueConsumer } from './queue-consumer.ts'

const subjectShape = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
const maxSubject = 200
const maxDedupeKey = 500
const hourMs = 3_600_000

/**
 * Messaging over tables of the schema `messaging`. Subjects are plain (no wildcards) and belong to one durable
 * consumer each. Keeps dedupe keys for a week; messages that nobody takes become dead letters after thirty days.
 */
export async function createPostgresqlMessaging(options: {
  readonly database: Database
  readonly logger: Logger
}): Promise<Messaging> {
  const database = await options.database.forService(messagingSchema, messagingMigrations)
  const store = new MessageStore(database, randomUUID())
  if (options.database.exclusive) await store.releaseAll()
  return new PostgresqlMessaging(database, store, options.logger)
}

class PostgresqlMessaging implements Messaging {
  readonly #database: ServiceDatabase
  readonly #store: MessageStore
  readonly #logger: Logger
  readonly #consumers = new Set<QueueConsumer>()
  readonly #retention: NodeJS.Timeout

  constructor(database: ServiceDatabase, store: MessageStore, logger: Logger) {
    this.#database = database
    this.#store = store
    this.#logger = logger
    this.#retention = setInterval(() => {
      store.forgetOld().catch((error: unknown) => {
        logger.warn('removing old messages failed; trying again in an hour', { error })
      })
    }, hourMs).unref()
  }

  async publish(subject: string, body: JsonObject, options: { readonly dedupeKey: string }): Promise<void> {
    checkSubject(subject)
    const { dedupeKey } = options
    if (dedupeKey.length === 0 || dedupeKey.length > maxDedupeKey) {
      throw new Error(`a dedupe key has 1 to ${maxDedupeKey} letters`)
    }
    await this.#store.publish(subject, body, dedupeKey)
  }

  async consume(options: ConsumerOptions, handler: (message: Message) => Promise<Verdict>): Promise<Consumer> {
    checkSubject(options.subject)
    const durable = await this.#store.register(options.subject, options.durable)
    if (durable !== options.durable) {
      throw new WeftError(messagingErrors['subject-taken'], {
        message: `The subject ${options.subject} has the durable consumer ${durable}; ${options.durable} cannot have it too.`,
      })
    }
    const queue = new QueueConsumer({
      database: this.#database,
      store: this.#store,
      logger: this.#logger,
      consumer: options,
      handler,
    })
    await queue.start()
    this.#consumers.add(queue)
    return {
      stop: async () => {
        await queue.stop()
        this.#consumers.delete(queue)
      },
    }
  }

  keyValue(bucket: string): KeyValue {
    return keyValueBucket(this.#database, bucket, this.#logger)
  }

  async close(): Promise<void> {
    clearInterval(this.#retention)
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()))
    this.#consumers.clear()
  }
}

function checkSubject(subject: string): void {
  if (subject.length > maxSubject || !subjectShape.test(subject)) {
    throw new Error(`"${subject}" is not a subject: words of letters, digits, "-" and "_", separated by dots`)
  }
}
