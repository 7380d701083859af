import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeToken, serve, type TestServer } from '../testing/fake-surroundings.ts'
import { messages, type RunningDataPlane, runDataPlane, tokenOf } from '../testing/run-data-plane.ts'

let source: TestServer
let plane: RunningDataPlane
beforeAll(async () => {
  source = await serve((_request, response) => void response.end('data'))
  plane = await runDataPlane({ sources: [source] })
})
afterAll(async () => {
  await plane.stop()
  await source.close()
})

const path = (name: string): string => `/api/data-plane/v1/participants/${name}`

test('DPS-13: enabling registers at the control plane with our own workload token; repeated, it registers again', async () => {
  const name = await plane.participant()
  const repeated = await plane.admin('PUT', path(name))
  expect(repeated).toMatchObject({ status: 200, body: { participantContextId: name, dataplaneId: 'data-plane' } })
  const calls = plane.controlPlane.registered.filter((call) => call.path.includes(name))
  expect(calls).toHaveLength(2)
  expect(calls[0]).toEqual({
    method: 'PUT',
    path: `/api/signaling/participants/${name}/dataplanes`,
    authorization: 'Bearer of-the-data-plane',
    body: {
      dataplaneId: 'data-plane',
      endpoint: `http://localhost:7102/data-plane/${name}`,
      profiles: [
        'HttpData-PULL',
        'HttpData-PUSH',
        'https://w3id.org/dspace-sig/profile/http-pull',
        'https://w3id.org/dspace-sig/profile/http-push',
      ],
    },
  })
  expect(calls[1]).toEqual(calls[0])
})

test('a token made before enabling was repeated is good after it', async () => {
  const name = await plane.participant()
  const answer = await plane.signal(name, '/dataflows/start', messages.start(source.url))
  await plane.admin('PUT', path(name))
  const response = await fetch(`${plane.url('public')}/data/${answer.body.dataFlowId}`, {
    headers: { authorization: `Bearer ${tokenOf(answer)}` },
  })
  expect(response.status).toBe(200)
})

test('when the control plane refuses, the answer says so and a repeated call cures it', async () => {
  const name = randomUUID()
  await plane.vault.openPartition({ clientId: `${name}-vault`, participantContextId: name as never })
  plane.controlPlane.status = 503
  expect(await plane.admin('PUT', path(name))).toMatchObject({
    status: 502,
    body: { code: 'data-plane.registration-failed' },
  })
  plane.controlPlane.status = 200
  expect((await plane.admin('PUT', path(name))).status).toBe(200)
})

test('without a vault partition nothing is enabled', async () => {
  const answer = await plane.admin('PUT', path('unprovisioned'))
  expect(answer).toMatchObject({ status: 409, body: { code: 'secrets.partition-closed' } })
})

test('disabling removes registration, flows and tokens, and may be repeated', async () => {
  const name = await plane.participant()
  const answer = await plane.signal(name, '/dataflows/start', messages.start(source.url))
  plane.controlPlane.registered.length = 0
  expect((await plane.admin('DELETE', path(name))).status).toBe(204)
  expect((await plane.admin('DELETE', path(name))).status).toBe(204)
  expect(plane.controlPlane.registered).toMatchObject([
    { method: 'DELETE', path: `/api/signaling/participants/${name}/dataplanes/data-plane` },
  ])
  const response = await fetch(`${plane.url('public')}/data/${answer.body.dataFlowId}`, {
    headers: { authorization: `Bearer ${tokenOf(answer)}` },
  })
  expect(response.status).toBe(401)
  expect((await plane.signal(name, '/dataflows/start', messages.start(source.url))).status).toBe(404)
})

test('only the operator and the agent may enable', async () => {
  const statuses = []
  for (const token of [
    '',
    fakeToken('participant', 'x', 'data-plane-api:participants:write'),
    fakeToken('workload', 'x', 'data-plane-api:participants:read'),
    fakeToken('provisioner', 'x', 'management-api:write'),
  ]) {
    statuses.push((await plane.admin('PUT', path('x'), token)).status)
  }
  expect(statuses).toEqual([401, 403, 403, 403])
})
