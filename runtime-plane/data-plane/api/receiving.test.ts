import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { httpPushProfile } from '@weft/protocols/dps'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Ends } from '../testing/ends.ts'
import {
  messages,
  propertiesOf,
  type RunningDataPlane,
  runDataPlane,
  tokenOf,
  until,
} from '../testing/run-data-plane.ts'

const file = randomBytes(3 * 1024 * 1024 + 1)
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

interface Flow {
  readonly id: string
  readonly token: string
}

async function prepare(more: Readonly<Record<string, unknown>> = {}): Promise<Flow> {
  const dataDestination = { type: 'HttpData', baseUrl: `${ends.destination.url}/store`, 'header:X-Key': 'k' }
  const message = messages.prepare({ profile: httpPushProfile, metadata: { dataDestination }, ...more })
  const answer = await plane.signal(context, '/dataflows/prepare', message)
  expect([answer.status, answer.body.state]).toEqual([200, 'PREPARED'])
  return { id: answer.body.dataFlowId, token: tokenOf(answer) }
}

const send = (flow: Flow, body: Uint8Array | string = 'data', init: RequestInit = {}): Promise<Response> =>
  fetch(`${plane.url('public')}/data/${flow.id}`, {
    method: 'POST',
    ...init,
    headers: { authorization: `Bearer ${flow.token}`, 'content-type': 'text/csv', ...init.headers },
    body: body as NonNullable<RequestInit['body']>,
  })

const signal = (id: string, name: string) =>
  plane.signal(context, `/dataflows/${id}/${name}`, { messageId: randomUUID() })
const refusalOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code]

describe('the consumer of a push', () => {
  test('DPS-01, DPS-20: prepares an endpoint of its own, with a token and no renewal', async () => {
    const dataDestination = { type: 'HttpData', baseUrl: ends.destination.url }
    const message = messages.prepare({ profile: httpPushProfile, metadata: { dataDestination } })
    const { body } = await plane.signal(context, '/dataflows/prepare', message)
    expect(body.dataAddress).toMatchObject({
      '@type': 'DataAddress',
      endpointType: httpPushProfile,
      endpoint: `http://localhost:7100/data/${message.processId}`,
    })
    expect(Object.keys(propertiesOf(body.dataAddress)).toSorted()).toEqual(['authType', 'authorization'])
  })

  test('takes data from PREPARED on, and in STARTED with the same token, and hands it to its destination', async () => {
    const flow = await prepare()
    expect((await send(flow, file)).status).toBe(200)
    expect(ends.taken).toMatchObject([
      { method: 'POST', url: '/store', headers: { 'x-key': 'k', 'content-type': 'text/csv' }, whole: true },
    ])
    expect(ends.taken[0]?.headers.authorization).toBeUndefined()
    expect(digest(ends.taken[0]?.bytes ?? Buffer.alloc(0))).toBe(digest(file))
    expect((await plane.signal(context, `/dataflows/${flow.id}/started`, { messageId: randomUUID() })).status).toBe(200)
    const answer = await send(flow, 'more', { method: 'PUT' })
    expect([answer.status, await answer.json()]).toEqual([200, { bytes: 4 }])
    expect(await signal(flow.id, 'completed')).toMatchObject({ status: 200, body: { state: 'COMPLETED' } })
  })

  test('DPS-05: refuses a started notification with a data address', async () => {
    const { id } = await prepare()
    const message = { messageId: randomUUID(), dataAddress: messages.address() }
    expect(await plane.signal(context, `/dataflows/${id}/started`, message)).toMatchObject({
      status: 400,
      body: { code: 'dps.data-address-forbidden' },
    })
  })

  test('DPS-26: takes nothing more after suspend, terminate and completed; resumed, by a new token only', async () => {
    for (const name of ['terminate', 'completed']) {
      const flow = await prepare()
      await plane.signal(context, `/dataflows/${flow.id}/started`, { messageId: randomUUID() })
      await signal(flow.id, name)
      expect(await refusalOf(await send(flow))).toEqual([403, 'data-plane.flow-not-started'])
    }
    const flow = await prepare()
    await plane.signal(context, `/dataflows/${flow.id}/started`, { messageId: randomUUID() })
    await signal(flow.id, 'suspend')
    expect(await refusalOf(await send(flow))).toEqual([403, 'data-plane.flow-not-started'])
    const resumed = await signal(flow.id, 'resume')
    expect(await refusalOf(await send(flow))).toEqual([401, 'data-plane.token-expired'])
    expect((await send({ id: flow.id, token: tokenOf(resumed) })).status).toBe(200)
    expect(ends.taken).toHaveLength(1)
  })

  test('DPS-26: breaks off what is being received when the flow is terminated', async () => {
    const flow = await prepare()
    const sending = httpRequest(`${plane.url('public')}/data/${flow.id}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${flow.token}` },
      agent: false,
    })
    const answered = new Promise((resolve) => sending.once('response', ({ statusCode }) => resolve(statusCode)))
    const closed = new Promise((resolve) => sending.once('close', resolve))
    sending.on('error', () => undefined)
    sending.write(Buffer.alloc(1024 * 1024))
    await until(() => ends.coming > 0, 'the delivery is under way')
    await signal(flow.id, 'terminate')
    await until(() => ends.taken.length === 1, 'the delivery ends')
    expect(ends.taken[0]?.whole).toBe(false)
    expect(await answered).toBe(403)
    await closed
  })

  test('never makes a whole of a part: a sender that breaks off breaks the delivery off', async () => {
    const flow = await prepare()
    const sending = httpRequest(`${plane.url('public')}/data/${flow.id}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${flow.token}`, 'content-length': '5000000' },
      agent: false,
    })
    sending.on('error', () => undefined)
    sending.write(Buffer.alloc(1024 * 1024))
    await until(() => ends.coming > 0, 'the delivery is under way')
    sending.destroy()
    await until(() => ends.taken.length === 1, 'the delivery ends')
    expect(ends.taken[0]?.whole).toBe(false)
  })

  test('tells its sender what the destination answered', async () => {
    const flow = await prepare()
    ends.statusOf = () => 403
    expect(await refusalOf(await send(flow))).toEqual([502, 'data-plane.destination-refused'])
    ends.statusOf = () => 503
    expect(await refusalOf(await send(flow))).toEqual([502, 'data-plane.destination-unavailable'])
  })

  test('refuses who has no token, a forged one or that of another flow, and reads nothing of the body', async () => {
    const [flow, other] = [await prepare(), await prepare()]
    for (const token of ['', 'nonsense', other.token, `${flow.token.slice(0, -2)}xx`]) {
      expect(await refusalOf(await send({ id: flow.id, token }, file))).toEqual([401, 'data-plane.token-invalid'])
    }
    expect(ends.taken).toHaveLength(0)
  })

  test('gives nothing: its endpoint takes data only', async () => {
    const flow = await prepare()
    const response = await fetch(`${plane.url('public')}/data/${flow.id}`, {
      headers: { authorization: `Bearer ${flow.token}` },
    })
    expect(response.status).toBe(405)
  })

  test.each(['https://169.254.169.254/latest', 'https://10.1.2.3/store', 'http://localhost:1/x'])(
    'never delivers to an address inside: %s',
    async (baseUrl) => {
      const flow = await prepare({ metadata: { dataDestination: { type: 'HttpData', baseUrl } } })
      expect(await refusalOf(await send(flow))).toEqual([502, 'data-plane.destination-refused'])
    },
  )

  test('DPS-01: is not prepared without a destination, nor with a file as one', async () => {
    for (const dataDestination of [undefined, { type: 'HttpData', baseUrl: 'file:///etc/cron.d/x' }]) {
      const message = messages.prepare({ profile: httpPushProfile, metadata: { dataDestination } })
      expect(await plane.signal(context, '/dataflows/prepare', message)).toMatchObject({
        status: 400,
        body: { code: 'data-plane.destination-invalid' },
      })
    }
  })
})
