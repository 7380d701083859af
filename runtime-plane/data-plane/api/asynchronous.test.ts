import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Transport } from '../index.ts'
import { serve, type TestServer } from '../testing/fake-surroundings.ts'
import { messages, propertiesOf, type RunningDataPlane, runDataPlane, until } from '../testing/run-data-plane.ts'

let source: TestServer
let plane: RunningDataPlane
let context: string
/** Ends the wait of flows for this data set; absent ones wait. */
const ready = new Map<string, () => void>()
const faults = new Map<string, Error>()

/** HTTP whose data sets named `slow-…` need time to get ready: a transport made of the built-in one. */
const slowly = (http: Transport): readonly Transport[] => [
  {
    ...http,
    takesTime: (flow) => flow.datasetId.startsWith('slow-'),
    getReady: (flow) =>
      new Promise((resolve, reject) => {
        const fault = faults.get(flow.datasetId)
        if (fault) reject(fault)
        else ready.set(flow.datasetId, resolve)
      }),
  },
]

beforeAll(async () => {
  source = await serve((_request, response) => void response.end('data'))
  plane = await runDataPlane({ sources: [source], transports: slowly })
  context = await plane.participant()
})
afterAll(async () => {
  for (const done of ready.values()) done()
  await plane.stop()
  await source.close()
})

const stateOf = async (id: string): Promise<string> =>
  (await plane.signal(context, `/dataflows/${id}/status`)).body.state
const getReady = async (datasetId: string): Promise<void> => {
  await until(() => ready.has(datasetId), 'the transport is asked to get ready')
  ready.get(datasetId)?.()
}
const reported = async (id: string, report: string) => {
  await until(() => plane.controlPlane.reportsOf(id).some((one) => one.report === report), `${report} is reported`)
  return plane.controlPlane.reportsOf(id).find((one) => one.report === report)?.body
}

test('DPS-01, DPS-10: a prepare that needs time is answered 202 with the place of its status, and reported when done', async () => {
  const message = messages.prepare({ datasetId: 'slow-1' })
  const { status, headers, body } = await plane.signal(context, '/dataflows/prepare', message)
  expect([status, body]).toMatchObject([202, { state: 'PREPARING', dataFlowId: message.processId }])
  expect(body).not.toHaveProperty('dataAddress')
  expect(headers.get('location')).toBe(
    `http://localhost:7102/data-plane/${context}/dataflows/${message.processId}/status`,
  )
  expect(await stateOf(message.processId)).toBe('PREPARING')
  // DPS-07: not started before it is prepared.
  const early = { messageId: randomUUID(), dataAddress: messages.address() }
  expect((await plane.signal(context, `/dataflows/${message.processId}/started`, early)).status).toBe(400)
  await getReady('slow-1')
  const report = await reported(message.processId, 'prepared')
  expect(report).toEqual({
    messageId: expect.any(String),
    dataFlowId: message.processId,
    state: 'PREPARED',
  })
  expect(await stateOf(message.processId)).toBe('PREPARED')
  expect((await plane.signal(context, `/dataflows/${message.processId}/started`, early)).status).toBe(200)
})

test('DPS-10: a prepared push is reported with the address that the provider may send to', async () => {
  const message = messages.prepare({
    datasetId: 'slow-2',
    profile: 'HttpData-PUSH',
    metadata: { dataDestination: { type: 'HttpData', baseUrl: source.url } },
  })
  expect((await plane.signal(context, '/dataflows/prepare', message)).body).not.toHaveProperty('dataAddress')
  await getReady('slow-2')
  const { state, dataAddress } = await reported(message.processId, 'prepared')
  expect([state, dataAddress.endpoint]).toEqual(['PREPARED', `http://localhost:7100/data/${message.processId}`])
  expect(propertiesOf(dataAddress)).toMatchObject({ authType: 'bearer', authorization: expect.stringMatching(/^w2/) })
})

test('DPS-02, DPS-10: a start that needs time is answered 202, and reported with an address that is good', async () => {
  const message = messages.start(source.url, { datasetId: 'slow-3' })
  const first = await plane.signal(context, '/dataflows/start', message)
  expect([first.status, first.body.state]).toEqual([202, 'STARTING'])
  expect(first.headers.get('location')).toMatch(new RegExp(`/dataflows/${message.processId}/status$`))
  // A repeated message gets its first answer, before and after (4.9).
  expect(await plane.signal(context, '/dataflows/start', message)).toMatchObject({ status: 202, body: first.body })
  await getReady('slow-3')
  const { dataAddress } = await reported(message.processId, 'started')
  expect(await stateOf(message.processId)).toBe('STARTED')
  const response = await fetch(`${plane.url('public')}/data/${message.processId}`, {
    headers: { authorization: `Bearer ${propertiesOf(dataAddress).authorization}` },
  })
  expect([response.status, await response.text()]).toEqual([200, 'data'])
  expect(await plane.signal(context, '/dataflows/start', message)).toMatchObject({ status: 202, body: first.body })
})

test('DPS-07: terminated while it gets ready, it stays terminated and nothing is reported', async () => {
  const message = messages.start(source.url, { datasetId: 'slow-4' })
  await plane.signal(context, '/dataflows/start', message)
  await until(() => ready.has('slow-4'), 'the transport is asked to get ready')
  const path = `/dataflows/${message.processId}/terminate`
  expect((await plane.signal(context, path, { messageId: randomUUID() })).status).toBe(200)
  const marker = messages.start(source.url, { datasetId: 'slow-5' })
  await plane.signal(context, '/dataflows/start', marker)
  await getReady('slow-4')
  await getReady('slow-5')
  await reported(marker.processId, 'started')
  expect(plane.controlPlane.reportsOf(message.processId)).toEqual([])
  expect(await stateOf(message.processId)).toBe('TERMINATED')
})

test('DPS-12: one that never gets ready is reported as errored, and its state stays', async () => {
  const { WeftError, requestErrors } = await import('@weft/foundation/errors')
  faults.set('slow-6', new WeftError(requestErrors.unsupported, { message: 'The bucket cannot be made.' }))
  const message = messages.start(source.url, { datasetId: 'slow-6' })
  await plane.signal(context, '/dataflows/start', message)
  const report = await reported(message.processId, 'errored')
  expect(report).toMatchObject({ state: 'STARTING', error: expect.stringContaining('The bucket cannot be made.') })
  expect(await stateOf(message.processId)).toBe('STARTING')
})

test.each([
  ['does not know the transfer yet', 404, 'slow-7'],
  ['is not as far with it', 400, 'slow-8'],
])('DPS-10: a control plane that %s is told again shortly, with the same message', async (_what, status, datasetId) => {
  plane.controlPlane.status = status
  const message = messages.prepare({ datasetId })
  await plane.signal(context, '/dataflows/prepare', message)
  await getReady(datasetId)
  await until(() => plane.controlPlane.reportsOf(message.processId).length >= 2, 'it is told twice')
  plane.controlPlane.status = 200
  const before = plane.controlPlane.reportsOf(message.processId).length
  await until(() => plane.controlPlane.reportsOf(message.processId).length > before, 'it is told again')
  const ids = plane.controlPlane.reportsOf(message.processId).map(({ body }) => body.messageId)
  expect(new Set(ids).size).toBe(1)
})
