import { type ServiceDatabase, WorkLoop } from '../database/index.ts'
import type { Logger } from '../telemetry/index.ts'
import { type ClaimedMessage, type MessageStore, messageChannel } from './message-store.ts'
import type { Consumer, ConsumerOptions, Message, Verdict } from './port.ts'

const defaults = { concurrency: 1, maxDeliveries: 20, ackWaitMs: 30_000 }
const drainMs = 30_000
const firstRetryMs = 500
const maxRetryMs = 60_000

export interface QueueConsumerOptions {
  readonly database: ServiceDatabase
  readonly store: MessageStore
  readonly logger: Logger
  readonly consumer: ConsumerOptions
  readonly handler: (message: Message) => Promise<Verdict>
}

/** Gives the messages of one subject to a handler, never more at a time than it may handle. */
export class QueueConsumer implements Consumer {
  readonly #options: QueueConsumerOptions
  readonly #concurrency: number
  readonly #maxDeliveries: number
  readonly #ackWaitMs: number
  readonly #loop: WorkLoop
  readonly #running = new Set<Promise<void>>()

  constructor(options: QueueConsumerOptions) {
    const { consumer, database, logger } = options
    this.#options = options
    this.#concurrency = consumer.concurrency ?? defaults.concurrency
    this.#maxDeliveries = consumer.maxDeliveries ?? defaults.maxDeliveries
    this.#ackWaitMs = consumer.ackWaitMs ?? defaults.ackWaitMs
    this.#loop = new WorkLoop({
      name: `messages of ${consumer.subject}`,
      database,
      channel: messageChannel,
      logger,
      concerns: (payload) => payload === consumer.subject,
      round: () => this.#claim(),
    })
  }

  start(): Promise<void> {
    return this.#loop.start()
  }

  /** Waits for running handlers, 30 s at most: what is not answered then is delivered again. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs)
    })
    await Promise.race([Promise.all(this.#running), deadline])
    clearTimeout(timer)
  }

  async #claim(): Promise<number | null> {
    const { store, consumer, logger } = this.#options
    const free = this.#concurrency - this.#running.size
    if (free <= 0) return null
    const claim = await store.claim(consumer.subject, free, this.#ackWaitMs, this.#maxDeliveries)
    if (claim.spent > 0) {
      logger.error('messages were not answered in all their deliveries and are dead letters now', {
        action: consumer.subject,
        messages: claim.spent,
      })
      this.#loop.kick()
    }
    for (const message of claim.messages) this.#deliver(message)
    return claim.nextInMs
  }

  #deliver(message: ClaimedMessage): void {
    const delivery = this.#handle(message)
      .catch((error: unknown) => {
        this.#log('warn', 'the answer to a message could not be recorded; it will be delivered again', message, error)
      })
      .then(() => {
        this.#running.delete(delivery)
        this.#loop.kick()
      })
    this.#running.add(delivery)
  }

  async #handle(message: ClaimedMessage): Promise<void> {
    const { id, subject, body, delivery } = message
    let verdict: Verdict
    try {
      verdict = await this.#options.handler({ id, subject, body, delivery })
    } catch (error) {
      this.#log('warn', 'a message handler failed; the message will be delivered again', message, error)
      verdict = { kind: 'retry', afterMs: backOff(delivery) }
    }
    if (!(await this.#answer(message, verdict))) {
      this.#log('warn', 'a message was answered too late: it was given to another consumer', message)
    }
  }

  #answer(message: ClaimedMessage, verdict: Verdict): Promise<boolean> {
    const { store } = this.#options
    switch (verdict.kind) {
      case 'ack':
        return store.ack(message)
      case 'reject':
        this.#log('error', 'a message was rejected and is a dead letter now', message, undefined, {
          reason: verdict.reason,
        })
        return store.bury(message, verdict.reason)
      case 'retry':
        if (message.delivery < this.#maxDeliveries) return store.retry(message, verdict.afterMs)
        this.#log('error', 'a message failed in all its deliveries and is a dead letter now', message)
        return store.bury(message, `failed in ${message.delivery} deliveries`)
    }
  }

  #log(level: 'warn' | 'error', text: string, message: ClaimedMessage, error?: unknown, more: object = {}): void {
    this.#options.logger[level](text, {
      action: message.subject,
      messageId: message.id,
      delivery: message.delivery,
      ...(error === undefined ? {} : { error }),
      ...more,
    })
  }
}

function backOff(delivery: number): number {
  return Math.min(maxRetryMs, firstRetryMs * 2 ** (delivery - 1)) * (0.5 + Math.random() / 2)
}
