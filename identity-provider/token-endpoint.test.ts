import { createWorkloadTokens } from '@weft/foundation/access'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrations, schema } from './store/migrations.ts'
import { participantClient, secret, startTestProvider, type TestProvider } from './testing/test-provider.ts'

let provider: TestProvider
beforeAll(async () => {
  provider = await startTestProvider()
})
afterAll(() => provider.close())

describe('the token endpoint', () => {
  test('gives a participant a JWT with role, context, all its scopes, for five minutes', async () => {
    const { clientId, clientSecret } = await provider.participant('pc1')
    const { status, body } = await provider.tokenFor(clientId, clientSecret)
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
      iss: provider.issuer,
      sub: 'pc1-api',
      aud: 'weft',
      client_id: 'pc1-api',
      role: 'participant',
      participant_context_id: 'pc1',
      scope: 'identity-api:read management-api:write',
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300)
    expect(await provider.now().verifier.verify(token)).toMatchObject({
      role: 'participant',
      participantContextId: 'pc1',
    })
  })

  test('takes the secret in the header or in the body', async () => {
    for (const how of ['basic', 'post'] as const) {
      const { status, body } = await provider.tokenFor('root', secret('root'), {}, how)
      expect(status, how).toBe(200)
      const claims = decodeJwt(body.access_token ?? '')
      expect(claims).toMatchObject({ role: 'admin', sub: 'root' })
      expect(claims).not.toHaveProperty('participant_context_id')
    }
  })

  test('gives fewer scopes when fewer are asked for, and never more than the client has', async () => {
    const asked = async (scope: string) =>
      decodeJwt((await provider.tokenFor('access-agent', secret('agent'), { scope })).body.access_token ?? '').scope
    expect(await asked('vault:clients:write')).toBe('vault:clients:write')
    expect(await asked('vault:clients:write management-api:admin')).toBe('vault:clients:write')
  })

  test('refuses a wrong secret, an unknown client, a client without secret, the stored hash, and other grants', async () => {
    await provider.call('access-agent', 'PUT', '/clients/bare-api', participantClient('bare'))
    const row = await (await provider.database.forService(schema, migrations)).system('test', (tx) =>
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
      const { status, body } = await provider.tokenFor(id, text)
      expect([400, 401], `${id} ${text}`).toContain(status)
      expect(body.access_token).toBeUndefined()
    }
    expect((await provider.tokenFor('root', secret('root'), { grant_type: 'password' })).body.error).toBe(
      'unsupported_grant_type',
    )
    expect((await provider.tokenFor('root', secret('root'), { resource: 'https://other.example/' })).body.error).toBe(
      'invalid_target',
    )
  })

  test('bounds what it reads, and takes forms only', async () => {
    const huge = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: `a=${'x'.repeat(60_000)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(huge.status).toBe(413)
    const json = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(json.status).toBe(400)
  })

  test('answers with a correlation id like every endpoint', async () => {
    const response = await fetch(`${provider.issuer}/token`, { method: 'POST', headers: { 'x-correlation-id': 'c-9' } })
    expect(response.headers.get('x-correlation-id')).toBe('c-9')
  })

  test('serves our own workload tokens', async () => {
    const tokens = createWorkloadTokens({
      tokenUrl: `${provider.issuer}/token`,
      clientId: 'access-agent',
      clientSecret: secret('agent'),
      outbound: provider.now().outbound,
    })
    expect(await provider.now().verifier.verify(await tokens.token())).toMatchObject({
      role: 'workload',
      clientId: 'access-agent',
    })
    const wrong = createWorkloadTokens({
      tokenUrl: `${provider.issuer}/token`,
      clientId: 'access-agent',
      clientSecret: secret('no'),
      outbound: provider.now().outbound,
    })
    await expect(wrong.token()).rejects.toMatchObject({
      code: 'access.workload-token-refused',
      detail: { error: 'invalid_client' },
    })
  })
})

describe('discovery', () => {
  test('names only what there is', async () => {
    const metadata = (await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >
    expect(metadata).toMatchObject({
      issuer: provider.issuer,
      token_endpoint: `${provider.issuer}/token`,
      grant_types_supported: ['client_credentials'],
    })
    expect(metadata).not.toHaveProperty('authorization_endpoint')
    const keys = (await (await fetch(String(metadata.jwks_uri))).json()) as { keys: Record<string, unknown>[] }
    expect(keys.keys).toHaveLength(1)
    expect(Object.keys(keys.keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    for (const path of ['/auth', '/me', '/session/end', '/reg'])
      expect((await fetch(`${provider.issuer}${path}`)).status, path).toBe(404)
  })
})
