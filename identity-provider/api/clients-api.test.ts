import { openApiDocument } from '@weft/foundation/http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { participantClient, startTestProvider, type TestProvider } from '../testing/test-provider.ts'

let provider: TestProvider
beforeAll(async () => {
  provider = await startTestProvider()
})
afterAll(() => provider.close())

describe('the clients API', () => {
  test('makes a client once: the same again changes nothing, another content is a conflict', async () => {
    const first = await provider.call('access-agent', 'PUT', '/clients/pc2-api', participantClient('pc2'))
    expect(first).toMatchObject({
      status: 201,
      body: {
        clientId: 'pc2-api',
        ...participantClient('pc2'),
        scopes: ['identity-api:read', 'management-api:write'],
        hasSecret: false,
      },
    })
    const reordered = {
      ...participantClient('pc2'),
      scopes: ['identity-api:read', 'management-api:write', 'identity-api:read'],
    }
    expect(await provider.call('access-agent', 'PUT', '/clients/pc2-api', reordered)).toMatchObject({
      status: 200,
      body: first.body,
    })
    for (const other of [{ ...participantClient('pc2'), scopes: [] }, participantClient('pc3')]) {
      expect(await provider.call('access-agent', 'PUT', '/clients/pc2-api', other)).toMatchObject({
        status: 409,
        body: { code: 'identity-provider.client-exists' },
      })
    }
    expect((await provider.call('access-agent', 'GET', '/clients/pc2-api')).body).toEqual(first.body)
  })

  test('makes one client when many ask at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        provider.call('access-agent', 'PUT', '/clients/race-api', participantClient('race')),
      ),
    )
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 200, 201])
  })

  test('shows a secret once; a new one replaces it at once', async () => {
    const { clientId, clientSecret } = await provider.participant('pc4')
    expect(clientSecret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const seen = await provider.call('root', 'GET', `/clients/${clientId}`)
    expect(seen.body).toMatchObject({ hasSecret: true })
    expect(JSON.stringify(seen.body)).not.toContain(clientSecret)
    const again = await provider.call('root', 'POST', `/clients/${clientId}/secret`)
    expect((await provider.tokenFor(clientId, clientSecret)).status).toBe(401)
    expect((await provider.tokenFor(clientId, String(again.body.clientSecret))).status).toBe(200)
  })

  test('deletes a client, which then gets no token', async () => {
    const { clientId, clientSecret } = await provider.participant('pc5')
    expect((await provider.call('access-agent', 'DELETE', `/clients/${clientId}`)).status).toBe(204)
    expect((await provider.tokenFor(clientId, clientSecret)).status).toBe(401)
    for (const method of ['GET', 'DELETE']) {
      expect(await provider.call('access-agent', method, `/clients/${clientId}`)).toMatchObject({
        status: 404,
        body: { code: 'identity-provider.client-unknown' },
      })
    }
  })

  test('refuses a client id that is a participant context id, in either order', async () => {
    expect(await provider.call('root', 'PUT', '/clients/pc6', participantClient('pc6'))).toMatchObject({
      status: 400,
      body: { code: 'identity-provider.client-id-is-context', field: 'clientId' },
    })
    expect((await provider.call('root', 'PUT', '/clients/pc7-api', participantClient('pc7'))).status).toBe(201)
    expect((await provider.call('root', 'PUT', '/clients/pc7', participantClient('pc8'))).status).toBe(400)
    expect((await provider.call('root', 'PUT', '/clients/pc8-api', participantClient('pc7-api'))).status).toBe(400)
  })

  test('names the field that is wrong', async () => {
    for (const [path, body, field] of [
      ['/clients/a%20b', participantClient('pc9'), 'clientId'],
      ['/clients/x', { ...participantClient('pc9'), role: 'root' }, 'role'],
      ['/clients/x', { ...participantClient('pc9'), scopes: ['everything'] }, 'scopes'],
      ['/clients/x', { role: 'participant', scopes: [] }, 'participantContextId'],
      ['/clients/x', { role: 'participant', participantContextId: '../x', scopes: [] }, 'participantContextId'],
      ['/clients/x', { role: 'workload', participantContextId: 'pc9', scopes: [] }, 'participantContextId'],
      ['/clients/x', { ...participantClient('pc9'), clientSecret: 'mine' }, 'clientSecret'],
      ['/clients/x', { role: 'participant', participantContextId: 'pc9' }, 'scopes'],
    ] as const) {
      expect(await provider.call('root', 'PUT', path, body), JSON.stringify(body)).toMatchObject({
        status: 400,
        body: { field },
      })
    }
  })

  test('lists in pages that lead through all', async () => {
    for (const n of [1, 2, 3])
      await provider.call('root', 'PUT', `/clients/page${n}-api`, participantClient(`page${n}`))
    const ids: unknown[] = []
    let path: string | undefined = '/clients?limit=2'
    while (path !== undefined) {
      const page = await provider.call('root', 'GET', path)
      ids.push(...(page.body as unknown as { clientId: string }[]).map((client) => client.clientId))
      path = /<\/clients\/v1([^>]+)>; rel="next"/.exec(page.link ?? '')?.[1]
    }
    expect(ids).toEqual(ids.toSorted())
    expect(ids).toEqual(expect.arrayContaining(['root', 'access-agent', 'page1-api', 'page3-api']))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('lets our own services manage participants’ clients only: nobody makes itself an administrator', async () => {
    expect((await provider.call('access-agent', 'PUT', '/clients/evil', { role: 'admin', scopes: [] })).status).toBe(
      403,
    )
    expect(
      (
        await provider.call('access-agent', 'PUT', '/clients/evil', {
          role: 'workload',
          scopes: ['management-api:admin'],
        })
      ).status,
    ).toBe(403)
    for (const [method, path] of [
      ['GET', '/clients/root'],
      ['DELETE', '/clients/root'],
      ['POST', '/clients/other-agent/secret'],
    ] as const) {
      expect((await provider.call('access-agent', method, path)).status, path).toBe(404)
    }
    const listed = (await provider.call('access-agent', 'GET', '/clients')).body as unknown as { role: string }[]
    expect(new Set(listed.map((client) => client.role))).toEqual(new Set(['participant']))
    expect((await provider.call('root', 'PUT', '/clients/second-admin', { role: 'admin', scopes: [] })).status).toBe(
      201,
    )
  })

  test('leaves clients of the settings to the settings', async () => {
    for (const [method, path] of [
      ['DELETE', '/clients/other-agent'],
      ['POST', '/clients/other-agent/secret'],
    ] as const) {
      expect(await provider.call('root', method, path)).toMatchObject({
        status: 409,
        body: { code: 'identity-provider.client-of-settings' },
      })
    }
  })

  test('needs a token with the scope', async () => {
    expect((await provider.call(undefined, 'GET', '/clients')).status).toBe(401)
    expect((await provider.call('other-agent', 'GET', '/clients')).status).toBe(403)
    const { clientId, clientSecret } = await provider.participant('pc10')
    const { body } = await provider.tokenFor(clientId, clientSecret)
    const response = await fetch(`${provider.now().listeners.url('admin')}/clients/v1/clients/${clientId}`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    })
    expect(response.status).toBe(403)
  })

  test('is described in an OpenAPI document', async () => {
    const document = (await openApiDocument(provider.now().listeners, 'identity-provider')) as {
      paths: Record<string, Record<string, unknown>>
    }
    expect(Object.entries(document.paths).map(([path, methods]) => [path, Object.keys(methods).sort()])).toEqual([
      ['/clients/{clientId}', ['delete', 'get', 'put']],
      ['/clients', ['get']],
      ['/clients/{clientId}/secret', ['post']],
    ])
  })
})
