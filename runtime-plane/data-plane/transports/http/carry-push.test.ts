import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { httpPullProfile, httpPushProfile } from '@weft/protocols/dps'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Ends } from '../../testing/ends.ts'
import { serve } from '../../testing/fake-surroundings.ts'
import { messages, type RunningDataPlane, runDataPlane, until } from '../../testing/run-data-plane.ts'

const file = randomBytes(5 * 1024 * 1024 + 3)
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let ends: Ends
let plane: RunningDataPlane
let context: string

beforeAll(async () => {
  ends = await Ends.start()
  plane = await runDataPlane({ sources: ends.servers })
  context = await plane.participant()
})
beforeEach(() => ends.reset(file))
afterAll(async () => {
  await plane.stop()
  await ends.close()
})

const stateOf = async (id: string): Promise<string> =>
  (await plane.signal(context, `/dataflows/${id}/status`)).body.state
const isIn = (id: string, state: string) => until(async () => (await stateOf(id)) === state, `${id} is ${state}`)
const reports = (id: string): readonly string[] => plane.controlPlane.reportsOf(id).map(({ report }) => report)
const signal = (id: string, name: string) =>
  plane.signal(context, `/dataflows/${id}/${name}`, { messageId: randomUUID() })

const pushAddress = (more: object = {}) => ({
  endpointType: httpPushProfile,
  endpoint: `${ends.destination.url}/inbox`,
  endpointProperties: [
    { name: 'authorization', value: 'of-the-consumer' },
    { name: 'authType', value: 'bearer' },
  ],
  ...more,
})
const push = (more: Readonly<Record<string, unknown>> = {}) =>
  messages.start(ends.source.url, { profile: httpPushProfile, dataAddress: pushAddress(), ...more })

describe('the provider of a push', () => {
  test('DPS-02, DPS-11: sends its source to the consumer, is COMPLETED, and reports it', async () => {
    const message = push()
    const { status, body } = await plane.signal(context, '/dataflows/start', message)
    expect([status, body.state]).toEqual([200, 'STARTED'])
    expect(body).not.toHaveProperty('dataAddress')
    await isIn(message.processId, 'COMPLETED')
    expect(ends.taken).toMatchObject([
      {
        method: 'POST',
        url: '/inbox',
        headers: { authorization: 'Bearer of-the-consumer', 'content-type': 'text/csv' },
      },
    ])
    expect(digest(ends.taken[0]?.bytes ?? Buffer.alloc(0))).toBe(digest(file))
    await until(() => reports(message.processId).length > 0, 'completed is reported')
    expect(plane.controlPlane.reportsOf(message.processId)).toEqual([
      {
        report: 'completed',
        body: { messageId: expect.any(String), dataFlowId: message.processId, state: 'COMPLETED' },
      },
    ])
    // The control plane's own signal afterwards finds the work done.
    expect((await signal(message.processId, 'completed')).status).toBe(200)
  })

  test('DPS-04: is not started without an address, nor with one that is not of the profile', async () => {
    const missing = await plane.signal(context, '/dataflows/start', push({ dataAddress: undefined }))
    expect(missing).toMatchObject({ status: 400, body: { code: 'dps.data-address-missing' } })
    for (const dataAddress of [
      pushAddress({ endpointType: httpPullProfile }),
      pushAddress({ endpoint: 'http://consumer.example/inbox' }),
      pushAddress({ endpoint: 'file:///var/inbox' }),
    ]) {
      const answer = await plane.signal(context, '/dataflows/start', push({ dataAddress }))
      expect(answer).toMatchObject({ status: 400, body: { code: 'dps.invalid-data-address' } })
    }
  })

  test('DPS-26: stops sending at once when it is suspended, and sends all of it again when resumed with a new address', async () => {
    const stream = ends.endless()
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await until(() => stream.written() > 1024 * 1024, 'data flows')
    await signal(message.processId, 'suspend')
    await until(() => ends.taken.length === 1 && stream.stopped(), 'both ends are broken off')
    expect(ends.taken[0]?.whole).toBe(false)
    expect(await stateOf(message.processId)).toBe('SUSPENDED')
    ends.give = (_request, response) => void response.end('all')
    const properties = [
      { name: 'authorization', value: 'a-new-one' },
      { name: 'authType', value: 'bearer' },
    ]
    const resumed = await plane.signal(context, `/dataflows/${message.processId}/resume`, {
      messageId: randomUUID(),
      dataAddress: pushAddress({ endpointProperties: properties }),
    })
    expect(resumed).toMatchObject({ status: 200, body: { state: 'STARTED' } })
    await isIn(message.processId, 'COMPLETED')
    expect(ends.taken[1]?.headers.authorization).toBe('Bearer a-new-one')
    expect(ends.taken[1]?.bytes.toString()).toBe('all')
  })

  test('goes no faster than the consumer takes it', async () => {
    const stream = ends.endless()
    const slow = await serve((request) => void request.pause())
    const other = await runDataPlane({ sources: [ends.source, slow] })
    const name = await other.participant()
    const message = push({ dataAddress: pushAddress({ endpoint: slow.url }) })
    await other.signal(name, '/dataflows/start', message)
    await until(() => stream.written() > 0, 'data flows')
    let before = -1
    await until(async () => {
      const standing = stream.written() === before
      before = stream.written()
      await new Promise((resolve) => setTimeout(resolve, 300))
      return standing && stream.written() === before
    }, 'the source stands still')
    expect(stream.written()).toBeLessThan(32 * 1024 * 1024)
    await other.signal(name, `/dataflows/${message.processId}/terminate`, { messageId: randomUUID() })
    await until(stream.stopped, 'the source is let go')
    await other.stop()
    await slow.close()
  })

  test('tries again when the consumer is not ready', async () => {
    ends.statusOf = () => (ends.taken.length === 1 ? 503 : 200)
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await isIn(message.processId, 'COMPLETED')
    expect(ends.taken).toHaveLength(2)
  })

  test.each<[string, () => void, object]>([
    ['the consumer refuses', () => (ends.statusOf = () => 403), {}],
    ['the source is gone', () => (ends.give = (_request, response) => void response.writeHead(404).end()), {}],
    ['the address points inside', () => undefined, { endpoint: 'https://169.254.169.254/latest/meta-data' }],
    ['the address is a private one', () => undefined, { endpoint: 'https://10.0.0.1/inbox' }],
  ])('DPS-12: reports an error without a change of state when %s', async (_what, arrange, address) => {
    arrange()
    const message = push({ dataAddress: pushAddress(address) })
    await plane.signal(context, '/dataflows/start', message)
    await until(() => reports(message.processId).length > 0, 'the error is reported')
    expect(plane.controlPlane.reportsOf(message.processId)).toMatchObject([
      { report: 'errored', body: { state: 'STARTED', error: expect.stringMatching(/^data-plane\./) } },
    ])
    expect(await stateOf(message.processId)).toBe('STARTED')
  })

  test('a source that breaks off never becomes a whole delivery', async () => {
    ends.give = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' }).write(Buffer.alloc(500_000))
      void until(() => ends.coming > 0, 'a part has arrived').then(() => response.destroy())
    }
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await until(() => ends.taken.length > 0, 'the delivery ends')
    expect(ends.taken[0]?.whole).toBe(false)
    await signal(message.processId, 'terminate')
  })
})

describe('a push that takes long', () => {
  /** Gives half at once and the rest, or a fault, when the test says so. */
  const halting = () => {
    const halts: ((fault: boolean) => void)[] = []
    ends.give = (_request, response) => {
      response.writeHead(200, { 'content-length': '200000' }).write(Buffer.alloc(100_000, 'a'))
      halts.push((fault) => (fault ? void response.destroy() : void response.end(Buffer.alloc(100_000, 'b'))))
    }
    return halts
  }
  /** Whether no task waits for the end of this flow's carriage any more. */
  const goesOnByItself = async (id: string) =>
    (await plane.rows(context)).some(
      (row) => 'process_id' in row && row.process_id === id && 'reason' in row && row.reason === movedOn,
    )
  const movedOn = 'the data is being moved'

  test('DPS-11: goes on when no task waits for it any more, and is reported when it ends', async () => {
    const halts = halting()
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await until(() => goesOnByItself(message.processId), 'it goes on by itself')
    expect(await stateOf(message.processId)).toBe('STARTED')
    halts[0]?.(false)
    await isIn(message.processId, 'COMPLETED')
    expect(ends.taken.map(({ whole, bytes }) => [whole, bytes.length])).toEqual([[true, 200_000]])
    await until(() => reports(message.processId).includes('completed'), 'completed is reported')
  })

  test('begins again when it breaks off late', async () => {
    const halts = halting()
    const message = push()
    await plane.signal(context, '/dataflows/start', message)
    await until(() => goesOnByItself(message.processId), 'it goes on by itself')
    halts[0]?.(true)
    await until(() => halts.length === 2, 'it begins again')
    halts[1]?.(false)
    await isIn(message.processId, 'COMPLETED')
    expect(ends.taken.map(({ whole }) => whole)).toEqual([false, true])
  })

  test('begins again at the next start when the process ends meanwhile', async () => {
    const halts = halting()
    const first = await runDataPlane({ sources: [ends.source, ends.destination] })
    const name = await first.participant()
    const message = push()
    await first.signal(name, '/dataflows/start', message)
    const noted = async () => JSON.stringify(await first.rows(name)).includes(movedOn)
    await until(noted, 'it goes on by itself')
    await first.stopKeepingData()
    const second = await runDataPlane({ sources: [ends.source, ends.destination], replicaOf: first })
    await until(() => halts.length === 2, 'it begins again')
    halts[1]?.(false)
    await until(() => second.controlPlane.reportsOf(message.processId).length > 0, 'completed is reported')
    expect(second.controlPlane.reportsOf(message.processId)).toMatchObject([{ report: 'completed' }])
    await second.stop()
    await first.database.close()
  })
})

test('what is interrupted by the end of the process begins again at its next start', async () => {
  const stream = ends.endless()
  const first = await runDataPlane({ sources: [ends.source, ends.destination] })
  const name = await first.participant()
  const message = push()
  await first.signal(name, '/dataflows/start', message)
  await until(() => stream.written() > 1024 * 1024, 'data flows')
  await first.stopKeepingData()
  await until(stream.stopped, 'the source is let go')
  ends.give = (_request, response) => void response.end('all of it')
  const second = await runDataPlane({ sources: [ends.source, ends.destination], replicaOf: first })
  await until(() => ends.taken.some(({ whole }) => whole), 'it is sent whole')
  expect(ends.taken.find(({ whole }) => whole)?.bytes.toString()).toBe('all of it')
  await until(() => second.controlPlane.reportsOf(message.processId).length > 0, 'completed is reported')
  await second.stop()
  await first.database.close()
})
