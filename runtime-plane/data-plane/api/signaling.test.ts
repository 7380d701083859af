import { randomUUID } from 'node:crypto'
import { participantContextId } from '@weft/foundation/access'
import { expectTenantIsolation, overEachEngine } from '@weft/foundation/database-testing'
import { createProcesses } from '@weft/foundation/processes'
import { createLogger } from '@weft/foundation/telemetry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrations, schema } from '../store/migrations.ts'
import { noteToken } from '../store/used-tokens.ts'
import { fakeToken, serve, type TestServer } from '../testing/fake-surroundings.ts'
import { type Answer, messages, type RunningDataPlane, runDataPlane, tokenOf } from '../testing/run-data-plane.ts'

overEachEngine('signaling', (engine) => {
  let source: TestServer
  let plane: RunningDataPlane
  let provider: string
  beforeAll(async () => {
    source = await serve((_request, response) => void response.end('data'))
    plane = await runDataPlane({ engine, sources: [source] })
    provider = await plane.participant()
  })
  afterAll(async () => {
    await plane.stop()
    await source.close()
  })

  const started = async (more: Readonly<Record<string, unknown>> = {}): Promise<{ id: string; answer: Answer }> => {
    const answer = await plane.signal(provider, '/dataflows/start', messages.start(source.url, more))
    expect(answer.status).toBe(200)
    return { id: answer.body.dataFlowId, answer }
  }
  const stateOf = async (id: string): Promise<string> =>
    (await plane.signal(provider, `/dataflows/${id}/status`)).body.state
  const fetchData = (id: string, token: string) =>
    fetch(`${plane.url('public')}/data/${id}`, { headers: { authorization: `Bearer ${token}` } })

  test('DPS-02, DPS-27: start answers STARTED with an address under the public URL and a flow named like the process', async () => {
    const message = messages.start(source.url)
    const { status, body } = await plane.signal(provider, '/dataflows/start', message)
    expect(status).toBe(200)
    expect(body).toMatchObject({ dataFlowId: message.processId, state: 'STARTED' })
    expect(body.messageId).toEqual(expect.any(String))
    expect(body.dataAddress).toMatchObject({
      '@type': 'DataAddress',
      endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
      endpoint: `http://localhost:7100/data/${message.processId}`,
    })
    const properties = Object.fromEntries(
      body.dataAddress.endpointProperties.map((property: { name: string; value: string }) => [
        property.name,
        property.value,
      ]),
    )
    expect(properties).toMatchObject({ authType: 'bearer', expiresIn: '600' })
    expect(properties.authorization).toMatch(/^w2\./)
  })

  test('DPS-09: the status names the flow and its state, and nothing else', async () => {
    const { id } = await started()
    const status = await plane.signal(provider, `/dataflows/${id}/status`)
    expect([status.status, status.body]).toEqual([200, { dataFlowId: id, state: 'STARTED' }])
  })

  test('a repeated message gets its first answer, token included, and changes nothing', async () => {
    const message = messages.start(source.url)
    const first = await plane.signal(provider, '/dataflows/start', message)
    plane.advance(1)
    const second = await plane.signal(provider, '/dataflows/start', message)
    expect(second).toMatchObject({ status: 200, body: first.body })

    const suspend = { messageId: randomUUID() }
    const path = `/dataflows/${message.processId}`
    const suspended = await plane.signal(provider, `${path}/suspend`, suspend)
    await plane.signal(provider, `${path}/resume`, { messageId: randomUUID() })
    expect(await plane.signal(provider, `${path}/suspend`, suspend)).toMatchObject({
      status: 200,
      body: suspended.body,
    })
    expect(await stateOf(message.processId)).toBe('STARTED')
  })

  test('the same message sent many times at once makes one flow and one answer', async () => {
    const message = messages.start(source.url)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => plane.signal(provider, '/dataflows/start', message)),
    )
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
  })

  test('a message id that was used for another signal or flow is refused', async () => {
    const { id } = await started()
    const messageId = randomUUID()
    await plane.signal(provider, `/dataflows/${id}/suspend`, { messageId })
    const resumed = await plane.signal(provider, `/dataflows/${id}/resume`, { messageId })
    expect(resumed).toMatchObject({ status: 409, body: { code: 'data-plane.message-reused' } })
    expect(await stateOf(id)).toBe('SUSPENDED')
  })

  test('DPS-03: start for a process that has a flow is refused', async () => {
    const { id } = await started()
    const again = await plane.signal(provider, '/dataflows/start', messages.start(source.url, { processId: id }))
    expect(again).toMatchObject({ status: 409, body: { code: 'dps.flow-exists' } })
  })

  test('DPS-04: start of a pull with a data address is refused', async () => {
    const message = messages.start(source.url, { dataAddress: messages.address() })
    const answer = await plane.signal(provider, '/dataflows/start', message)
    expect(answer).toMatchObject({ status: 400, body: { code: 'dps.data-address-forbidden' } })
  })

  test.each(['AmazonS3-PUSH', 'nothing'])('the profile %s is refused, for provider and consumer', async (profile) => {
    const start = await plane.signal(provider, '/dataflows/start', messages.start(source.url, { profile }))
    expect(start).toMatchObject({ status: 400, body: { code: 'dps.unsupported-profile' } })
    const prepare = await plane.signal(provider, '/dataflows/prepare', messages.prepare({ profile }))
    expect(prepare).toMatchObject({ status: 400, body: { code: 'dps.unsupported-profile' } })
  })

  test('DPS-01, DPS-05: a consumer prepares without an address and is started with one', async () => {
    const message = messages.prepare()
    const prepared = await plane.signal(provider, '/dataflows/prepare', message)
    expect(prepared).toMatchObject({ status: 200, body: { state: 'PREPARED', dataFlowId: message.processId } })
    expect(prepared.body).not.toHaveProperty('dataAddress')
    const path = `/dataflows/${message.processId}/started`
    const missing = await plane.signal(provider, path, { messageId: randomUUID() })
    expect(missing).toMatchObject({ status: 400, body: { code: 'dps.data-address-missing' } })
    const answer = await plane.signal(provider, path, { messageId: randomUUID(), dataAddress: messages.address() })
    expect(answer).toMatchObject({ status: 200, body: { state: 'STARTED' } })
    expect(answer.body).not.toHaveProperty('dataAddress')
  })

  test('DPS-20: a consumer refuses an address without https or with an authorization of no type', async () => {
    const message = messages.prepare()
    await plane.signal(provider, '/dataflows/prepare', message)
    for (const change of [
      { endpoint: 'http://provider.example/data' },
      { endpoint: 'file:///etc/passwd' },
      { endpointProperties: [{ name: 'authorization', value: 'token' }] },
    ]) {
      const answer = await plane.signal(provider, `/dataflows/${message.processId}/started`, {
        messageId: randomUUID(),
        dataAddress: messages.address(change),
      })
      expect(answer).toMatchObject({ status: 400, body: { code: 'dps.invalid-data-address' } })
    }
    expect(await stateOf(message.processId)).toBe('PREPARED')
  })

  test('DPS-06: suspend, resume, completed and terminate are done when they are answered', async () => {
    const { id } = await started()
    const path = `/dataflows/${id}`
    expect((await plane.signal(provider, `${path}/suspend`, { messageId: randomUUID() })).status).toBe(200)
    expect(await stateOf(id)).toBe('SUSPENDED')
    const resumed = await plane.signal(provider, `${path}/resume`, { messageId: randomUUID() })
    expect(resumed).toMatchObject({ status: 200, body: { state: 'STARTED' } })
    expect(await stateOf(id)).toBe('STARTED')
    expect((await plane.signal(provider, `${path}/completed`, {})).status).toBe(200)
    expect(await stateOf(id)).toBe('COMPLETED')
  })

  test('completed takes an empty body too, and repeated it changes nothing, as the signal has no message id', async () => {
    const { id } = await started()
    expect((await plane.signal(provider, `/dataflows/${id}/completed`)).status).toBe(200)
    expect((await plane.signal(provider, `/dataflows/${id}/completed`, {})).status).toBe(200)
  })

  test('DPS-07: terminal states are final, and a signal in a wrong state is refused without a change', async () => {
    const { id } = await started()
    const path = `/dataflows/${id}`
    expect((await plane.signal(provider, `${path}/resume`, { messageId: randomUUID() })).status).toBe(400)
    await plane.signal(provider, `${path}/terminate`, { messageId: randomUUID(), reason: 'done' })
    for (const signal of ['suspend', 'resume', 'terminate', 'completed']) {
      const answer = await plane.signal(provider, `${path}/${signal}`, { messageId: randomUUID() })
      expect(answer).toMatchObject({ status: 400, body: { code: 'dps.invalid-transition' } })
    }
    expect(await stateOf(id)).toBe('TERMINATED')
  })

  test('terminate works from every state that is not terminal', async () => {
    const prepared = messages.prepare()
    await plane.signal(provider, '/dataflows/prepare', prepared)
    const { id: running } = await started()
    const { id: suspended } = await started()
    await plane.signal(provider, `/dataflows/${suspended}/suspend`, { messageId: randomUUID() })
    for (const id of [prepared.processId, running, suspended]) {
      expect((await plane.signal(provider, `/dataflows/${id}/terminate`, { messageId: randomUUID() })).status).toBe(200)
      expect(await stateOf(id)).toBe('TERMINATED')
    }
  })

  test('DPS-08: flows that are unknown, of another context, or of another control plane are answered alike', async () => {
    const { id } = await started()
    const other = await plane.participant()
    const stranger = fakeToken('workload', 'another-control-plane', 'signaling:dataflow:write')
    const answers = [
      await plane.signal(provider, `/dataflows/${randomUUID()}/status`),
      await plane.signal(other, `/dataflows/${id}/status`),
      await plane.signal(provider, `/dataflows/${id}/status`, undefined, stranger),
      await plane.signal(provider, `/dataflows/${randomUUID()}/terminate`, { messageId: randomUUID() }),
      await plane.signal(other, `/dataflows/${id}/terminate`, { messageId: randomUUID() }),
      await plane.signal(provider, `/dataflows/${id}/terminate`, { messageId: randomUUID() }, stranger),
    ]
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { code: 'dps.unknown-flow' } })
    expect(await stateOf(id)).toBe('STARTED')
  })

  test('DPS-26: tokens die with suspend, terminate and completed, and a resumed flow has a new one', async () => {
    const { id, answer } = await started()
    const first = tokenOf(answer)
    expect((await fetchData(id, first)).status).toBe(200)
    await plane.signal(provider, `/dataflows/${id}/suspend`, { messageId: randomUUID() })
    const refused = await fetchData(id, first)
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'data-plane.flow-not-started' }])
    const second = tokenOf(await plane.signal(provider, `/dataflows/${id}/resume`, { messageId: randomUUID() }))
    expect(second).not.toBe(first)
    const replaced = await fetchData(id, first)
    expect([replaced.status, await replaced.json()]).toMatchObject([401, { code: 'data-plane.token-expired' }])
    expect((await fetchData(id, second)).status).toBe(200)
    await plane.signal(provider, `/dataflows/${id}/terminate`, { messageId: randomUUID() })
    expect((await fetchData(id, second)).status).toBe(403)
  })

  test('messages that are not well-formed or lack a member are refused with its name', async () => {
    const malformed = await plane.signal(provider, '/dataflows/start', '{"messageId":')
    expect(malformed).toMatchObject({ status: 400, body: { code: 'request.malformed' } })
    const { agreementId: _, ...incomplete } = messages.start(source.url)
    const answer = await plane.signal(provider, '/dataflows/start', incomplete)
    expect(answer).toMatchObject({ status: 400, body: { code: 'dps.malformed-message', field: '/agreementId' } })
  })

  test.each(['file:///etc/passwd', 'ftp://files.example/x', 'data:text/plain,x'])(
    'the source %s is refused with the name of its member',
    async (baseUrl) => {
      const answer = await plane.signal(provider, '/dataflows/start', messages.start(baseUrl))
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'data-plane.source-invalid', field: '/metadata/dataAddress/baseUrl' },
      })
    },
  )

  test('only a workload with the scope of signaling may signal', async () => {
    const message = messages.start(source.url)
    const statuses = []
    for (const token of [
      '',
      'Bearer nonsense',
      fakeToken('workload', 'x', 'signaling:dataflow:read'),
      fakeToken('admin', 'x'),
      fakeToken('participant', 'x', 'signaling:dataflow:write'),
    ]) {
      statuses.push((await plane.signal(provider, '/dataflows/start', message, token)).status)
    }
    expect(statuses).toEqual([401, 401, 403, 403, 403])
  })

  test('a context that is not enabled has no flows', async () => {
    const answer = await plane.signal('stranger', '/dataflows/start', messages.start(source.url))
    expect(answer).toMatchObject({ status: 404, body: { code: 'data-plane.participant-unknown' } })
  })

  test('headers for the source are in the vault only, and go when the message is refused', async () => {
    const secret = `Bearer ${randomUUID()}`
    const dataAddress = { type: 'HttpData', baseUrl: source.url, 'header:Authorization': secret }
    const { id } = await started({ metadata: { dataAddress } })
    const again = await plane.signal(
      provider,
      '/dataflows/start',
      messages.start('', { processId: id, metadata: { dataAddress } }),
    )
    expect(again.status).toBe(409)
    const database = await plane.database.forService(schema, migrations)
    const rows = await database.tenant(participantContextId(provider), (tx) =>
      tx.rows(
        `select * from ${schema}.data_flow f left join ${schema}.answered_message m on m.flow_id = f.id where f.id = $1`,
        [id],
      ),
    )
    expect(rows).not.toHaveLength(0)
    expect(JSON.stringify(rows)).not.toContain(secret.slice(7))
    expect(plane.log.join('')).not.toContain(secret.slice(7))
  })

  test('every table keeps unfiltered statements inside one participant context', async () => {
    const other = await plane.participant()
    const database = await plane.database.forService(schema, migrations)
    const logger = createLogger({ component: 'test', level: 'silent' })
    const processes = createProcesses({ database, exclusive: false, logger })
    for (const context of [provider, other]) {
      const message = messages.start(source.url)
      await plane.signal(context, '/dataflows/start', message)
      await plane.register(context, { controlplaneId: 'another', endpoint: 'https://cp.example' })
      await database.tenant(participantContextId(context), (tx) =>
        noteToken(tx, { issuer: 'i', jti: 'j', digest: 'd', expiresAt: new Date(Date.now() + 60_000) }, new Date()),
      )
      await plane.signal(context, `/dataflows/${message.processId}/terminate`, { messageId: randomUUID() })
      const contextId = participantContextId(context)
      await database.tenant(contextId, (tx) =>
        processes.record(tx, {
          participantContextId: contextId,
          processType: 'data-flow',
          processId: message.processId,
          from: 'TERMINATED',
          to: 'TERMINATED',
          events: [{ subject: 'isolation.test', body: {} }],
        }),
      )
    }
    const tables = await expectTenantIsolation(database, [participantContextId(provider), participantContextId(other)])
    expect(tables).toEqual(
      expect.arrayContaining(['answered_message', 'control_plane', 'data_flow', 'participant', 'used_token']),
    )
  })
})
