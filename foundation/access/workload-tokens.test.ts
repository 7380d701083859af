import { describe, expect, test } from 'vitest'
import type { OutboundClient, OutboundRequest, OutboundResponse } from '../http/index.ts'
import { createWorkloadTokens } from './index.ts'

/** A fake token endpoint: hands out `t1`, `t2`, … and records what it was asked. */
function fakeEndpoint(answer?: { status?: number; body?: unknown; expiresIn?: number }) {
  const asked: OutboundRequest[] = []
  const outbound: OutboundClient = {
    send: async (request): Promise<OutboundResponse> => {
      asked.push(request)
      await new Promise((resolve) => setImmediate(resolve))
      const content = answer?.body ?? { access_token: `t${asked.length}`, expires_in: answer?.expiresIn ?? 300 }
      const body = Buffer.from(JSON.stringify(content))
      return { status: answer?.status ?? 200, headers: {}, body, text: () => body.toString(), json: () => content }
    },
    stream: () => Promise.reject(new Error('not here')),
    close: async () => undefined,
  }
  let now = 1_000_000
  const tokens = createWorkloadTokens({
    tokenUrl: 'http://idp/token',
    clientId: 'control:plane',
    clientSecret: 's e/c',
    outbound,
    now: () => now,
  })
  const advance = (ms: number): void => {
    now += ms
  }
  return { tokens, asked, advance }
}

describe('workload tokens', () => {
  test('are asked for with the client’s own credentials, form-encoded (RFC 6749, 2.3.1)', async () => {
    const { tokens, asked } = fakeEndpoint()
    expect(await tokens.token()).toBe('t1')
    const [request] = asked
    expect(request).toMatchObject({
      method: 'POST',
      url: 'http://idp/token',
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    const basic = request?.headers?.authorization?.replace('Basic ', '') ?? ''
    expect(Buffer.from(basic, 'base64').toString()).toBe('control%3Aplane:s+e%2Fc')
  })

  test('are asked for once, however many wait', async () => {
    const { tokens, asked } = fakeEndpoint()
    expect(await Promise.all([tokens.token(), tokens.token(), tokens.token()])).toEqual(['t1', 't1', 't1'])
    expect(asked.length).toBe(1)
  })

  test('are kept until 30 s before they expire', async () => {
    const { tokens, advance } = fakeEndpoint({ expiresIn: 300 })
    await tokens.token()
    advance(269_000)
    expect(await tokens.token()).toBe('t1')
    advance(1000)
    expect(await tokens.token()).toBe('t2')
  })

  test('that are refused are an error without the secret, and asked for again next time', async () => {
    const { tokens, asked } = fakeEndpoint({
      status: 401,
      body: { error: 'invalid_client', error_description: 's e/c' },
    })
    const error = await tokens.token().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'access.workload-token-refused',
      detail: { status: 401, error: 'invalid_client' },
    })
    expect(JSON.stringify(error)).not.toContain('s e/c')
    await tokens.token().catch(() => undefined)
    expect(asked.length).toBe(2)
  })
})
