import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createTokenVerifier, createWorkloadTokens, type TokenVerifier } from '@weft/foundation/access'
import { Assembly, type ServiceKey, type ServiceModule } from '@weft/foundation/assembly'
import { type Database, databaseKey } from '@weft/foundation/database'
import { openTestDatabase } from '@weft/foundation/database-testing'
import {
  createOutboundClient,
  listenersKey,
  listenersModule,
  type OutboundClient,
  openApiDocument,
} from '@weft/foundation/http'
import { createLocalVault, vaultKey } from '@weft/foundation/secrets'
import { createLogger } from '@weft/foundation/telemetry'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityProviderModule, type SeededClient } from './index.ts'
import { migrations, schema } from './store/migrations.ts'

const lines: string[] = []
const logger = createLogger({
  component: 'test',
  level: 'debug',
  destination: { write: (line: string) => void lines.push(line) },
})
const secret = (name: string): string => `${name}-${'s'.repeat(40)}`
const seeds: SeededClient[] = [
  { clientId: 'root', clientSecret: secret('root'), role: 'admin', scopes: [] },
  {
    clientId: 'access-agent',
    clientSecret: secret('agent'),
    role: 'workload',
    scopes: ['idp:clients:write', 'vault:clients:write'],
  },
  { clientId: 'other-agent', clientSecret: secret('other'), role: 'workload', scopes: ['identity-api:admin'] },
]
const vaultSecret = randomBytes(32)

let database: Database
let running: Awaited<ReturnType<typeof start>>
const shown: string[] = []

/** A port that is free now: the issuer's address must be known before it listens. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}

function given<T>(key: ServiceKey<T>, service: T): ServiceModule {
  return { name: key.name, provides: [key], init: (context) => context.provide(key, service) }
}

async function start(port: number, clients: readonly SeededClient[]) {
  const issuer = `http://127.0.0.1:${port}`
  const outbound: OutboundClient = createOutboundClient({ allowedOrigins: [issuer], logger })
  const verifier: TokenVerifier = createTokenVerifier({ issuers: [{ issuer, jwksUri: `${issuer}/jwks` }], outbound })
  const assembly = new Assembly('identity-provider', [
    given(databaseKey, database),
    given(vaultKey, await createLocalVault({ database, key: vaultSecret })),
    listenersModule({
      deployment: 'identity-provider',
      host: '127.0.0.1',
      ports: { public: port, admin: 0 },
      logger,
      verifier,
    }),
    identityProviderModule({ publicUrl: issuer, clients, logger }),
  ])
  await assembly.start()
  const stop = async (): Promise<void> => {
    await assembly.stop()
    await outbound.close()
  }
  return {
    issuer,
    port,
    outbound,
    verifier,
    admin: assembly.service(listenersKey).url('admin'),
    listeners: assembly.service(listenersKey),
    stop,
  }
}

beforeAll(async () => {
  database = await openTestDatabase()
  running = await start(await freePort(), seeds)
})
afterAll(async () => {
  await running.stop()
  await database.close()
})

interface TokenAnswer {
  readonly status: number
  readonly body: {
    readonly access_token?: string
    readonly error?: string
    readonly expires_in?: number
    readonly scope?: string
  }
}

/** Asks for a token; `how` says where the credentials stand. */
async function tokenFor(
  clientId: string,
  clientSecret: string,
  more: Record<string, string> = {},
  how: 'basic' | 'post' = 'basic',
): Promise<TokenAnswer> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...more })
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
  if (how === 'basic') headers.authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  else {
    form.set('client_id', clientId)
    form.set('client_secret', clientSecret)
  }
  const response = await fetch(`${running.issuer}/token`, { method: 'POST', headers, body: form })
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] }
}

async function call(
  caller: string | undefined,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown>; link: string | null }> {
  const headers: Record<string, string> = {}
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (caller !== undefined) {
    const seed = seeds.find((one) => one.clientId === caller)
    const { body: answer } = await tokenFor(caller, seed?.clientSecret ?? '')
    headers.authorization = `Bearer ${answer.access_token}`
  }
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const response = await fetch(`${running.admin}/clients/v1${path}`, init)
  const text = await response.text()
  return {
    status: response.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    link: response.headers.get('link'),
  }
}

const participant = (context: string) => ({
  role: 'participant',
  participantContextId: context,
  scopes: ['management-api:write', 'identity-api:read'],
})

async function participantWithSecret(context: string): Promise<{ clientId: string; clientSecret: string }> {
  const clientId = `${context}-api`
  expect((await call('access-agent', 'PUT', `/clients/${clientId}`, participant(context))).status).toBe(201)
  const made = await call('access-agent', 'POST', `/clients/${clientId}/secret`)
  expect(made.status).toBe(200)
  shown.push(String(made.body.clientSecret))
  return made.body as { clientId: string; clientSecret: string }
}

describe('the token endpoint', () => {
  test('gives a participant a JWT with role, context, all its scopes, for five minutes', async () => {
    const { clientId, clientSecret } = await participantWithSecret('pc1')
    const { status, body } = await tokenFor(clientId, clientSecret)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'identity-api:read management-api:write',
    })
    const token = body.access_token ?? ''
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt', kid: expect.any(String) })
    const claims = decodeJwt(token)
    expect(claims).toMatchObject({
      iss: running.issuer,
      sub: 'pc1-api',
      aud: 'weft',
      client_id: 'pc1-api',
      role: 'participant',
      participant_context_id: 'pc1',
      scope: 'identity-api:read management-api:write',
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300)
    expect(await running.verifier.verify(token)).toMatchObject({ role: 'participant', participantContextId: 'pc1' })
  })

  test('takes the secret in the header or in the body', async () => {
    for (const how of ['basic', 'post'] as const) {
      const { status, body } = await tokenFor('root', secret('root'), {}, how)
      expect(status, how).toBe(200)
      const claims = decodeJwt(body.access_token ?? '')
      expect(claims).toMatchObject({ role: 'admin', sub: 'root' })
      expect(claims).not.toHaveProperty('participant_context_id')
    }
  })

  test('gives fewer scopes when fewer are asked for, and never more than the client has', async () => {
    const asked = async (scope: string) =>
      decodeJwt((await tokenFor('access-agent', secret('agent'), { scope })).body.access_token ?? '').scope
    expect(await asked('vault:clients:write')).toBe('vault:clients:write')
    expect(await asked('vault:clients:write management-api:admin')).toBe('vault:clients:write')
  })

  test('refuses a wrong secret, an unknown client, a client without secret, the stored hash, and other grants', async () => {
    await call('access-agent', 'PUT', '/clients/bare-api', participant('bare'))
    const row = await (await database.forService(schema, migrations)).system('test', (tx) =>
      tx.one<{ secret_hash: string }>('select secret_hash from identity_provider.client where client_id = $1', [
        'root',
      ]),
    )
    for (const [id, text] of [
      ['root', secret('wrong')],
      ['nobody', secret('root')],
      ['bare-api', secret('x')],
      ['root', row?.secret_hash ?? ''],
      ['root', ''],
    ] as const) {
      const { status, body } = await tokenFor(id, text)
      expect([400, 401], `${id} ${text}`).toContain(status)
      expect(body.access_token).toBeUndefined()
    }
    expect((await tokenFor('root', secret('root'), { grant_type: 'password' })).body.error).toBe(
      'unsupported_grant_type',
    )
    expect((await tokenFor('root', secret('root'), { resource: 'https://other.example/' })).body.error).toBe(
      'invalid_target',
    )
  })

  test('bounds what it reads, and takes forms only', async () => {
    const huge = await fetch(`${running.issuer}/token`, {
      method: 'POST',
      body: `a=${'x'.repeat(60_000)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(huge.status).toBe(413)
    const json = await fetch(`${running.issuer}/token`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(json.status).toBe(400)
  })

  test('answers with a correlation id like every endpoint', async () => {
    const response = await fetch(`${running.issuer}/token`, { method: 'POST', headers: { 'x-correlation-id': 'c-9' } })
    expect(response.headers.get('x-correlation-id')).toBe('c-9')
  })

  test('serves our own workload tokens', async () => {
    const tokens = createWorkloadTokens({
      tokenUrl: `${running.issuer}/token`,
      clientId: 'access-agent',
      clientSecret: secret('agent'),
      outbound: running.outbound,
    })
    expect(await running.verifier.verify(await tokens.token())).toMatchObject({
      role: 'workload',
      clientId: 'access-agent',
    })
    const wrong = createWorkloadTokens({
      tokenUrl: `${running.issuer}/token`,
      clientId: 'access-agent',
      clientSecret: secret('no'),
      outbound: running.outbound,
    })
    await expect(wrong.token()).rejects.toMatchObject({
      code: 'access.workload-token-refused',
      detail: { error: 'invalid_client' },
    })
  })
})

describe('discovery', () => {
  test('names only what there is', async () => {
    const metadata = (await (await fetch(`${running.issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >
    expect(metadata).toMatchObject({
      issuer: running.issuer,
      token_endpoint: `${running.issuer}/token`,
      grant_types_supported: ['client_credentials'],
    })
    expect(metadata).not.toHaveProperty('authorization_endpoint')
    const keys = (await (await fetch(String(metadata.jwks_uri))).json()) as { keys: Record<string, unknown>[] }
    expect(keys.keys).toHaveLength(1)
    expect(Object.keys(keys.keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    for (const path of ['/auth', '/me', '/session/end', '/reg'])
      expect((await fetch(`${running.issuer}${path}`)).status, path).toBe(404)
  })
})

describe('the clients API', () => {
  test('makes a client once: the same again changes nothing, another content is a conflict', async () => {
    const first = await call('access-agent', 'PUT', '/clients/pc2-api', participant('pc2'))
    expect(first).toMatchObject({
      status: 201,
      body: {
        clientId: 'pc2-api',
        ...participant('pc2'),
        scopes: ['identity-api:read', 'management-api:write'],
        hasSecret: false,
      },
    })
    const reordered = {
      ...participant('pc2'),
      scopes: ['identity-api:read', 'management-api:write', 'identity-api:read'],
    }
    expect(await call('access-agent', 'PUT', '/clients/pc2-api', reordered)).toMatchObject({
      status: 200,
      body: first.body,
    })
    for (const other of [{ ...participant('pc2'), scopes: [] }, participant('pc3')]) {
      expect(await call('access-agent', 'PUT', '/clients/pc2-api', other)).toMatchObject({
        status: 409,
        body: { code: 'identity-provider.client-exists' },
      })
    }
    expect((await call('access-agent', 'GET', '/clients/pc2-api')).body).toEqual(first.body)
  })

  test('makes one client when many ask at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call('access-agent', 'PUT', '/clients/race-api', participant('race'))),
    )
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 200, 201])
  })

  test('shows a secret once; a new one replaces it at once', async () => {
    const { clientId, clientSecret } = await participantWithSecret('pc4')
    expect(clientSecret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const seen = await call('root', 'GET', `/clients/${clientId}`)
    expect(seen.body).toMatchObject({ hasSecret: true })
    expect(JSON.stringify(seen.body)).not.toContain(clientSecret)
    const again = await call('root', 'POST', `/clients/${clientId}/secret`)
    shown.push(String(again.body.clientSecret))
    expect((await tokenFor(clientId, clientSecret)).status).toBe(401)
    expect((await tokenFor(clientId, String(again.body.clientSecret))).status).toBe(200)
  })

  test('deletes a client, which then gets no token', async () => {
    const { clientId, clientSecret } = await participantWithSecret('pc5')
    expect((await call('access-agent', 'DELETE', `/clients/${clientId}`)).status).toBe(204)
    expect((await tokenFor(clientId, clientSecret)).status).toBe(401)
    for (const method of ['GET', 'DELETE']) {
      expect(await call('access-agent', method, `/clients/${clientId}`)).toMatchObject({
        status: 404,
        body: { code: 'identity-provider.client-unknown' },
      })
    }
  })

  test('refuses a client id that is a participant context id, in either order', async () => {
    expect(await call('root', 'PUT', '/clients/pc6', participant('pc6'))).toMatchObject({
      status: 400,
      body: { code: 'identity-provider.client-id-is-context', field: 'clientId' },
    })
    expect((await call('root', 'PUT', '/clients/pc7-api', participant('pc7'))).status).toBe(201)
    expect((await call('root', 'PUT', '/clients/pc7', participant('pc8'))).status).toBe(400)
    expect((await call('root', 'PUT', '/clients/pc8-api', participant('pc7-api'))).status).toBe(400)
  })

  test('names the field that is wrong', async () => {
    for (const [path, body, field] of [
      ['/clients/a%20b', participant('pc9'), 'clientId'],
      ['/clients/x', { ...participant('pc9'), role: 'root' }, 'role'],
      ['/clients/x', { ...participant('pc9'), scopes: ['everything'] }, 'scopes'],
      ['/clients/x', { role: 'participant', scopes: [] }, 'participantContextId'],
      ['/clients/x', { role: 'participant', participantContextId: '../x', scopes: [] }, 'participantContextId'],
      ['/clients/x', { role: 'workload', participantContextId: 'pc9', scopes: [] }, 'participantContextId'],
      ['/clients/x', { ...participant('pc9'), clientSecret: 'mine' }, 'clientSecret'],
      ['/clients/x', { role: 'participant', participantContextId: 'pc9' }, 'scopes'],
    ] as const) {
      expect(await call('root', 'PUT', path, body), JSON.stringify(body)).toMatchObject({
        status: 400,
        body: { field },
      })
    }
  })

  test('lists in pages that lead through all', async () => {
    for (const n of [1, 2, 3]) await call('root', 'PUT', `/clients/page${n}-api`, participant(`page${n}`))
    const ids: unknown[] = []
    let path: string | undefined = '/clients?limit=2'
    while (path !== undefined) {
      const page = await call('root', 'GET', path)
      ids.push(...(page.body as unknown as { clientId: string }[]).map((client) => client.clientId))
      path = /<\/clients\/v1([^>]+)>; rel="next"/.exec(page.link ?? '')?.[1]
    }
    expect(ids).toEqual(ids.toSorted())
    expect(ids).toEqual(expect.arrayContaining(['root', 'access-agent', 'page1-api', 'page3-api']))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('lets our own services manage participants’ clients only: nobody makes itself an administrator', async () => {
    expect((await call('access-agent', 'PUT', '/clients/evil', { role: 'admin', scopes: [] })).status).toBe(403)
    expect(
      (await call('access-agent', 'PUT', '/clients/evil', { role: 'workload', scopes: ['management-api:admin'] }))
        .status,
    ).toBe(403)
    for (const [method, path] of [
      ['GET', '/clients/root'],
      ['DELETE', '/clients/root'],
      ['POST', '/clients/other-agent/secret'],
    ] as const) {
      expect((await call('access-agent', method, path)).status, path).toBe(404)
    }
    const listed = (await call('access-agent', 'GET', '/clients')).body as unknown as { role: string }[]
    expect(new Set(listed.map((client) => client.role))).toEqual(new Set(['participant']))
    expect((await call('root', 'PUT', '/clients/second-admin', { role: 'admin', scopes: [] })).status).toBe(201)
  })

  test('leaves clients of the settings to the settings', async () => {
    for (const [method, path] of [
      ['DELETE', '/clients/other-agent'],
      ['POST', '/clients/other-agent/secret'],
    ] as const) {
      expect(await call('root', method, path)).toMatchObject({
        status: 409,
        body: { code: 'identity-provider.client-of-settings' },
      })
    }
  })

  test('needs a token with the scope', async () => {
    expect((await call(undefined, 'GET', '/clients')).status).toBe(401)
    expect((await call('other-agent', 'GET', '/clients')).status).toBe(403)
    const { clientId, clientSecret } = await participantWithSecret('pc10')
    const { body } = await tokenFor(clientId, clientSecret)
    const response = await fetch(`${running.admin}/clients/v1/clients/${clientId}`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    })
    expect(response.status).toBe(403)
  })

  test('is described in an OpenAPI document', async () => {
    const document = (await openApiDocument(running.listeners, 'identity-provider')) as {
      paths: Record<string, Record<string, unknown>>
    }
    expect(Object.entries(document.paths).map(([path, methods]) => [path, Object.keys(methods).sort()])).toEqual([
      ['/clients/{clientId}', ['delete', 'get', 'put']],
      ['/clients', ['get']],
      ['/clients/{clientId}/secret', ['post']],
    ])
  })
})

describe('a restart', () => {
  test('keeps the signing key and the clients, and takes over the settings’ clients as they are then', async () => {
    const { clientId, clientSecret } = await participantWithSecret('pc11')
    const before = (await tokenFor(clientId, clientSecret)).body.access_token ?? ''
    const { port } = running
    await running.stop()
    running = await start(port, [
      seeds[0] as SeededClient,
      { ...(seeds[1] as SeededClient), clientSecret: secret('rotated') },
    ])
    expect((await running.verifier.verify(before)).participantContextId).toBe('pc11')
    expect((await tokenFor(clientId, clientSecret)).status).toBe(200)
    expect((await tokenFor('access-agent', secret('agent'))).status).toBe(401)
    expect((await tokenFor('access-agent', secret('rotated'))).status).toBe(200)
    expect((await tokenFor('other-agent', secret('other'))).status).toBe(401)
  })

  test('with a secret of the settings that is too short is refused', async () => {
    const short = [{ ...(seeds[0] as SeededClient), clientSecret: 'short' }]
    await expect(start(await freePort(), short)).rejects.toMatchObject({
      code: 'request.invalid-field',
      field: 'clientSecret',
    })
  })
})

test('no secret and no token was written to the log or the database', async () => {
  const rows = await (await database.forService(schema, migrations)).system('test', (tx) =>
    tx.rows('select * from identity_provider.client'),
  )
  const written = lines.join('') + JSON.stringify(rows)
  expect(shown.length).toBeGreaterThan(4)
  for (const text of [...shown, ...seeds.map((seed) => seed.clientSecret), 'eyJ']) expect(written).not.toContain(text)
  expect(lines.some((line) => line.includes('client.new-secret'))).toBe(true)
})
