import { connect } from 'node:net'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Principal, participantContextId, type Role, type TokenVerifier } from '../access/index.ts'
import { requestErrors, WeftError } from '../errors/index.ts'
import { correlationId, createLogger } from '../telemetry/index.ts'
import {
  type ApiDefinition,
  acceptForms,
  createListeners,
  openApiDocument,
  pageOf,
  pageQuery,
  principalOf,
  type RunningListeners,
  registerApi,
  routesOf,
} from './index.ts'

const logger = createLogger({ component: 'test', level: 'silent' })
const base = { deployment: 'test', host: '127.0.0.1', logger }

/** A token for the fake verifier: `role/context/scope`. */
const tokenOf = (text: string): string => `Bearer ${Buffer.from(text).toString('base64url')}`

const verifier: TokenVerifier = {
  verify: async (token): Promise<Principal> => {
    const [role, context, scopes = ''] = Buffer.from(token, 'base64url').toString().split('/')
    if (!role || !context) throw new WeftError(requestErrors.unauthenticated, { message: 'The token is not valid.' })
    const own = role === 'participant' ? participantContextId(context) : null
    return {
      subject: context,
      clientId: context,
      role: role as Role,
      participantContextId: own,
      scopes: scopes.split('~'),
    }
  },
}

const context = Type.Object({ participantContextId: Type.String() })
const thing = Type.Object({
  name: Type.String({ minLength: 1 }),
  size: Type.Integer(),
  address: Type.Optional(Type.Object({ city: Type.String() })),
  mode: Type.Optional(Type.String({ default: 'plain' })),
})
const handled: string[] = []

const things: ApiDefinition = {
  name: 'things',
  title: 'Things',
  version: '1.0.0',
  prefix: '/api/things',
  bodyLimit: 2000,
  routes: (app) => {
    const participants = ['admin', 'participant'] as const
    const read = {
      kind: 'token',
      scope: 'things-api:read',
      roles: participants,
      owner: 'participantContextId',
    } as const
    const write = { ...read, scope: 'things-api:write' } as const
    const params = context
    const path = '/participants/:participantContextId/things'
    app.post(path, { config: { access: write }, schema: { params, body: thing } }, async (request, reply) => {
      handled.push(request.body.name)
      return reply.code(201).send({ ...request.body, by: principalOf(request).subject, correlation: correlationId() })
    })
    app.get(path, { config: { access: read }, schema: { params, querystring: pageQuery } }, async (request) =>
      pageOf(request.query),
    )
    app.delete(`${path}/:id`, { config: { access: write }, schema: { description: 'Removes it.' } }, async () => {
      throw new Error('secret text of a fault')
    })
  },
}

const plain: ApiDefinition = {
  name: 'plain',
  title: 'Plain',
  version: '1.0.0',
  prefix: '/plain',
  documented: false,
  renderError: (error) => ({ contentType: 'text/plain', body: `Oops: ${error.code}` }),
  routes: (app) => {
    acceptForms(app)
    app.post('/form', { config: { access: { kind: 'protocol', protocol: 'oauth' } } }, async (request) => request.body)
    app.post(
      '/operators',
      { config: { access: { kind: 'token', scope: 'plain:write', roles: ['admin'] } } },
      async () => 'done',
    )
  },
}

let listeners: RunningListeners
let admin: string
beforeAll(async () => {
  listeners = createListeners({ ...base, ports: { admin: 0, observability: 0 }, verifier })
  registerApi(listeners.app('admin'), things)
  registerApi(listeners.app('admin'), plain)
  await listeners.open()
  admin = listeners.url('admin')
})
afterAll(() => listeners.close())

const own = tokenOf('participant/pc1/things-api:write')
const path = '/api/things/participants/pc1/things'
const good = JSON.stringify({ name: 'a', size: 1 })

async function post(at: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${admin}${at}`, {
    method: 'POST',
    body,
    headers: { authorization: own, 'content-type': 'application/json', ...headers },
  })
}

describe('a request that is in order', () => {
  test('is handled with its principal, defaults and correlation id, and answered with the id', async () => {
    const response = await post(path, good, { 'x-correlation-id': 'from-outside' })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ name: 'a', size: 1, mode: 'plain', by: 'pc1', correlation: 'from-outside' })
    expect(response.headers.get('x-correlation-id')).toBe('from-outside')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('may come as JSON-LD, and gets a correlation id when it has none that is harmless', async () => {
    const response = await post(path, good, {
      'content-type': 'application/ld+json; charset=utf-8',
      'x-correlation-id': 'a b',
    })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('keeps its correlation id when the body arrives after the head', async () => {
    const { port } = new URL(admin)
    const socket = connect(Number(port), '127.0.0.1')
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${own}\r\nx-correlation-id: late`
    socket.write(
      `${head}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${good.length}\r\n\r\n`,
    )
    let received = ''
    for await (const data of socket) {
      received += data
      if (received.startsWith('HTTP/1.1 100') && !received.includes('201')) socket.write(good)
    }
    expect(received).toContain('"correlation":"late"')
  })

  test('has its query read as numbers, with defaults', async () => {
    const headers = { authorization: own }
    expect(await (await fetch(`${admin}${path}?offset=5`, { headers })).json()).toEqual({ offset: 5, limit: 50 })
    const bad = await fetch(`${admin}${path}?limit=5000`, { headers })
    expect(bad.status).toBe(400)
    expect(await bad.json()).toMatchObject({ code: 'request.invalid-field', field: 'limit' })
  })

  test('may be a form where the API takes forms', async () => {
    const form = (body: string) =>
      fetch(`${admin}/plain/form`, {
        method: 'POST',
        body: body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    expect(await (await form('a=1&b=x%20y')).json()).toEqual({ a: '1', b: 'x y' })
    expect((await form('a=1&a=2')).status).toBe(400)
    expect((await post(path, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415)
  })
})

describe('who may call', () => {
  test('nobody without a bearer token: 401 with a challenge', async () => {
    for (const authorization of ['', 'Basic abc', 'Bearer', 'Bearer nonsense', 'Bearer a b']) {
      const response = await post(path, good, { authorization })
      expect(response.status, authorization).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(await response.json()).toMatchObject({ code: 'request.unauthenticated', status: 401 })
    }
  })

  test('nobody with another role or without the scope: 403', async () => {
    for (const token of [
      'participant/pc1/things-api:read',
      'participant/pc1/other-api:write',
      'participant/pc1',
      'provisioner/x/things-api:write',
      'workload/x/things-api:admin',
    ]) {
      const response = await post(path, good, { authorization: tokenOf(token) })
      expect(response.status, token).toBe(403)
      expect(await response.json()).toMatchObject({ code: 'request.forbidden' })
    }
  })

  test('an administrator without any scope', async () => {
    expect((await post(path, good, { authorization: tokenOf('admin/root') })).status).toBe(201)
  })

  test('a participant in no other context, existing or not, with the same answer (X-01)', async () => {
    const answers = await Promise.all(
      ['pc2', 'unknown', 'pc1%2Fthings', 'PC1'].map(async (other) => {
        const response = await post(path.replace('pc1', other), good)
        const { correlationId: _, ...body } = (await response.json()) as Record<string, unknown>
        return { status: response.status, body }
      }),
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]?.status).toBe(403)
  })
})

describe('X-03: the order of checks', () => {
  test('a caller without rights learns nothing about the body (X-03)', async () => {
    const before = handled.length
    for (const body of ['{', '{"name":1}', good]) {
      expect((await post(path, body, { authorization: 'Bearer nonsense' })).status).toBe(401)
      expect((await post(path, body, { authorization: tokenOf('participant/pc2/things-api:write') })).status).toBe(403)
    }
    expect(handled.length).toBe(before)
  })

  test('a body that is announced too large is refused before the token is looked at (X-03)', async () => {
    const huge = JSON.stringify({ name: 'x'.repeat(3000), size: 1 })
    const response = await post(path, huge, { authorization: 'Bearer nonsense' })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'request.too-large' })
  })

  test('a body that turns out too large while it arrives is refused too', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(500))
    let sent = 0
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => (sent++ < 20 ? controller.enqueue(chunk) : controller.close()),
    })
    const options = {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { authorization: own, 'content-type': 'application/json' },
    }
    expect((await fetch(`${admin}${path}`, options as RequestInit)).status).toBe(413)
  })
})

describe('a body that is not in order', () => {
  test('names the field that is wrong or missing', async () => {
    for (const [body, field] of [
      [{ size: 1 }, 'name'],
      [{ name: '', size: 1 }, 'name'],
      [{ name: 'a', size: '1' }, 'size'],
      [{ name: 'a', size: 1.5 }, 'size'],
      [{ name: 'a', size: 1, address: {} }, '/address/city'],
      [{ name: 'a', size: 1, address: { city: 7 } }, '/address/city'],
      [[], 'body'],
      [null, 'body'],
    ] as const) {
      const response = await post(path, JSON.stringify(body))
      expect(response.status).toBe(400)
      expect(await response.json(), JSON.stringify(body)).toMatchObject({ code: 'request.invalid-field', field })
    }
  })

  test('is 400 when it is not JSON, has a key twice, is absent or is not UTF-8', async () => {
    for (const body of ['{', '{"name":"a","name":"b","size":1}', '']) {
      expect((await post(path, body)).status, body).toBe(400)
    }
    const latin = await fetch(`${admin}${path}`, {
      method: 'POST',
      body: new Uint8Array([0x22, 0xe9, 0x22]),
      headers: { authorization: own, 'content-type': 'application/json' },
    })
    expect(await latin.json()).toMatchObject({ code: 'request.malformed' })
  })

  test('is 415 when its type is not taken', async () => {
    const response = await post(path, '<a/>', { 'content-type': 'application/xml' })
    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({ code: 'request.unsupported-media-type' })
  })
})

describe('paths and methods', () => {
  test('an unknown path is 404, whatever is sent there', async () => {
    for (const at of [
      '/nothing',
      '/api/things/',
      '/api/things/participants/pc1/thing',
      '/%zz',
      '/api/things/participants//things/x/y',
    ]) {
      for (const type of ['application/xml', 'application/json']) {
        expect((await post(at, '{', { 'content-type': type })).status, at).toBe(404)
      }
      const response = await post(at, 'x'.repeat(2_000_000))
      expect(response.status, at).toBe(404)
      expect(await response.json()).toMatchObject({ code: 'request.not-found' })
    }
  })

  test('another method on a known path is 405 and told which there are', async () => {
    const response = await fetch(`${admin}${path}`, { method: 'PUT', body: '{' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST')
    expect(await response.json()).toMatchObject({ code: 'request.method-not-allowed' })
  })

  test('an API shows every error in its own way', async () => {
    for (const [at, method, code] of [
      ['/plain/unknown', 'POST', 'request.not-found'],
      ['/plain/form', 'GET', 'request.method-not-allowed'],
      ['/plain/operators', 'POST', 'request.unauthenticated'],
    ] as const) {
      const response = await fetch(`${admin}${at}`, { method })
      expect(await response.text()).toBe(`Oops: ${code}`)
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    }
  })

  test('HEAD is guarded as its GET is', async () => {
    expect((await fetch(`${admin}${path}`, { method: 'HEAD' })).status).toBe(401)
    const response = await fetch(`${admin}${path}`, { method: 'HEAD', headers: { authorization: own } })
    expect(response.status).toBe(200)
  })

  test('a fault is 500 and keeps its text private', async () => {
    const response = await fetch(`${admin}${path}/1`, { method: 'DELETE', headers: { authorization: own } })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(text).not.toContain('secret text')
    expect(JSON.parse(text)).toMatchObject({
      code: 'request.internal',
      correlationId: response.headers.get('x-correlation-id'),
    })
  })
})

describe('what is registered', () => {
  test('is listed with listener, API and access rule', async () => {
    const routes = await routesOf(listeners)
    const brief = routes.map(
      (route) => `${route.listener} ${route.api} ${route.method} ${route.url} ${route.access.kind}`,
    )
    expect(brief.toSorted()).toEqual([
      'admin plain POST /plain/form protocol',
      'admin plain POST /plain/operators token',
      'admin things DELETE /api/things/participants/:participantContextId/things/:id token',
      'admin things GET /api/things/openapi.json open',
      'admin things GET /api/things/participants/:participantContextId/things token',
      'admin things POST /api/things/participants/:participantContextId/things token',
      'observability null GET /health open',
      'observability null GET /ready open',
    ])
  })

  test('is described as OpenAPI 3.1, relative to the prefix, with its access rules', async () => {
    const document = await openApiDocument(listeners, 'things')
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Things', version: '1.0.0' },
      servers: [{ url: '/api/things' }],
      paths: {
        '/participants/{participantContextId}/things': { post: { security: [{ accessToken: [] }] }, get: {} },
        '/participants/{participantContextId}/things/{id}': {
          delete: { description: 'Removes it.\n\nScope `things-api:write`; roles admin, participant.' },
        },
      },
    })
    expect(Object.keys((document as { paths: object }).paths)).not.toContain('/openapi.json')
    expect(await (await fetch(`${admin}/api/things/openapi.json`)).json()).toEqual(document)
    expect((await fetch(`${admin}/plain/openapi.json`)).status).toBe(404)
  })

  test('must have an access rule, a verifier for tokens, and an owner in its path', async () => {
    const opening = async (routes: ApiDefinition['routes'], withVerifier = true): Promise<void> => {
      const some = createListeners({ ...base, ports: { admin: 0 }, ...(withVerifier ? { verifier } : {}) })
      registerApi(some.app('admin'), { ...plain, routes })
      try {
        await some.open()
      } finally {
        await some.close()
      }
    }
    await expect(opening((app) => app.get('/naked', async () => 'x'))).rejects.toThrow(
      'GET /plain/naked on the admin listener declares no access rule',
    )
    const token = { kind: 'token', scope: 'a:read', roles: ['admin'] } as const
    await expect(
      opening((app) => app.get('/t', { config: { access: token } }, async () => 'x'), false),
    ).rejects.toThrow('nothing verifies tokens')
    const owner = { ...token, owner: 'pc' }
    await expect(
      opening((app) => app.get('/t/:other', { config: { access: owner } }, async () => 'x')),
    ).rejects.toThrow('names "pc" as owner')
  })
})
