import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../processes/index.ts'
import type { Consumer, ConsumerOptions, Message, Messaging, Verdict } from './port.ts'

/** What an adapter offers to be tested with. */
export interface MessagingUnderTest {
  readonly messaging: Messaging
  /** A second replica over the same streams. */
  readonly replica: Messaging
  close(): Promise<void>
}

const ack: Verdict = { kind: 'ack' }
/** Far less than the minute after which a consumer looks by itself. */
const deadlineMs = 10_000

/** What every adapter of the messaging port must do. */
export function messagingContract(name: string, open: () => Promise<MessagingUnderTest>): void {
  describe(`messaging contract: ${name}`, () => {
    let tested: MessagingUnderTest
    let consumers: Consumer[] = []

    beforeAll(async () => {
      tested = await open()
    })
    afterEach(async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
      consumers = []
    })
    afterAll(() => tested?.close())

    const subjectOf = (): string => `event.${randomUUID()}`
    const publish = (subject: string, body: JsonObject): Promise<void> =>
      tested.messaging.publish(subject, body, { dedupeKey: randomUUID() })

    /** Consumes and keeps what came; `verdict` decides, acknowledging by default. */
    async function consume(
      options: Partial<ConsumerOptions> & { readonly subject: string },
      verdict: (message: Message) => Verdict | Promise<Verdict> = () => ack,
      messaging = tested.messaging,
    ): Promise<Inbox> {
      const inbox = new Inbox()
      const consumer = await messaging.consume(
        { durable: `durable-${options.subject}`, ...options },
        async (message) => {
          inbox.add(message)
          return verdict(message)
        },
      )
      consumers.push(consumer)
      return inbox
    }

    it('delivers what was published before anybody consumed, in order', async () => {
      const subject = subjectOf()
      for (const n of [1, 2, 3]) await publish(subject, { n })
      const inbox = await consume({ subject })
      expect(await inbox.bodies(3)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    })

    it('delivers what is published while somebody consumes, without waiting for a poll', async () => {
      const subject = subjectOf()
      const inbox = await consume({ subject })
      await publish(subject, { text: 'ünï "quoted" \\ \n', deep: { list: [1, null, true] } })
      expect(await inbox.bodies(1)).toEqual([{ text: 'ünï "quoted" \\ \n', deep: { list: [1, null, true] } }])
      expect(inbox.messages[0]).toMatchObject({ subject, delivery: 1 })
    })

    it('drops a second message with the same dedupe key', async () => {
      const subject = subjectOf()
      const dedupeKey = randomUUID()
      const inbox = await consume({ subject })
      await tested.messaging.publish(subject, { n: 1 }, { dedupeKey })
      await inbox.bodies(1)
      await tested.replica.publish(subject, { n: 2 }, { dedupeKey })
      await publish(subject, { n: 3 })
      expect(await inbox.bodies(2)).toEqual([{ n: 1 }, { n: 3 }])
    })

    it('keeps subjects apart', async () => {
      const [one, other] = [subjectOf(), subjectOf()]
      const inbox = await consume({ subject: one })
      await publish(other, { n: 1 })
      await publish(one, { n: 2 })
      expect(await inbox.bodies(1)).toEqual([{ n: 2 }])
    })

    it('gives each message to one of two replicas with the same durable', async () => {
      const subject = subjectOf()
      const mine = await consume({ subject, durable: 'shared' })
      const theirs = await consume({ subject, durable: 'shared' }, undefined, tested.replica)
      const expected = Array.from({ length: 40 }, (_, n) => n)
      await Promise.all(expected.map((n) => publish(subject, { n })))
      await until(() => mine.messages.length + theirs.messages.length >= expected.length)
      const all = [...mine.messages, ...theirs.messages].map((message) => Number(message.body.n))
      expect(all.sort((a, b) => a - b)).toEqual(expected)
    })

    it('refuses a second durable on a subject that has one', async () => {
      const subject = subjectOf()
      await consume({ subject, durable: 'first' })
      await expect(consume({ subject, durable: 'second' }, undefined, tested.replica)).rejects.toMatchObject({
        code: 'messaging.subject-taken',
      })
    })

    it('delivers again after the asked delay, with a higher delivery number and the same id', async () => {
      const subject = subjectOf()
      const times: number[] = []
      const inbox = await consume({ subject }, (message) => {
        times.push(performance.now())
        return message.delivery < 3 ? { kind: 'retry', afterMs: 60 } : ack
      })
      await publish(subject, { n: 1 })
      await inbox.bodies(3)
      expect(inbox.messages.map((message) => message.delivery)).toEqual([1, 2, 3])
      expect(new Set(inbox.messages.map((message) => message.id)).size).toBe(1)
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(50)
    })

    it('lets later messages pass one that waits for its retry', async () => {
      const subject = subjectOf()
      // Both are there beforehand: publishing the second must not take longer than the first one waits.
      await publish(subject, { n: 1 })
      await publish(subject, { n: 2 })
      const inbox = await consume({ subject }, (message) =>
        message.body.n === 1 && message.delivery === 1 ? { kind: 'retry', afterMs: 1_000 } : ack,
      )
      expect(await inbox.bodies(3)).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }])
    })

    it('takes a handler that throws for a retry', async () => {
      const subject = subjectOf()
      const inbox = await consume({ subject }, (message) => {
        if (message.delivery === 1) throw new Error('not yet')
        return ack
      })
      await publish(subject, { n: 1 })
      await inbox.bodies(2)
      expect(inbox.messages.map((message) => message.delivery)).toEqual([1, 2])
    })

    it('never delivers a rejected message again', async () => {
      const subject = subjectOf()
      const inbox = await consume({ subject }, (message) =>
        message.body.n === 1 ? { kind: 'reject', reason: 'not understood' } : ack,
      )
      await publish(subject, { n: 1 })
      await publish(subject, { n: 2 })
      expect(await inbox.bodies(2)).toEqual([{ n: 1 }, { n: 2 }])
      await drained(subject)
      expect(inbox.messages).toHaveLength(2)
    })

    it('gives up after the last delivery', async () => {
      const subject = subjectOf()
      const inbox = await consume({ subject, maxDeliveries: 3 }, () => ({ kind: 'retry', afterMs: 1 }))
      await publish(subject, { n: 1 })
      await inbox.bodies(3)
      await publish(subject, { n: 2 })
      await inbox.bodies(6)
      expect(inbox.messages.map((message) => [message.body.n, message.delivery])).toEqual([
        [1, 1],
        [1, 2],
        [1, 3],
        [2, 1],
        [2, 2],
        [2, 3],
      ])
    })

    it('gives a delivery that is not answered in time to another replica', async () => {
      const subject = subjectOf()
      const hang = Promise.withResolvers<Verdict>()
      const stuck = await consume({ subject, durable: 'shared', ackWaitMs: 200 }, () => hang.promise)
      await publish(subject, { n: 1 })
      await stuck.bodies(1)
      const other = await consume({ subject, durable: 'shared', ackWaitMs: 5_000 }, undefined, tested.replica)
      await other.bodies(1)
      expect(other.messages[0]?.delivery).toBe(2)
      hang.resolve({ kind: 'retry', afterMs: 0 })
      await publish(subject, { n: 2 })
      await until(() => [...stuck.messages, ...other.messages].some((message) => message.body.n === 2))
      expect([...stuck.messages, ...other.messages].filter((message) => message.body.n === 1)).toHaveLength(2)
    })

    it('handles no more messages at a time than asked, and as many', async () => {
      const subject = subjectOf()
      let running = 0
      let most = 0
      const full = Promise.withResolvers<void>()
      const inbox = await consume({ subject, concurrency: 3 }, async () => {
        running += 1
        most = Math.max(most, running)
        if (running === 3) full.resolve()
        await full.promise
        running -= 1
        return ack
      })
      for (let n = 0; n < 10; n += 1) await publish(subject, { n })
      await inbox.bodies(10)
      expect(most).toBe(3)
    })

    it('waits for the running handler when it stops, and delivers nothing after', async () => {
      const subject = subjectOf()
      const entered = Promise.withResolvers<void>()
      const leave = Promise.withResolvers<void>()
      const seen: unknown[] = []
      const consumer = await tested.messaging.consume({ subject, durable: 'stopping' }, async (message) => {
        seen.push(message.body.n)
        entered.resolve()
        await leave.promise
        return ack
      })
      await publish(subject, { n: 1 })
      await entered.promise
      let isStopped = false
      const stopping = consumer.stop().then(() => {
        isStopped = true
      })
      await publish(subject, { n: 2 })
      expect(isStopped).toBe(false)
      leave.resolve()
      await stopping
      expect(seen).toEqual([1])
      const inbox = await consume({ subject, durable: 'stopping' })
      expect(await inbox.bodies(1)).toEqual([{ n: 2 }])
    })

    /** Resolves when a message published now has come through, so that whatever was ahead of it has too. */
    async function drained(subject: string): Promise<void> {
      const behind = `${subject}.behind`
      const inbox = await consume({ subject: behind })
      await publish(behind, {})
      await inbox.bodies(1)
    }

    describe('key-value', () => {
      it('returns what was put, with growing revisions', async () => {
        const bucket = tested.messaging.keyValue(randomUUID())
        expect(await bucket.get('a')).toBeUndefined()
        const first = await bucket.put('a', { n: 1 })
        const second = await bucket.put('a', { n: 2 })
        expect(second).toBeGreaterThan(first)
        expect(await bucket.get('a')).toEqual({ value: { n: 2 }, revision: second })
      })

      it('keeps buckets and keys apart', async () => {
        const [one, other] = [tested.messaging.keyValue(randomUUID()), tested.messaging.keyValue(randomUUID())]
        await one.put('a', { n: 1 })
        await one.put('b', { n: 2 })
        expect(await other.get('a')).toBeUndefined()
        expect((await one.get('b'))?.value).toEqual({ n: 2 })
      })

      it('writes only over the revision that the writer has seen', async () => {
        const bucket = tested.messaging.keyValue(randomUUID())
        const first = await bucket.compareAndSet('a', { n: 1 }, 0)
        expect(first).toBeGreaterThan(0)
        expect(await bucket.compareAndSet('a', { n: 9 }, 0)).toBeUndefined()
        const second = await bucket.compareAndSet('a', { n: 2 }, first ?? 0)
        expect(second).toBeGreaterThan(first ?? 0)
        expect(await bucket.compareAndSet('a', { n: 9 }, first ?? 0)).toBeUndefined()
        expect(await bucket.get('a')).toEqual({ value: { n: 2 }, revision: second })
        expect(await bucket.compareAndSet('unknown', { n: 1 }, 7)).toBeUndefined()
      })

      it('loses no update of writers that read, add and compare', async () => {
        const name = randomUUID()
        const add = async (messaging: Messaging): Promise<void> => {
          const bucket = messaging.keyValue(name)
          for (;;) {
            const entry = await bucket.get('sum')
            const n = Number(entry?.value.n ?? 0) + 1
            if ((await bucket.compareAndSet('sum', { n }, entry?.revision ?? 0)) !== undefined) return
          }
        }
        await Promise.all(Array.from({ length: 20 }, (_, i) => add(i % 2 === 0 ? tested.messaging : tested.replica)))
        expect((await tested.messaging.keyValue(name).get('sum'))?.value).toEqual({ n: 20 })
      })

      it('tells a watcher of every change from now on, large ones too, until it stops', async () => {
        const name = randomUUID()
        const bucket = tested.messaging.keyValue(name)
        await bucket.put('a', { n: 0 })
        const changes: [string, JsonObject][] = []
        const stop = await tested.replica.keyValue(name).watch((key, entry) => changes.push([key, entry.value]))
        const large = { text: 'x'.repeat(20_000) }
        await bucket.put('a', { n: 1 })
        await tested.messaging.keyValue(randomUUID()).put('a', { n: 99 })
        const revision = await bucket.put('b', { n: 2 })
        await bucket.compareAndSet('b', large, revision)
        await until(() => changes.length >= 3)
        expect(changes).toEqual([
          ['a', { n: 1 }],
          ['b', { n: 2 }],
          ['b', large],
        ])
        await stop()
        await bucket.put('a', { n: 3 })
        await bucket.get('a')
        expect(changes).toHaveLength(3)
      })
    })
  })
}

class Inbox {
  readonly messages: Message[] = []

  add(message: Message): void {
    this.messages.push(message)
  }

  /** Bodies in order of arrival, once there are at least so many. */
  async bodies(count: number): Promise<JsonObject[]> {
    await until(() => this.messages.length >= count)
    return this.messages.map((message) => message.body)
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
